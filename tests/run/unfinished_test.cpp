// What is left of a file when the program ends while it is written: nothing.
#include "unfinished.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace mailseal {
namespace {

namespace fs = std::filesystem;

class UnfinishedFile : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "mailseal-unfinished-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string whole() const { return (folder_ / "r.json").string(); }
  std::ptrdiff_t files() const { return std::distance(fs::directory_iterator(folder_), fs::directory_iterator()); }

 private:
  fs::path folder_;
};

TEST_F(UnfinishedFile, takes_its_place_when_it_is_finished) {
  std::ofstream(whole()) << "old";
  {
    Unfinished file(whole(), Readers::AsUsual);
    ASSERT_FALSE(file.path().empty());
    std::ofstream(file.path()) << "new";
    EXPECT_EQ(files(), 2);
    EXPECT_TRUE(file.finish());
  }
  EXPECT_EQ(files(), 1);
  std::string text;
  std::ifstream(whole()) >> text;
  EXPECT_EQ(text, "new");
}

TEST_F(UnfinishedFile, is_gone_when_it_is_not) {
  { Unfinished file(whole(), Readers::AsUsual); }
  EXPECT_EQ(files(), 0);
  EXPECT_TRUE(Unfinished(whole() + "/none", Readers::AsUsual).path().empty());
}

TEST_F(UnfinishedFile, is_gone_when_a_signal_ends_the_program) {
  for (const int number : {SIGHUP, SIGINT, SIGQUIT, SIGTERM}) {
    EXPECT_EXIT(
        {
          Unfinished file(whole(), Readers::AsUsual);
          if (files() != 1) std::_Exit(1);
          std::raise(number);
          std::_Exit(2);
        },
        testing::KilledBySignal(number), "");
    EXPECT_EQ(files(), 0) << number;
  }
}

TEST_F(UnfinishedFile, leaves_signals_alone_that_somebody_waits_for) {
  EXPECT_EXIT(
      {
        std::signal(SIGTERM, SIG_IGN);
        Unfinished file(whole(), Readers::AsUsual);
        std::raise(SIGTERM);
        std::_Exit(files() == 1 ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace mailseal
