// Where reports go. Files are written beside and renamed, by way of DigestBuffer, which takes the SHA-256 of what
// passes; pipes and devices are written as they are. Whatever can be known beforehand is refused before the work.
#include "output.h"

#include <pwd.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <streambuf>

#include "extract.h"
#include "mailseal/base/digest.h"
#include "mailseal/run.h"

namespace mailseal {
namespace {

namespace fs = std::filesystem;

tl::unexpected<Error> cannot_write(const std::string& path, std::string_view option) {
  const int why = errno;
  std::string what = escape_text(path) + ": " + std::strerror(why) + "; it cannot be written there";
  if (why == EACCES) {
    const passwd* user = getpwuid(geteuid());
    what += " by user " + (user ? std::string(user->pw_name) : std::to_string(geteuid()));
  }
  return fail(what + ", name another place with " + std::string(option));
}

struct Place {
  std::string whole;                                     ///< what the report is in the end; links are followed
  enum class Kind : std::uint8_t { File, Device } kind;  ///< Device: /dev/null or a pipe, written as it is
};

/// Passes on what is written, and digests it.
class DigestBuffer final : public std::streambuf {
 public:
  explicit DigestBuffer(std::streambuf* to) : to_(to) {}
  /// Call once, last.
  std::string digest() { return sha256_.finish(); }

 protected:
  int_type overflow(int_type c) override {
    if (traits_type::eq_int_type(c, traits_type::eof())) return traits_type::not_eof(c);
    const char octet = traits_type::to_char_type(c);
    return xsputn(&octet, 1) == 1 ? c : traits_type::eof();
  }
  std::streamsize xsputn(const char* text, std::streamsize size) override {
    const std::streamsize written = to_->sputn(text, size);
    sha256_.add(as_bytes({text, static_cast<std::size_t>(written)}));
    return written;
  }
  int sync() override { return to_->pubsync(); }

