// Opening: what a person is told who names the wrong thing; pipes; live ports.
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "files.h"

namespace mailseal {
namespace {
using namespace files;
namespace fs = std::filesystem;

class Open : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "mailseal-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path write(const std::string& name, std::string_view octets) const {
    const fs::path path = folder_ / name;
    std::ofstream(path, std::ios::binary) << octets;
    return path;
  }
  /// What opening says, the folder's name left out.
  std::string said(const fs::path& path) const {
    const auto opened = open_file(path, 0, &kLimits);
    if (opened) return "opened";
    std::string text = opened.error().message;
    const std::string folder = folder_.string() + "/";
    for (auto at = text.find(folder); at != std::string::npos; at = text.find(folder)) text.erase(at, folder.size());
    return text;
  }

  fs::path folder_;
};

TEST_F(Open, WhatIsNoCapture) {
  using namespace std::string_view_literals;
  struct Case {
    const char* name;
    std::string_view octets;
    const char* said;
  };
  const Case cases[] = {
      {"empty", "", "cannot read empty: it is empty; record packets with: tcpdump -w FILE"},
      {"a.gz", "\x1f\x8b\x08\0\0"sv, "cannot read a.gz: it is gzip, but damaged from its beginning on; copy it again"},
      {"a.zst", "\x28\xb5\x2f\xfd....",
       "cannot read a.zst: it is zstd, but damaged from its beginning on; copy it again"},
      {"a.xz", "\xfd\x37zXZ\0\0"sv, "cannot read a.xz: it is xz, but damaged from its beginning on; copy it again"},
      {"a.bz2", "BZh91AY&SY", "cannot read a.bz2: it is bzip2, but damaged from its beginning on; copy it again"},
      {"a.zip", "PK\3\4", "cannot read a.zip: the zip archive is damaged or cut from its beginning on; copy it again"},
      {"a.7z", "7z\xbc\xaf\x27\x1c"sv,
       "cannot read a.7z: the 7z archive is damaged or cut from its beginning on; copy it again"},
      {"a.rar", "Rar!\x1a\x07\1\0"sv,
       "cannot read a.rar: it is a rar archive; unpack it and check what comes out: unrar x a.rar"},
      {"aix.cap", "iptrace 2.0",
       "cannot read aix.cap: it is an AIX iptrace capture; convert it: editcap -F pcap aix.cap capture.pcap"},
      {"notes.txt", "Dear postmaster,\r\n",
       "cannot read notes.txt: it is text, no capture; record packets with: tcpdump -w FILE"},
      {"a.png", "\x89PNG\r\n\x1a\n\0\0"sv,
       "cannot read a.png: it is no capture that is known (it begins with 0x89504e47); record packets with: tcpdump -w "
       "FILE"},
      {"half.pcap", "\xd4\xc3\xb2"sv,
       "cannot read half.pcap: it is no capture that is known (it begins with 0xd4c3b2); record packets with: tcpdump "
       "-w FILE"},
      {"with blank'.lzo", "\x89LZO\0\r\n\x1a\n"sv,
       "cannot read with blank'.lzo: it is compressed with lzop; run: lzop -dc 'with blank'\\''.lzo' | mailseal check "
       "-"},
      {"two\nlines", "", "cannot read two?lines: it is empty; record packets with: tcpdump -w FILE"},
  };
  for (const Case& c : cases) {
    const std::string text = said(write(c.name, c.octets));
    // Within a quoted word the folder's path is not taken out; compare what follows it.
    if (std::string_view(c.name) == "with blank'.lzo") {
      EXPECT_TRUE(text.ends_with("with blank'\\''.lzo' | mailseal check -")) << text;
    } else {
      EXPECT_EQ(text, c.said);
    }
    EXPECT_EQ(text.find('\n'), std::string::npos);
  }
}

TEST_F(Open, WhatCannotBeOpened) {
  EXPECT_EQ(said(folder_ / "nowhere.pcap"), "cannot read nowhere.pcap: there is no such file; look at its name");
  write("file", "x");
  EXPECT_EQ(said(folder_ / "file" / "a.pcap"),
            "cannot read file/a.pcap: a part of its path is no directory; look at its name");
  fs::create_directory(folder_ / "sub");
  EXPECT_EQ(said(folder_ / "sub"), "cannot read sub: it is a directory; name the captures in it");
  if (geteuid() != 0) {
    fs::permissions(write("secret.pcap", Writer{}.header()), fs::perms::none);
    EXPECT_EQ(said(folder_ / "secret.pcap"),
              "cannot read secret.pcap: permission denied; run as a user who may read it");
  }
}

TEST_F(Open, ByContentNotByName) {
  const Writer w;
  EXPECT_EQ(read_all(open_file(write("a.pcap", w.section()), 0, &kLimits)).facts.format, "pcapng");
  EXPECT_EQ(read_all(open_file(write("a.txt", w.header()), 0, &kLimits)).facts.format, "pcap");
  EXPECT_EQ(read_all(open_file(folder_ / "a.txt", 0, &kLimits)).facts.path, (folder_ / "a.txt").string());
}

TEST_F(Open, FromAPipe) {
  const Writer w;
  std::string file = w.header();
  for (unsigned i = 0; i < 3000; ++i) file += w.record(i, 0, std::string(i % 1500, 'x'));
  const fs::path pipe = folder_ / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  std::thread writer([&] { std::ofstream(pipe, std::ios::binary) << file; });
  const Result r = read_all(open_file(pipe, 0, &kLimits));
  writer.join();
  EXPECT_EQ(r.packets.size(), 3000u);
  EXPECT_EQ(r.facts.ended, "complete");
  EXPECT_EQ(r.facts.size, file.size());
}

TEST_F(Open, APipeGivesPacketsAsTheyCome) {
  const Writer w;
  const fs::path pipe = folder_ / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  std::ofstream out;
  std::thread writer([&] {
    out.open(pipe, std::ios::binary);
    out << w.header() << w.record(1, 0, "first") << std::flush;  // and stays open
  });
  auto opened = open_file(pipe, 0, &kLimits);
  writer.join();
  ASSERT_TRUE(opened);
  EXPECT_TRUE(std::holds_alternative<PacketView>((*opened)->next())) << "not held back until a buffer is full";
  out.close();
  EXPECT_TRUE(std::holds_alternative<EndOfCapture>((*opened)->next()));
}

TEST(Live, NoSuchInterface) {
  const auto opened = open_live("no-such-port", "", 0);
  ASSERT_FALSE(opened);
  const std::string& text = opened.error().message;
  EXPECT_TRUE(text.starts_with("cannot capture on no-such-port: ")) << text;
  EXPECT_EQ(text.find('\n'), std::string::npos);
}

TEST(Live, Loopback) {
  auto opened = open_live("lo", "udp port 9", 0);
  if (!opened) GTEST_SKIP() << opened.error().message;
  PacketSource& source = **opened;
  EXPECT_TRUE(std::holds_alternative<Idle>(source.next())) << "silence is answered";
  EXPECT_EQ(source.facts().format, "live");
  EXPECT_EQ(source.facts().dropped, 0u);
  EXPECT_EQ(source.facts().ended, "complete");
  const auto bad = open_live("lo", "port port", 0);
  ASSERT_FALSE(bad);
  EXPECT_NE(bad.error().message.find("the filter 'port port' is not understood"), std::string::npos);
}

}  // namespace
}  // namespace mailseal
