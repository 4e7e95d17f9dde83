// archives: octets packed in memory, as files of strangers come: compressed, and as members of archives.
#pragma once

#include <archive.h>
#include <archive_entry.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "files.h"

namespace mailseal::files {

using Adder = int (*)(archive*);
using Members = std::vector<std::pair<std::string, std::string>>;

/// In one archive; `password` seals a zip.
inline std::string archived(Adder format, const Members& members, Adder filter = archive_write_add_filter_none,
                            const char* password = nullptr) {
  std::vector<char> room(8u << 20);
  std::size_t used = 0;
  archive* a = archive_write_new();
  EXPECT_EQ(format(a), ARCHIVE_OK);
  EXPECT_EQ(filter(a), ARCHIVE_OK);
  if (password) {
    EXPECT_EQ(archive_write_set_options(a, "zip:encryption=aes256"), ARCHIVE_OK) << archive_error_string(a);
    EXPECT_EQ(archive_write_set_passphrase(a, password), ARCHIVE_OK);
  }
  archive_write_set_bytes_per_block(a, 1);
  EXPECT_EQ(archive_write_open_memory(a, room.data(), room.size(), &used), ARCHIVE_OK);
  for (const auto& [name, octets] : members) {
    archive_entry* e = archive_entry_new();
    archive_entry_set_pathname(e, name.c_str());
    archive_entry_set_filetype(e, AE_IFREG);
    archive_entry_set_perm(e, 0644);
    archive_entry_set_size(e, static_cast<la_int64_t>(octets.size()));
    EXPECT_EQ(archive_write_header(a, e), ARCHIVE_OK) << archive_error_string(a);
    EXPECT_EQ(archive_write_data(a, octets.data(), octets.size()), static_cast<la_ssize_t>(octets.size()));
    archive_entry_free(e);
  }
  EXPECT_EQ(archive_write_close(a), ARCHIVE_OK) << archive_error_string(a);
  archive_write_free(a);
  return {room.data(), used};
}

inline std::string compressed(Adder filter, const std::string& octets) {
  return archived(archive_write_set_format_raw, {{"x", octets}}, filter);
}

/// All that lies in it, one line each: "a.zip/b.pcap [1] zip: 3 packets, complete", or the reason.
inline std::vector<std::string> walked(Contents contents) {
  std::vector<std::string> lines;
  while (auto content = contents.next(0)) {
    if (!content->source) {
      lines.push_back((content->what == Content::What::Stranger ? "no: " : "not read: ") + content->why);
      continue;
    }
    std::string line = content->path + " [";
    for (const std::uint32_t n : content->member) line += (line.back() == '[' ? "" : ".") + std::to_string(n);
    const Result r = read_all(std::move(content->source));
    lines.push_back(line + "] " + r.facts.packed + ": " + std::to_string(r.facts.packets) + " packets, " +
                    r.facts.ended);
  }
  return lines;
}

inline std::vector<std::string> walked(const std::string& octets, std::size_t piece = 1 << 20,
                                       const Limits* limits = &kLimits) {
  return walked(Contents::over(in_pieces(octets, piece), "t", limits, octets.size()));
}

}  // namespace mailseal::files
