// Real captures, where they lie beside the project: each is read and decoded to its end.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>

#include "mailseal/capture.h"
#include "mailseal/decode.h"

namespace mailseal {
namespace {
namespace fs = std::filesystem;

TEST(Captures, AreReadAndDecodedToTheirEnd) {
  const fs::path folder = fs::path(MAILSEAL_SOURCE_DIR) / ".." / "shared" / "captures";
  if (!fs::is_directory(folder)) GTEST_SKIP() << "no captures beside the project";
  const Limits limits;
  std::map<std::string, int> ends;
  std::uint64_t segments = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string extension = entry.path().extension().string();
    if (extension != ".pcap" && extension != ".pcapng") continue;
    auto opened = open_file(entry.path(), 0, &limits);
    ASSERT_TRUE(opened) << opened.error().message;
    Decoder decoder(&limits);
    for (;;) {
      const Captured captured = (*opened)->next();
      const auto* packet = std::get_if<PacketView>(&captured);
      if (packet == nullptr) break;
      const Decoded decoded = decoder.decode(*packet);
      const auto* segment = std::get_if<SegmentView>(&decoded);
      if (segment == nullptr) continue;
      ++segments;
      EXPECT_EQ(segment->seen.frame, packet->seen.frame) << entry.path();
      EXPECT_LE(segment->payload.size(), 65'535u) << entry.path();
    }
    const InputFacts& facts = (*opened)->facts();
    ++ends[facts.ended.substr(0, facts.ended.find(':'))];
    EXPECT_EQ(facts.size, fs::file_size(entry.path())) << entry.path();
    if (entry.path().filename() == "g_truncated_file.pcap") {
      EXPECT_EQ(facts.ended, "truncated");
      EXPECT_EQ(facts.packets, 20u);
    }
  }
  EXPECT_GT(segments, 20'000u);
  EXPECT_GT(ends["complete"], 800);
  EXPECT_LT(ends["error"] + ends["truncated"], 20);
}

}  // namespace
}  // namespace mailseal
