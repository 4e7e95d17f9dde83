// The spool: what goes in comes out, in whatever place it was kept, or it is said that it does not.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <map>
#include <string>

#include "archive.h"
#include "judge/sessions.h"
#include "spill.h"

namespace mailseal::test {
namespace {

// --- every member ---

template <class T>
constexpr bool kOptional = false;
template <class T>
constexpr bool kOptional<std::optional<T>> = true;

/// Converts to any member, so that one can ask how many of them initialize a struct. An optional takes anything
/// by itself.
struct Anything {
  template <class T>
  requires(!kOptional<T>) operator T() const { return T{}; }
};
template <class T, class... Members>
consteval std::size_t members() {
  if constexpr (requires { T{Members{}..., Anything{}}; })
    return members<T, Members..., Anything>();
  else
    return sizeof...(Members);
}

struct Counter {
  std::size_t passed = 0;
  template <class... Values>
  void operator()(const Values&...) {
    passed += sizeof...(Values);
  }
};
template <class T>
std::size_t passed() {
  Counter counter;
  const T record{};
  fields(counter, record);
  return counter.passed;
}

TEST(Archive, EachMemberIsPassedOn) {
  EXPECT_EQ(passed<Endpoint>(), members<Endpoint>());
  EXPECT_EQ(passed<FlowKey>(), members<FlowKey>());
  EXPECT_EQ(passed<SideCounters>(), members<SideCounters>());
  EXPECT_EQ(passed<DoubtSeen>(), members<DoubtSeen>());
  EXPECT_EQ(passed<Credential>(), members<Credential>() - 1) << "the fingerprint is not";
  EXPECT_EQ(passed<Alert>(), members<Alert>());
  EXPECT_EQ(passed<Certificate>(), members<Certificate>());
  EXPECT_EQ(passed<ClientOffer>(), members<ClientOffer>());
  EXPECT_EQ(passed<DhPrime>(), members<DhPrime>());
  EXPECT_EQ(passed<Undecrypted>(), members<Undecrypted>());
  EXPECT_EQ(passed<InsideStatus>(), members<InsideStatus>());
  EXPECT_EQ(passed<InsideLogin>(), members<InsideLogin>());
  EXPECT_EQ(passed<Inside>(), members<Inside>());
  EXPECT_EQ(passed<TlsFacts>(), members<TlsFacts>() - 1) << "the marks are not";
  EXPECT_EQ(passed<CanarySeen>(), members<CanarySeen>());
  EXPECT_EQ(passed<CanaryFacts>(), members<CanaryFacts>());
  EXPECT_EQ(passed<ProductSeen>(), members<ProductSeen>());
  EXPECT_EQ(passed<ReceivedClaim>(), members<ReceivedClaim>());
  EXPECT_EQ(passed<MessageFacts>(), members<MessageFacts>());
  EXPECT_EQ(passed<Session>(), members<Session>() - 2) << "what ties sightings is not";
  EXPECT_EQ(passed<Finding>(), members<Finding>());
  EXPECT_EQ(passed<Judgement>(), members<Judgement>() - 2) << "what it is to the policy and the profile is not";
  EXPECT_EQ(passed<JudgedSession>(), members<JudgedSession>() - 1) << "the id is not";
  EXPECT_EQ(members<Session>(), 57u) << "what counts them does";
}

/// Gives each value one of its own, or looks whether it still has it.
template <bool Fill>
class Pattern {
 public:
  explicit Pattern(std::uint64_t seed = 0) : n_(seed) {}

  template <class... Values>
  void operator()(Values&... values) {
    (value(values), ...);
  }

