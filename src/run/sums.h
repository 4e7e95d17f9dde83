// Sums: the SHA256SUMS of a run, so that whoever gets its files can see that they are whole.
//
// Captures by the digest that was taken while they were read, reports by that of what was written. Paths
// stand as they were given, relative ones to where the program ran: there `sha256sum -c` takes it.
#pragma once

#include <iosfwd>
#include <set>
#include <string>
#include <vector>

#include "mailseal/overview.h"
#include "mailseal/report.h"

namespace mailseal {

class Sums {
 public:
  /// Those with a file are listed. With Redact::Strict, which tells no path, and of standard input and a
  /// device, which are none, there is a comment. Before any redaction renames them.
  void captures(const RunFacts&, Redact);
  /// The same of another file that was read ("the report"); it is read once more.
  void other(const std::string& name, const std::string& path, Redact);
  /// Without a digest, as of a pipe, there is a comment.
  void output(const std::string& path, const std::string& sha256);
  /// In the form of coreutils: a line that begins with a backslash has a path with escapes.
  void write(std::ostream&) const;

 private:
  struct Line {
    std::string path, sha256;  ///< a comment has no digest
    bool operator==(const Line&) const = default;
  };
  void member(const std::string& name, const InputFacts&, Redact);
  void input(const std::string& name, const std::string& path, const std::string& sha256, Redact);

  std::vector<Line> lines_;
  std::set<std::string> archives_;  ///< that have their line
};

}  // namespace mailseal