 private:
  std::streambuf* to_;
  Sha256 sha256_;
};

Place place_of(const std::string& path) {
  std::error_code none;
  const fs::file_status status = fs::status(path, none);
  if (fs::exists(status) && !fs::is_regular_file(status)) return {path, Place::Kind::Device};
  const fs::path followed = fs::exists(status) ? fs::canonical(path, none) : fs::path(path);
  return {followed.empty() ? path : followed.string(), Place::Kind::File};
}

Expected<void> try_file(const std::string& path, std::string_view option) {
  const Place place = place_of(path);
  if (place.kind == Place::Kind::Device) {
    // A pipe is not opened twice: its reader would take the first closing for the end.
    const bool directory = fs::is_directory(path);
    if (directory) errno = EISDIR;
    if (directory || access(path.c_str(), W_OK) != 0) return cannot_write(path, option);
    return {};
  }
  if (Unfinished(place.whole, Readers::OwnerOnly).path().empty()) return cannot_write(path, option);
  return {};
}

}  // namespace

Expected<std::string> write_file(const std::string& path, std::string_view option, const Write& write,
                                 Readers readers) {
  const Place place = place_of(path);
  const bool device = place.kind == Place::Kind::Device;
  std::optional<Unfinished> beside;
  if (!device) beside.emplace(place.whole, readers);
  if (beside && beside->path().empty()) return cannot_write(path, option);
  std::ofstream file(beside ? beside->path() : place.whole, std::ios::binary | std::ios::trunc);
  if (!file) return cannot_write(path, option);
  DigestBuffer buffer(file.rdbuf());
  std::ostream out(&buffer);
  if (auto written = write(out); !written) return tl::unexpected(written.error());
  out.flush();
  file.close();
  if (!out || !file) return cannot_write(path, option);
  if (beside && !beside->finish()) return cannot_write(path, option);
  return device ? std::string() : buffer.digest();
}

bool coloured(ColourWhen colour, int file_descriptor) {
  if (colour != ColourWhen::Auto) return colour == ColourWhen::Always;
  const char* no_color = std::getenv("NO_COLOR");
  if (no_color && *no_color) return false;
  const char* term = std::getenv("TERM");
  return isatty(file_descriptor) != 0 && term && std::strcmp(term, "dumb") != 0;
}

bool flush_output(std::string_view advice) {
  std::cout.flush();
  if (std::cout) return true;
  spdlog::error("standard output: {}; {}", std::strerror(errno), advice);
  return false;
}

bool asks_for_output(const Options& o) noexcept {
  return !(o.outputs.empty() && o.format.empty() && o.extract.empty() && o.redact_map.empty() && o.sums.empty());
}

Expected<void> try_outputs(const Options& options, const std::vector<InputFile>& inputs) {
  if (auto apart = keep_apart(options, inputs); !apart) return apart;
  for (const std::string& path : options.outputs)
    if (path != "-")
      if (auto possible = try_file(path, kOutput); !possible) return possible;
  const std::pair<std::string_view, const std::string*> others[] = {
      {kExtract, &options.extract}, {kRedactMap, &options.redact_map}, {kSums, &options.sums}};
  for (const auto& [option, path] : others)
    if (!path->empty())
      if (auto possible = try_file(*path, option); !possible) return possible;
  return {};
}

void Outputs::file(std::string_view option, const std::string& path, const Write& write, Readers readers) {
  if (path.empty()) return;
  if (const auto written = write_file(path, option, write, readers)) {
    sums_.output(path, *written);
  } else {
    spdlog::error(written.error().message);
    failed_ = true;
  }
}

/// `find` is of the table of formats; `dress` writes in one of them.
template <class Format, class Dress>
void Outputs::all(const Format* (*find)(std::string_view) noexcept, ReportOptions how, const Dress& dress) {
  bool told = false;
  const auto tell = [&](const Format& format) {
    how.colour = format.name == "text" && coloured(options_.colour, STDOUT_FILENO);
    if (const Expected<void> written = dress(std::cout, format, how); !written) {
      spdlog::error(written.error().message);
      failed_ = true;
    }
    how.colour = false;
    told = true;
  };
  for (const std::string& path : options_.outputs) {
    const bool standard = path == "-";
    const Format* format = find(!options_.format.empty() ? options_.format : standard ? "text" : path);
    if (standard) {
      tell(*format);
      continue;
    }
    file(kOutput, path, [&](std::ostream& out) { return dress(out, *format, how); });
    if (failed_) how.exit_code = static_cast<int>(Exit::CannotRun);
  }
  if (!told) tell(*find(options_.outputs.empty() && !options_.format.empty() ? options_.format : "text"));
  failed_ |= !flush_output("write the report to a file with -o");
}

void Outputs::reports(const Overview& overview, ReportOptions how) {
  all<Format>(find_format, std::move(how),
              [&](std::ostream& out, const Format& format, const ReportOptions& with) -> Expected<void> {
                format.write(out, overview, with);
                // Sessions that could not be read again are in no report: it is none.
                if (const auto& fault = overview.sessions.fault()) return tl::unexpected(*fault);
                return {};
              });
}

void Outputs::difference(const Difference& difference, ReportOptions how) {
  all<DifferenceFormat>(find_difference_format, std::move(how),
                        [&](std::ostream& out, const DifferenceFormat& format, const ReportOptions& with) {
                          format.write(out, difference, with);
                          return Expected<void>();
                        });
}

void Outputs::map(const Redaction& redaction) {
  const auto write = [&](std::ostream& out) {
    redaction.write_map(out);
    return Expected<void>();
  };
  file(kRedactMap, options_.redact_map, write, Readers::OwnerOnly);
}

void Outputs::evidence(const Overview& overview, const Limits& limits, Archives& archives) {
  file(kExtract, options_.extract,
       [&](std::ostream& out) { return extract(out, overview, options_.payload, limits, archives); });
}

void Outputs::sums() {
  file(kSums, options_.sums, [&](std::ostream& out) {
    sums_.write(out);
    return Expected<void>();
  });
}

}  // namespace mailseal