 private:
  template <class T>
  void put(T& v, const std::remove_const_t<T>& own) {
    if constexpr (Fill)
      v = own;
    else
      EXPECT_EQ(v, own) << "value " << n_;
  }
  std::uint64_t next() { return ++n_ * 0x9e37'79b9'7f4a'7c15; }

  void value(auto& v) requires(std::is_enum_v<std::remove_cvref_t<decltype(v)>> &&
                               !std::same_as<std::remove_cvref_t<decltype(v)>, std::byte>) {
    put(v, static_cast<std::remove_cvref_t<decltype(v)>>(next() % 2));
  }
  void value(auto& v) requires std::is_integral_v<std::remove_cvref_t<decltype(v)>> {
    put(v, static_cast<std::remove_cvref_t<decltype(v)>>(next()));
  }
  template <class T>
  requires std::same_as<std::remove_const_t<T>, Timestamp>
  void value(T& v) { put(v, Timestamp(std::chrono::nanoseconds(static_cast<std::int64_t>(next())))); }
  template <class T>
  requires std::same_as<std::remove_const_t<T>, IpAddress>
  void value(T& v) {
    IpAddress own;
    for (auto& octet : own.octets) octet = static_cast<std::uint8_t>(next() >> 20);
    put(v, own);
  }
  Seen own_place() {
    Seen seen;
    seen.time = Timestamp(std::chrono::nanoseconds(static_cast<std::int64_t>(next())));
    seen.frame = next() >> 24;
    seen.offset = next();
    seen.input = static_cast<std::uint32_t>(next() >> 42);
    seen.side = next() % 2 == 0 ? Side::Client : Side::Server;
    if (n_ % 3 != 0 || before_.frame == 0) return before_ = seen;
    before_.side = seen.side;  // in the packet of the one before
    return before_;
  }
  void same(const Seen& v, const Seen& own) {
    EXPECT_EQ(v.time, own.time);
    EXPECT_EQ(v.frame, own.frame);
    EXPECT_EQ(v.offset, own.offset);
    EXPECT_EQ(v.input, own.input);
    EXPECT_EQ(v.side, own.side);
  }
  template <class T>
  requires std::same_as<std::remove_const_t<T>, Seen>
  void value(T& v) {
    const Seen own = own_place();
    if constexpr (Fill)
      v = own;
    else
      same(v, own);
  }
  template <class T>
  requires std::same_as<std::remove_const_t<T>, Fact>
  void value(T& v) {
    const bool known = next() % 4 != 0;
    const Seen own = own_place();
    if constexpr (Fill) {
      v = known ? Fact(own) : Fact();
    } else {
      ASSERT_EQ(v.has_value(), known) << n_;
      if (known) same(*v, own);
    }
  }
  template <class T>
  requires std::same_as<std::remove_const_t<T>, std::string>
  void value(T& v) { put(v, std::string("\0\xff", 2) + std::to_string(next()) + std::string(n_ % 300, 'x')); }
  template <class T>
  requires std::same_as<std::remove_const_t<T>, std::byte>
  void value(T& v) { put(v, std::byte{static_cast<std::uint8_t>(next())}); }
  template <class T>
  void each(T& all) {
    if constexpr (Fill)
      all.resize(n_ % 4 + 1);
    else
      ASSERT_EQ(all.size(), n_ % 4 + 1);
    for (auto& one : all) value(one);
  }
  template <class T>
  void value(std::vector<T>& all) {
    each(all);
  }
  template <class T>
  void value(const std::vector<T>& all) {
    each(all);
  }
  template <class T, std::size_t N>
  void value(std::array<T, N>& all) {
    for (auto& one : all) value(one);
  }
  template <class T, std::size_t N>
  void value(const std::array<T, N>& all) {
    for (auto& one : all) value(one);
  }
  template <class T>
  void maybe(T& known, auto&& make) {
    const bool there = next() % 4 != 0;
    if constexpr (Fill) {
      if (there) make();
    } else {
      ASSERT_EQ(static_cast<bool>(known), there) << n_;
    }
    if (there) value(*known);
  }
  template <class T>
  void value(std::optional<T>& known) {
    maybe(known, [&] { known.emplace(); });
  }
  template <class T>
  void value(const std::optional<T>& known) {
    maybe(known, [] {});
  }
  template <class T>
  void value(Boxed<T>& known) {
    fields(*this, Fill ? known.emplace() : *known);
  }
  template <class T>
  void value(const Boxed<T>& known) {
    ASSERT_TRUE(known);
    fields(*this, *known);
  }
  template <class T>
  requires std::same_as < std::remove_const_t<T>,
  const FindingKind* > void value(T& kind) { put(kind, &catalogue()[next() % catalogue().size()]); }
  template <class T>
  void value(std::shared_ptr<const T>& one) {
    auto own = std::make_shared<T>();
    value(*own);
    one = std::move(own);
  }
  template <class T>
  void value(const std::shared_ptr<const T>& one) {
    ASSERT_TRUE(one);
    value(*one);
  }
  template <class T>
  requires requires(Pattern& archive, T& v) { fields(archive, v); }
  void value(T& v) { fields(*this, v); }

  std::uint64_t n_;
  Seen before_;
};

JudgedSession patterned(std::uint64_t seed) {
  JudgedSession judged;
  Pattern<true> fill(seed);
  fields(fill, judged);
  return judged;
}
void expect_patterned(const JudgedSession& judged, std::uint64_t seed) {
  Pattern<false> check(seed);
  fields(check, judged);
}

std::string packed(Packer& packer, const JudgedSession& judged) { return std::string(as_text(packer.packed(judged))); }

TEST(Archive, EverythingComesBack) {
  for (const std::size_t certificates : {0u, 1u, 1000u}) {
    Shared shared(certificates);
    Packer packer(&shared);
    JudgedSession again;  // used again and again, with what the one before left in it
    for (std::uint64_t seed = 1; seed < 100; ++seed) {
      const JudgedSession judged = patterned(seed * 1'000);
      const std::string octets = packed(packer, judged);
      ASSERT_TRUE(UnpackerView(as_bytes(octets), shared).unpack(again)) << seed;
      expect_patterned(again, seed * 1'000);
      if (HasFailure()) return;
    }
    const std::string octets = packed(packer, JudgedSession{});
    ASSERT_TRUE(UnpackerView(as_bytes(octets), shared).unpack(again));
    EXPECT_EQ(packed(packer, again), octets) << "nothing is left of the one before";
    EXPECT_FALSE(again.session.tls);
  }
}

TEST(Archive, CertificatesAreSharedWhereThereIsRoom) {
  Shared shared(1);
  Packer packer(&shared);
  JudgedSession judged;
  judged.session = starttls12();
  const auto first = std::make_shared<const Certificate>(), second = std::make_shared<const Certificate>();
  judged.session.tls->chain = {first, second, nullptr};
  JudgedSession again;
  const std::string octets = packed(packer, judged);
  ASSERT_TRUE(UnpackerView(as_bytes(octets), shared).unpack(again));
  ASSERT_EQ(again.session.tls->chain.size(), 3u);
  EXPECT_EQ(again.session.tls->chain[0], first);
  EXPECT_NE(again.session.tls->chain[1], second) << "a copy";
  EXPECT_NE(again.session.tls->chain[1], nullptr);
  EXPECT_EQ(again.session.tls->chain[2], nullptr);
}

TEST(Archive, OtherOctetsAreRefusedOrRead) {
  Shared shared(2);
  Packer packer(&shared);
  const std::string octets = packed(packer, patterned(7));
  JudgedSession again;
  for (std::size_t size = 0; size < octets.size(); ++size)
    EXPECT_FALSE(UnpackerView(as_bytes(std::string_view(octets).substr(0, size)), shared).unpack(again)) << size;
  EXPECT_FALSE(UnpackerView(as_bytes(octets + "x"), shared).unpack(again));
  std::size_t refused = 0;
  for (std::size_t at = 0; at < octets.size(); ++at)
    for (const char other : {'\0', '\x7f', '\x80', '\xff'}) {
      std::string changed = octets;
      changed[at] = other;
      refused += !UnpackerView(as_bytes(changed), shared).unpack(again);
    }
  EXPECT_GT(refused, 100u) << "lengths among them";
}

// --- where they are kept ---

/// TMPDIR, for as long as this lives.
class Folder {
 public:
  explicit Folder(const std::string& path) {
    if (const char* before = std::getenv("TMPDIR")) before_ = before;
    setenv("TMPDIR", path.c_str(), 1);
  }
  ~Folder() { before_ ? setenv("TMPDIR", before_->c_str(), 1) : unsetenv("TMPDIR"); }

 private:
  std::optional<std::string> before_;
};

Limits keeping(std::size_t bytes) {
  Limits limits;
  limits.ended_bytes = bytes;
  return limits;
}

/// Of the nameless file that is open in that folder.
int file_in(const std::string& folder) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code none;
    const std::string target = std::filesystem::read_symlink(entry.path(), none).string();
    if (target.starts_with(folder) && target.ends_with("(deleted)")) return std::stoi(entry.path().filename());
  }
  return -1;
}

TEST(Spool, GivesBackWhatItWasGiven) {
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{50'000}, std::size_t{1} << 30}) {
    SessionSpool spool(keeping(bytes));
    constexpr std::uint64_t kSessions = 300;
    for (std::uint64_t i = 1; i <= kSessions; ++i) {
      JudgedSession judged = patterned(i * 1'000);
      judged.id = 2 * i;
      spool.add(judged);
    }
    ASSERT_FALSE(spool.fault()) << spool.fault()->message;
    EXPECT_EQ(spool.size(), kSessions);
    std::uint64_t seen = 0, encrypted = 0;
    for (const JudgedSession& judged : spool) {
      EXPECT_EQ(judged.id, 2 * ++seen);
      expect_patterned(judged, seen * 1'000);
      encrypted += judged.judgement.state == State::Encrypted;
    }
    EXPECT_EQ(seen, kSessions);
    for (const JudgedSession& judged : spool.in(State::Encrypted)) {
      EXPECT_EQ(judged.judgement.state, State::Encrypted);
      --encrypted;
    }
    EXPECT_EQ(encrypted, 0u);
    EXPECT_EQ(spool.in(State::Mixed).begin(), spool.in(State::Mixed).end());
    expect_patterned(spool[kSessions - 1], kSessions * 1'000);
    for (const std::uint64_t i : {300u, 1u, 151u, 7u}) {
      const auto found = spool.find(2 * i);
      ASSERT_TRUE(found) << i;
      expect_patterned(*found, i * 1'000);
    }
    EXPECT_FALSE(spool.find(3));
    EXPECT_FALSE(spool.find(0));
    EXPECT_FALSE(spool.find(602));
    const SessionSpool copy = spool;
    spool = SessionSpool();
    EXPECT_EQ(copy.size(), kSessions);
    expect_patterned(copy[9], 10'000);
    EXPECT_TRUE(spool.empty());
    EXPECT_EQ(spool.begin(), spool.end());
  }
}

TEST(Spool, AFewSessionsTouchNoFile) {
  const Folder nowhere("/nonexistent/folder");
  SessionSpool spool;
  for (std::uint64_t i = 1; i <= 100; ++i) spool.add(patterned(i));
  EXPECT_FALSE(spool.fault());
  EXPECT_EQ(spool.size(), 100u);
}

TEST(Spool, WhereNoFileCanBeMadeItSaysSo) {
  const Folder nowhere("/nonexistent/folder");
  SessionSpool spool(keeping(10'000));
  for (std::uint64_t i = 1; i <= 100; ++i) spool.add(patterned(i));
  ASSERT_TRUE(spool.fault());
  EXPECT_EQ(spool.fault()->message,
            "cannot keep the sessions that have ended in /nonexistent/folder: No such file or directory; make room "
            "there, or name another folder with TMPDIR");
  EXPECT_LT(spool.size(), 100u);
  EXPECT_EQ(spool.begin(), spool.end()) << "nothing more is read";
  EXPECT_FALSE(spool.find(1));
}

TEST(Spool, AFullDiskIsTold) {
  // The kernel ends a file at that size as it would at the end of a disk.
  const pid_t child = fork();
  if (child == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit size{100'000, 100'000};
    setrlimit(RLIMIT_FSIZE, &size);
    SessionSpool spool(keeping(0));
    for (std::uint64_t i = 1; i <= 1'000 && !spool.fault(); ++i) spool.add(patterned(i));
    _exit(spool.fault() && spool.fault()->message.find("File too large") != std::string::npos ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST(Spool, AChangedFileIsTold) {
  const std::string folder = std::filesystem::canonical(testing::TempDir()).string();
  for (const bool shorter : {false, true}) {
    const Folder here(folder);
    SessionSpool spool(keeping(0));
    for (std::uint64_t i = 1; i <= 50; ++i) {
      JudgedSession judged = patterned(i);
      judged.id = i;
      spool.add(judged);
    }
    const int file = file_in(folder);
    ASSERT_GE(file, 0);
    struct stat status {};
    ASSERT_EQ(fstat(file, &status), 0);
    EXPECT_EQ(status.st_mode & 0777u, 0600u);
    EXPECT_EQ(status.st_nlink, 0u);
    if (shorter)
      ASSERT_EQ(ftruncate(file, 1000), 0);
    else
      ASSERT_EQ(pwrite(file, "changed", 7, 50), 7);
    std::size_t read = 0;
    for (const JudgedSession& judged : spool) read += judged.id != 0;
    EXPECT_EQ(read, 0u);
    ASSERT_TRUE(spool.fault());
    EXPECT_NE(spool.fault()->message.find(shorter ? "it has become shorter" : "no longer what they were"),
              std::string::npos)
        << spool.fault()->message;
  }
}

TEST(Spool, NumbersAndAmendmentsComeWithTheReading) {
  SessionSpool spool;
  for (std::uint64_t i = 0; i < 3; ++i) {
    JudgedSession judged;
    judged.session.messages = i;
    spool.add(judged);
  }
  spool.number({2, 3, 1});
  spool.amend([](JudgedSession& judged) { judged.session.recipients = judged.id * 10; });
  EXPECT_EQ(spool[0].session.messages, 2u);
  EXPECT_EQ(spool.find(2)->session.messages, 0u);
  EXPECT_EQ(spool.find(3)->session.recipients, 30u);
}

TEST(Spill, WhatIsAppendedBetweenReadingsIsReadToo) {
  Spill spill(0);
  std::map<std::uint64_t, std::string> all;
  for (std::size_t i = 0; i < 2'000; ++i) {
    const std::string text(1 + i * 37 % 900, static_cast<char>('a' + i % 26));
    all[spill.append(as_bytes(text))] = text;
    if (i % 7 != 0) continue;
    const auto some = std::next(all.begin(), static_cast<std::ptrdiff_t>(i * 31 % all.size()));
    for (const auto& [at, wanted] : {*some, *all.rbegin()}) ASSERT_EQ(as_text(spill.read(at, wanted.size())), wanted);
  }
  for (const auto& [at, text] : all) ASSERT_EQ(as_text(spill.read(at, text.size())), text);
  const std::string large(5'000'000, 'z');
  const std::uint64_t at = spill.append(as_bytes(large));
  EXPECT_EQ(as_text(spill.read(at, large.size())), large) << "over many blocks";
  EXPECT_FALSE(spill.fault());
}

}  // namespace
}  // namespace mailseal::test
