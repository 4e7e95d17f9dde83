// Expected<T>: a value, or an Error meant for the person at the terminal.
//
// For the world around the program (files, devices, options), never for captured
// bytes: those answer with Parsed<T> (parsed.h). It is tl::expected from Debian's
// libexpected-dev, whose names are those of std::expected.
#pragma once

#include <string>
#include <tl/expected.hpp>

namespace mailseal {

struct Error {
  std::string message;  ///< one line, no newline: what, where, what to do
};

template <class T>
using Expected = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(std::string message) { return tl::unexpected<Error>(Error{std::move(message)}); }

}  // namespace mailseal
