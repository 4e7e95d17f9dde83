// TimeLine: what is read when, with inputs that lie in memory.
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "kinship.h"
#include "packets.h"
#include "timeline.h"

namespace mailseal {
namespace {

using packets::Packet;
using packets::Packets;

/// What one run of a time line showed.
struct Course {
  std::string order;               ///< a letter for each packet: its input; "|" before what goes on nothing
  std::vector<std::string> paths;  ///< by number of the input
  std::vector<std::uint32_t> points;
  std::size_t most_open = 0;
};

/// Times in milliseconds; files are called as their letter is, all of one form.
class Captures : private TimeLine::Listener {
 public:
  explicit Captures(std::map<std::string, std::vector<int>> times, Limits limits = {}) : limits_(limits) {
    std::string folder = (std::filesystem::temp_directory_path() / "mailseal-timeline-XXXXXX").string();
    folder_ = mkdtemp(folder.data());
    for (const auto& [name, all] : times) {
      std::filesystem::create_directories((folder_ / name).parent_path());
      std::ofstream(folder_ / name) << "its packets are in memory";
      files_[name];
      for (const int time : all)
        files_[name].push_back({files_[name].size() + 1,
                                Timestamp{std::chrono::hours(400'000)} + std::chrono::milliseconds(time),
                                packets::kEthernet, 4, "none"});
    }
  }

  ~Captures() override { std::filesystem::remove_all(folder_); }

  Course read(const std::vector<std::string>& names) {
    std::vector<InputFile> files;
    for (const std::string& name : names) files.push_back({folder_ / name});
    Course course;
    const auto open = [&](const InputFile& file, std::uint32_t) -> Expected<std::unique_ptr<PacketSource>> {
      const auto at = files_.find(file.path.lexically_relative(folder_).string());
      if (at == files_.end()) return fail("no such file");
      return std::make_unique<Source>(&at->second, file.path.string(), &open_);
    };
    TimeLine line(std::move(files), open, this, &limits_);
    std::array<PacketView, 32> room;
    for (TimeLine::StretchView stretch = line.next(room); !stretch.ended; stretch = line.next(room)) {
      course.most_open = std::max(course.most_open, open_);
      if (stretch.parted) course.order += '|';
      course.order += std::string(stretch.packets.size(), static_cast<char>('A' + stretch.input));
    }
    for (const InputFacts& facts : line.facts()) course.paths.push_back(facts.path);
    course.points = line.points();
    return course;
  }

 private:
  class Source final : public packets::MemorySource {
   public:
    Source(const Packets* all, std::string path, std::size_t* open) : MemorySource(all), open_(*open) {
      facts_.path = std::move(path);
      facts_.format = "pcap";
      ++open_;
    }
    ~Source() override { --open_; }
    Captured next() override {
      Captured captured = MemorySource::next();
      if (const auto* view = std::get_if<PacketView>(&captured)) {
        ++facts_.packets;
        facts_.last = view->seen.time;
      }
      return captured;
    }
    const InputFacts& facts() override { return facts_; }

   private:
    std::size_t& open_;
    InputFacts facts_;
  };

  void not_opened(const InputFile&, const Error&) override {}
  void opened(const InputFile&, PacketSource&) override {}
  void ended(const InputFile&, PacketSource&) override {}

  std::filesystem::path folder_;
  std::map<std::string, Packets> files_;
  const Limits limits_;
  std::size_t open_ = 0;
};

constexpr int kHour = 3'600'000;

TEST(TimeLine, Order) {
  using Times = std::map<std::string, std::vector<int>>;
  const struct {
    const char* what;
    Times times;
    std::vector<std::string> named;
    const char* order;
    std::vector<std::uint32_t> points;
  } table[] = {
      {"one behind the other", {{"a", {0, 1, 2}}, {"b", {3, 4}}}, {"b", "a"}, "AAABB", {0, 0}},
      {"a step back where they meet", {{"s1", {0, 1, 2, 3, 10}}, {"s2", {9, 11}}}, {"s2", "s1"}, "AAAAABB", {0, 0}},
      {"overlapping", {{"a", {0, 10, 20, 30}}, {"b", {5, 15, 25, 35}}}, {"a", "b"}, "ABABABAB", {0, 1}},
      {"one within the other",
       {{"a", {0, 10'000, 20'000, 30'000}}, {"b", {15'000, 16'000}}},
       {"b", "a"},
       "AABBAA",
       {0, 1}},
      {"two points, each of two files",
       {{"x/c1", {0, 10, 20}}, {"x/c2", {30, 40, 50}}, {"y/c1", {5, 15, 25}}, {"y/c2", {35, 45, 55}}},
       {"x/c2", "y/c1", "y/c2", "x/c1"},
       "ABABABCDCDCD",
       {0, 1, 0, 1}},
      {"the idle time is over", {{"a", {0, 1}}, {"b", {kHour, kHour + 1}}}, {"a", "b"}, "AA|BB", {0, 0}},
      {"a wild time stamp", {{"a", {0, 500 * kHour, 2, 3}}, {"b", {10, 11}}}, {"a", "b"}, "AAAABB", {0, 0}},
      {"nothing in one", {{"a", {}}, {"b", {1}}, {"c", {0}}}, {"a", "b", "c"}, "AB", {0, 0, 0}},
      {"one is missing", {{"a", {1}}, {"b", {0}}}, {"none", "a", "b"}, "AB", {0, 0}},
  };
  for (const auto& row : table) {
    const Course course = Captures(row.times).read(row.named);
    EXPECT_EQ(course.order, row.order) << row.what;
    EXPECT_EQ(course.points, row.points) << row.what;
  }
}

TEST(TimeLine, NoMoreAreOpenThanNeedBe) {
  std::map<std::string, std::vector<int>> set, points;
  std::vector<std::string> names;
  for (int i = 0; i < 500; ++i) {
    names.push_back("cap" + std::to_string(i));
    for (int j = 0; j < 40; ++j) {
      set[names.back()].push_back(i * 1000 + j);
      points[names.back()].push_back(i + j * 1000);
    }
  }
  std::reverse(names.begin(), names.end());
  EXPECT_LE(Captures(set).read(names).most_open, 2u);

  Limits tight;
  tight.inputs_at_once = 7;
  const Course course = Captures(points, tight).read(names);
  EXPECT_EQ(course.most_open, 7u) << "the others wait for their turn";
  EXPECT_EQ(course.order.size(), 500u * 40u);
}

TEST(TimeLine, WhatIsLookedThroughIsBounded) {
  // A small part of it overlaps: it would be one set, could it be seen to end.
  const std::map<std::string, std::vector<int>> times{{"a", {0, 100, 200, 300, 400, 500, 600, 700}}, {"b", {650, 800}}};
  EXPECT_EQ(Captures(times).read({"a", "b"}).points, (std::vector<std::uint32_t>{0, 0}));
  Limits tight;
  tight.look_ahead_bytes = 1;
  EXPECT_EQ(Captures(times, tight).read({"a", "b"}).points, (std::vector<std::uint32_t>{0, 0})) << "it had ended";
  std::map<std::string, std::vector<int>> more = times;
  for (const int time : {701, 702, 703}) more["a"].push_back(time);
  EXPECT_EQ(Captures(more).read({"a", "b"}).points, (std::vector<std::uint32_t>{0, 0}));
  EXPECT_EQ(Captures(more, tight).read({"a", "b"}).points, (std::vector<std::uint32_t>{0, 1}));

  // A packet takes room without octets, too; and what others hold counts.
  std::map<std::string, std::vector<int>> many = times;
  many["a"].assign(1500, 0);
  many["a"].insert(many["a"].end(), 1000, 700);
  tight.look_ahead_bytes = 1000 * sizeof("none") * 4;
  EXPECT_EQ(Captures(many).read({"a", "b"}).points, (std::vector<std::uint32_t>{0, 0}));
  EXPECT_EQ(Captures(many, tight).read({"a", "b"}).points, (std::vector<std::uint32_t>{0, 1}));
}

TEST(Kinship, NamesOfOneSet) {
  const char* const ordered[] = {"a/cap.pcap",     "a/cap.pcap1", "a/cap.pcap2", "a/cap.pcap10",
                                 "a/cap.pcap0100", "a/cap2.pcap", "b/cap.pcap",  "b/cap_00001_20260101.pcap"};
  for (std::size_t i = 1; i < std::size(ordered); ++i) {
    EXPECT_TRUE(in_natural_order(ordered[i - 1], ordered[i])) << ordered[i];
    EXPECT_FALSE(in_natural_order(ordered[i], ordered[i - 1])) << ordered[i];
  }
  EXPECT_EQ(family_of("a1/cap_00001_2026.pcap"), family_of("a1/cap_00002_2027.pcap"));
  EXPECT_NE(family_of("a1/cap1.pcap"), family_of("a2/cap1.pcap"));
}

}  // namespace
}  // namespace mailseal
