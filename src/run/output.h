// Output: where reports go, and whether in colour.
#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "apart.h"
#include "mailseal/base/expected.h"
#include "mailseal/report.h"
#include "options.h"
#include "sums.h"
#include "unfinished.h"

namespace mailseal {

/// NO_COLOR, TERM=dumb and pipes are respected unless the command line insists.
bool coloured(ColourWhen, int file_descriptor);

using Write = std::function<Expected<void>(std::ostream&)>;

/// The options that name files to be written, as errors call them.
inline constexpr std::string_view kOutput = "-o", kExtract = "--extract", kRedactMap = "--redact-map", kSums = "--sums";

/// What `write` writes becomes the file at `path`: written beside and renamed, so that it is never
/// there by half; a device or a pipe is written to. The SHA-256 of what was written; "" of a device.
Expected<std::string> write_file(const std::string& path, std::string_view option, const Write& write,
                                 Readers = Readers::AsUsual);

/// Whether all that was said on standard output has gone out; if not, that is told, with what to do.
bool flush_output(std::string_view advice = "write it where there is room");

/// Whether more is asked for than what a person reads on standard output.
bool asks_for_output(const Options&) noexcept;
/// Before the work: whether every file that is asked for can be written, so that hours of capturing are not lost, and
/// whether none of them is an input, or another of them.
Expected<void> try_outputs(const Options&, const std::vector<InputFile>&);

/// All that one run writes. What fails is told, and hinders nothing else.
class Outputs {
 public:
  /// Kept, and must outlive this.
  explicit Outputs(const Options* options) : options_(*options) {}

  /// Every -o, then the text to standard output unless a report took its place.
  void reports(const Overview&, ReportOptions);
  void difference(const Difference&, ReportOptions);
  /// Where --redact-map and --extract say, if they do.
  void map(const Redaction&);
  void evidence(const Overview&, const Limits&, Archives&);
  /// Where --sums says, last: of all that was written, and of the inputs that were told of.
  void sums();
  Sums& inputs() noexcept { return sums_; }

  bool failed() const noexcept { return failed_; }

 private:
  void file(std::string_view option, const std::string& path, const Write&, Readers = Readers::AsUsual);
  template <class Format, class Dress>
  void all(const Format* (*find)(std::string_view) noexcept, ReportOptions, const Dress&);

  const Options& options_;
  Sums sums_;
  bool failed_ = false;
};

}  // namespace mailseal
