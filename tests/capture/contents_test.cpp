// What lies in what: compressions, archives, archives in archives; damage, passwords, bombs.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <tuple>

#include "archives.h"
#include "mailseal/base/digest.h"

namespace mailseal {
namespace {
using namespace files;
using Lines = std::vector<std::string>;
namespace fs = std::filesystem;

std::string sha256(const std::string& octets) {
  Sha256 digest;
  digest.add(as_bytes(octets));
  return digest.finish();
}

/// A capture of that many packets of 100 octets that no compression shortens much.
std::string capture(unsigned packets, unsigned seed = 1) {
  const Writer w;
  std::string file = w.header();
  for (unsigned i = 0; i < packets; ++i) {
    std::string bytes(100, '\0');
    for (char& c : bytes) c = static_cast<char>((seed = seed * 1'103'515'245 + 12'345) >> 16);
    file += w.record(i, 0, bytes);
  }
  return file;
}

struct Filtering {
  const char* name;
  Adder add;
};
constexpr Filtering kFilters[] = {
    {"gzip", archive_write_add_filter_gzip}, {"zstd", archive_write_add_filter_zstd},
    {"xz", archive_write_add_filter_xz},     {"bzip2", archive_write_add_filter_bzip2},
    {"lz4", archive_write_add_filter_lz4},   {"lzma", archive_write_add_filter_lzma},
    {"lzip", archive_write_add_filter_lzip}, {"compress", archive_write_add_filter_compress},
};
struct Archiving {
  const char* name;
  Adder set;
  bool streamed;
};
constexpr Archiving kArchives[] = {
    {"zip", archive_write_set_format_zip, true},
    {"7z", archive_write_set_format_7zip, false},
    {"tar", archive_write_set_format_pax_restricted, true},
    {"tar", archive_write_set_format_ustar, true},
    {"cpio", archive_write_set_format_cpio_newc, true},
    {"cpio", archive_write_set_format_cpio_odc, true},
};

TEST(Compressed, EachIsUndone) {
  const std::string file = capture(700);
  for (const Filtering& f : kFilters) {
    const std::string packed = compressed(f.add, file);
    for (const std::size_t piece : {std::size_t{1}, std::size_t{777}, std::size_t{1} << 20}) {
      const Result r = read_text(packed, piece);
      EXPECT_EQ(r.error, "") << f.name;
      EXPECT_EQ(r.packets.size(), 700u) << f.name;
      EXPECT_EQ(r.facts.packed, f.name);
      EXPECT_EQ(r.facts.ended, "complete") << f.name;
      EXPECT_EQ(r.facts.sha256, sha256(packed)) << f.name << ": of the file as it is stored";
      EXPECT_EQ(r.facts.size, packed.size());
    }
    EXPECT_EQ(compression_names()[static_cast<std::size_t>(&f - kFilters)], f.name);
  }
}

TEST(Compressed, TwiceAndOneBehindTheOther) {
  const std::string file = capture(500), half = file.substr(0, 20'000), rest = file.substr(20'000);
  for (const Filtering& f : kFilters) {
    EXPECT_EQ(walked(compressed(archive_write_add_filter_gzip, compressed(f.add, file))),
              (Lines{"t [] gzip, " + std::string(f.name) + ": 500 packets, complete"}));
    if (f.add == archive_write_add_filter_lzma || f.add == archive_write_add_filter_compress) continue;  // have no end
    EXPECT_EQ(walked(compressed(f.add, half) + compressed(f.add, rest)),
              (Lines{"t [] " + std::string(f.name) + ": 500 packets, complete"}));
  }
}

TEST(Compressed, CutAnywhereIsTruncated) {
  const std::string file = capture(2000);
  for (const Filtering& f : kFilters) {
    const std::string packed = compressed(f.add, file);
    for (std::size_t tenth = 0; tenth < 10; ++tenth) {
      const Result r = read_text(packed.substr(0, packed.size() * tenth / 10 + 20));
      if (!r.error.empty()) continue;  // not as much as a packet was given
      EXPECT_TRUE(r.facts.ended == "truncated" || std::string_view(f.name) == "compress") << f.name << r.facts.ended;
      EXPECT_LT(r.packets.size(), 2000u) << f.name;
    }
    const Result most = read_text(packed.substr(0, packed.size() - 1));
    if (std::string_view(f.name) == "gzip") {
      EXPECT_EQ(most.packets.size(), 2000u) << "all that stands before the damage";
    }
  }
}

TEST(Compressed, WhatItHidesIsTold) {
  const std::string zeros(1000, '\0');
  for (const Filtering& f : kFilters) {
    const Lines lines = walked(compressed(f.add, zeros));
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_EQ(lines[0], "no: cannot read t: unpacked from " + std::string(f.name) +
                            ", it is no capture that is known (it begins with 0x00000000); record packets "
                            "with: tcpdump -w FILE");
  }
  EXPECT_EQ(walked(std::string("\x28\xb5\x2f\xfd", 4) + zeros),
            (Lines{"not read: cannot read t: it is zstd, but damaged from its beginning on; copy it again"}));
  EXPECT_EQ(walked("BZh9" + zeros),
            (Lines{"not read: cannot read t: it is bzip2, but damaged from its beginning on; copy it again"}));
  std::string deep = capture(3);
  for (int i = 0; i < 9; ++i) deep = compressed(archive_write_add_filter_gzip, deep);
  EXPECT_EQ(
      walked(deep),
      (Lines{"not read: cannot read t: it is gzip, gzip, gzip, gzip, gzip, gzip, gzip, gzip, with gzip in it still; "
             "unpack it yourself"}));
}

TEST(Archives, MembersInOrder) {
  const Members members{{"notes.txt", "Dear colleagues,\n"},
                        {"dir/b.pcap", capture(3)},
                        {"a.pcapng", Writer{}.section()},
                        {"c.pcap.gz", compressed(archive_write_add_filter_gzip, capture(5))},
                        {"b.pcap", capture(700)}};
  for (const Archiving& a : kArchives) {
    const std::string stored = archived(a.set, members);
    const std::string kind = a.name;
    const Lines all{
        "no: cannot read t/notes.txt: it is text, no capture; record packets with: tcpdump -w FILE",
        "t/dir/b.pcap [2] " + kind + ": 3 packets, complete", "t/a.pcapng [3] " + kind + ": 0 packets, complete",
        "t/c.pcap.gz [4] " + kind + ", gzip: 5 packets, complete", "t/b.pcap [5] " + kind + ": 700 packets, complete"};
    if (!a.streamed) continue;
    for (const std::size_t piece : {std::size_t{1}, std::size_t{4096}}) EXPECT_EQ(walked(stored, piece), all) << a.name;
    Lines packed = all;
    for (std::string& line : packed)
      if (const auto at = line.find("] "); at != line.npos) line.insert(at + 2, "zstd, ");
    EXPECT_EQ(walked(archived(a.set, members, archive_write_add_filter_zstd), 4096), packed) << a.name;
  }
}

class ArchiveFile : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "mailseal-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }
  fs::path write(std::string_view octets) const {
    const fs::path path = folder_ / "t";
    std::ofstream(path, std::ios::binary) << octets;
    return path;
  }
  Lines lines(const fs::path& path, const Limits* limits = &kLimits) const {
    auto contents = Contents::open(path, limits);
    EXPECT_TRUE(contents);
    Lines all = walked(std::move(*contents));
    for (std::string& line : all)
      for (auto at = line.find(folder_.string()); at != line.npos; at = line.find(folder_.string()))
        line.erase(at, folder_.string().size() + 1);
    return all;
  }
  fs::path folder_;
};

TEST_F(ArchiveFile, EachIsReadAndOpenedAgain) {
  const Members members{{"x.txt", "text"}, {"a.pcap", capture(3)}, {"b.pcap", capture(4)}};
  for (const Archiving& a : kArchives) {
    const fs::path path = write(archived(a.set, members));
    const std::string kind = a.name;
    EXPECT_EQ(
        lines(path),
        (Lines{"no: cannot read t/x.txt: it is text, no capture; record packets with: tcpdump -w FILE",
               "t/a.pcap [2] " + kind + ": 3 packets, complete", "t/b.pcap [3] " + kind + ": 4 packets, complete"}));
    Archives archives(&kLimits);
    const Result again = read_all(archives.open(path, {3}, 7));
    EXPECT_EQ(again.packets.size(), 4u);
    EXPECT_EQ(again.facts.sha256, sha256(members[2].second)) << "of the member as unpacked";
    EXPECT_EQ(again.facts.file, path.string());
    EXPECT_EQ(again.facts.path, path.string() + "/b.pcap");
    EXPECT_EQ(again.facts.member, Member{3});
    EXPECT_FALSE(archives.open(path, {1}, 0));
    EXPECT_FALSE(archives.open(path, {9}, 0));
    EXPECT_FALSE(archives.open(path, {}, 0)) << "an archive itself is no capture";
  }
}

TEST_F(ArchiveFile, ArchivesInArchives) {
  const std::string inner = archived(archive_write_set_format_zip, {{"a.pcap", capture(3)}, {"b.pcap", capture(4)}});
  const std::string middle = archived(archive_write_set_format_ustar, {{"in.zip", inner}, {"c.pcap", capture(5)}},
                                      archive_write_add_filter_xz);
  const std::string outer = archived(archive_write_set_format_zip, {{"m.tar.xz", middle}, {"d.pcap", capture(6)}});
  const Lines all{"t/m.tar.xz/in.zip/a.pcap [1.1.1] zip, xz, tar, zip: 3 packets, complete",
                  "t/m.tar.xz/in.zip/b.pcap [1.1.2] zip, xz, tar, zip: 4 packets, complete",
                  "t/m.tar.xz/c.pcap [1.2] zip, xz, tar: 5 packets, complete", "t/d.pcap [2] zip: 6 packets, complete"};
  EXPECT_EQ(lines(write(outer)), all);
  EXPECT_EQ(walked(outer, 100), all);
  Archives archives(&kLimits);
  EXPECT_EQ(read_all(archives.open(folder_ / "t", {1, 1, 2}, 0)).packets.size(), 4u);
  std::string deep = outer;
  for (int i = 0; i < 20; ++i) deep = archived(archive_write_set_format_ustar, {{"a", deep}});
  EXPECT_EQ(walked(deep), (Lines{"not read: cannot read t/a/a/a/a/a/a/a/a: archives in archives are opened 8 deep; "
                                 "unpack it yourself, and check what comes out"}));
}

TEST_F(ArchiveFile, InAnyOrderWhetherKeptOrNot) {
  const std::string inner =
      archived(archive_write_set_format_zip,
               {{"a.pcap", capture(3)}, {"b.pcap.xz", compressed(archive_write_add_filter_xz, capture(40))}});
  std::string cut = compressed(archive_write_add_filter_gzip, capture(50));
  cut.resize(cut.size() / 2);
  const Members members{
      {"1.pcap", capture(900)}, {"2.zip", inner}, {"3.txt", "text"}, {"4.pcap.gz", cut}, {"5.pcap", capture(2)}};
  const std::vector<Member> all{{1}, {2, 1}, {2, 2}, {4}, {5}};
  std::vector<std::vector<Member>> orders{all, {all.rbegin(), all.rend()}, {{4}, {1}, {5}, {2, 2}, {2, 1}, {4}}};
  for (const Archiving& a : kArchives) {
    const fs::path path = write(archived(a.set, members));
    std::map<Member, Result> right;
    auto walk = Contents::open(path, &kLimits);
    while (auto content = walk->next(0))
      if (content->source) right[content->member] = read_all(std::move(content->source));
    ASSERT_EQ(right.size(), all.size());
    for (const auto& [member, bytes] : {std::pair<std::size_t, std::size_t>{8u << 20, 128u << 20},  // all are kept
                                        {50'000, 128u << 20},                                       // the small ones
                                        {50'000, 2'000},                                            // the first of them
                                        {0, 0}}) {
      Limits limits;
      limits.kept_member_bytes = member;
      limits.kept_bytes = bytes;
      for (const auto& order : orders) {
        Archives archives(&limits);
        std::uint32_t input = 0;
        for (auto look = archives.contents(path); auto content = look->next(0);) continue;
        std::vector<std::unique_ptr<PacketSource>> open;
        for (const Member& wanted : order) open.push_back(std::move(*archives.open(path, wanted, input++)));  // at once
        for (std::size_t i = 0; i < order.size(); ++i) {
          const Result r = read_all(std::move(open[i]));
          const InputFacts &is = r.facts, &due = right[order[i]].facts;
          EXPECT_EQ(std::tie(is.path, is.file, is.member, is.packed, is.sha256, is.size, is.packets, is.ended),
                    std::tie(due.path, due.file, due.member, due.packed, due.sha256, due.size, due.packets, due.ended))
              << a.name << " " << member << " " << bytes;
        }
        for (const Member& wanted : order)  // one after the other
          EXPECT_EQ(read_all(archives.open(path, wanted, 0)).facts.sha256, right[wanted].facts.sha256);
        EXPECT_FALSE(archives.open(path, {3}, 0));
        EXPECT_FALSE(archives.open(path, {2}, 0)) << "an archive";
      }
    }
  }
}

TEST_F(ArchiveFile, MembersInTheirOrderCostOnePass) {
  Members members;
  for (int i = 0; i < 20; ++i) members.emplace_back(std::to_string(i), capture(20));
  for (const std::size_t kept : {std::size_t{0}, kLimits.kept_bytes}) {
    Limits limits;
    limits.kept_bytes = kept;
    const fs::path path = write(archived(archive_write_set_format_ustar, members, archive_write_add_filter_gzip));
    Archives archives(&limits);
    for (auto look = archives.contents(path); auto content = look->next(0);) continue;
    EXPECT_EQ(read_all(archives.open(path, {1}, 0)).facts.ended, "complete");
    fs::remove(path);  // so that nobody begins anew
    for (std::uint32_t i = 2; i <= 20; ++i)
      EXPECT_EQ(read_all(archives.open(path, {i}, 0)).facts.ended, "complete") << i;
    EXPECT_EQ(static_cast<bool>(archives.open(path, {1}, 0)), kept > 0);
  }
}

TEST_F(ArchiveFile, WhatIsBehindTheBoundIsNotRead) {
  Limits limits;
  limits.kept_bytes = 0;
  limits.unpacked_freely = 100'000;
  limits.unpack_ratio = 1;
  Members members;
  for (int i = 0; i < 20; ++i) members.emplace_back(std::to_string(i), Writer{}.header() + std::string(16'000, '\0'));
  const fs::path path = write(archived(archive_write_set_format_ustar, members, archive_write_add_filter_gzip));
  Archives archives(&limits);
  EXPECT_EQ(read_all(archives.open(path, {1}, 0)).facts.ended, "complete");
  EXPECT_EQ(read_all(archives.open(path, {20}, 0)).error,
            "cannot read " + path.string() +
                ": it unpacks to more than 1 times its size; unpack it yourself, and check " +
                "what comes out, if you trust it");
  for (const Archiving& a : kArchives) {  // also where the looking alone unpacks little
    const fs::path file = write(archived(a.set, members));
    limits.unpacked_freely = 200'000;
    limits.unpack_ratio = std::string_view(a.name) == "zip" ? 10 : 1;
    Archives again(&limits);
    auto look = again.contents(file);
    std::string why;
    int captures = 0;
    while (auto content = look->next(0)) content->source ? void(++captures) : void(why = content->why);
    const bool small = fs::file_size(file) * limits.unpack_ratio < 300'000;
    EXPECT_EQ(captures < 20, small) << a.name;
    EXPECT_EQ(why.find("unpacks to more than") != std::string::npos, small) << a.name;
  }
}

TEST_F(ArchiveFile, SevenZipNeedsAFile) {
  const std::string stored = archived(archive_write_set_format_7zip, {{"a.pcap", capture(3)}});
  const std::string why =
      ": a 7z archive is read from its end, so it must be a file by itself; unpack it yourself, and "
      "check what comes out";
  EXPECT_EQ(walked(stored), (Lines{"not read: cannot read t" + why}));
  EXPECT_EQ(lines(write(archived(archive_write_set_format_zip, {{"x.7z", stored}, {"b.pcap", capture(1)}}))),
            (Lines{"not read: cannot read t/x.7z" + why, "t/b.pcap [2] zip: 1 packets, complete"}));
}

TEST_F(ArchiveFile, PasswordsAreTold) {
  const std::string locked = archived(archive_write_set_format_zip, {{"a.pcap", capture(3)}, {"b.pcap", capture(4)}},
                                      archive_write_add_filter_none, "secret");
  const Lines told{
      "not read: cannot read t/a.pcap: it is protected by a password; unpack it yourself, and check what comes out",
      "not read: cannot read t/b.pcap: it is protected by a password; unpack it yourself, and check what comes out"};
  EXPECT_EQ(lines(write(locked)), told);
  EXPECT_EQ(walked(locked), (Lines{told[0],
                                   "not read: cannot read t: it is protected by a password; unpack it yourself, and "
                                   "check what comes out"}))
      << "in a stream what is behind it cannot be reached";
}

TEST_F(ArchiveFile, DamageIsTold) {
  for (const Archiving& a : kArchives) {
    const std::string stored =
        archived(a.set, {{"a.pcap", capture(300)}, {"b.pcap", capture(300)}, {"c.pcap", capture(300)}});
    for (const std::string& cut : {stored.substr(0, stored.size() / 2), stored.substr(0, 600)}) {
      for (const Lines& some : {lines(write(cut)), a.streamed ? walked(cut) : lines(write(cut))}) {
        ASSERT_FALSE(some.empty()) << a.name;
        EXPECT_NE(some.back().find(std::string("the ") + a.name + " archive is damaged or cut"), std::string::npos)
            << a.name << ": " << some.back();
        for (const std::string& line : some)
          EXPECT_TRUE(line.starts_with("not") || line.ends_with("complete") || line.ends_with("truncated")) << line;
      }
    }
  }
}

TEST(Archives, NamesAreForeignText) {
  const Lines lines =
      walked(archived(archive_write_set_format_ustar,
                      {{"../../etc/passwd", capture(1)}, {"two\nlines", "x"}, {"/root/\x1b[2J", capture(1)}}));
  EXPECT_EQ(lines, (Lines{"t/../../etc/passwd [1] tar: 1 packets, complete",
                          "no: cannot read t/two?lines: it is text, no capture; record packets with: tcpdump -w FILE",
                          "t//root/\x1b[2J [3] tar: 1 packets, complete"}));
}

TEST(Archives, AsManyMembersAsAllowed) {
  Limits limits;
  limits.members = 3;
  Members members;
  for (int i = 0; i < 5; ++i) members.emplace_back(std::to_string(i), capture(1));
  const Lines lines = walked(archived(archive_write_set_format_ustar, members), 4096, &limits);
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_EQ(lines[3],
            "not read: cannot read t: it has more than 3 members; unpack it yourself, and check what comes out");
}

TEST(Bombs, EndAtTheBound) {
  Limits limits;
  limits.unpacked_freely = 1 << 20;
  const std::string endless = Writer{}.header() + std::string(7u << 20, '\0');  // records without an octet
  const std::string line =
      "it unpacks to more than 250 times its size; unpack it yourself and check what comes out, if you trust it";
  for (const Filtering& f : kFilters) {
    const std::string packed = compressed(f.add, endless);
    if (packed.size() * 250 > endless.size()) continue;  // compress is not able to
    const Result r = read_text(packed, 4096, &limits);
    EXPECT_EQ(r.facts.ended, "error: " + line) << f.name;
    EXPECT_EQ(r.facts.sha256, sha256(packed)) << f.name << ": what is stored is known to its end";
    EXPECT_LT(r.packets.size(), (7u << 20) / 16);
    EXPECT_GE(r.packets.size(), (1u << 20) / 16 - 2);
    EXPECT_EQ(read_text(packed).facts.ended, "complete") << "so little is let pass";
  }
  for (const Archiving& a : kArchives) {
    if (!a.streamed) continue;
    const std::string zip =
        archived(a.set, {{"zeros", std::string(6u << 20, '\0')}, {"a.pcap", endless}, {"b.pcap", capture(1)}},
                 std::string_view(a.name) == "zip" ? archive_write_add_filter_none : archive_write_add_filter_gzip);
    const Lines lines = walked(zip, 4096, &limits);
    ASSERT_FALSE(lines.empty());
    EXPECT_NE(lines.back().find("unpacks to more than 250 times its size"), std::string::npos)
        << a.name << lines.back();
  }
  limits = Limits{};
  limits.unpacked_bytes = 1 << 20;
  EXPECT_EQ(
      read_text(compressed(archive_write_add_filter_gzip, endless), 4096, &limits).facts.ended,
      "error: it unpacks to more than 1048576 octets; unpack it yourself and check what comes out, if you trust it");
}

}  // namespace
}  // namespace mailseal
