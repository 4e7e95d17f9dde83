// traps: what the tests of TRAPS.md share.
#pragma once

#include "dialogues.h"

namespace mailseal::packets {

/// What was found of a capture; `one` where there is a single session.
struct Found {
  Overview overview;
  JudgedSession first{overview.sessions.empty() ? JudgedSession{} : overview.sessions[0]};
  const JudgedSession& one() const {
    EXPECT_EQ(overview.sessions.size(), 1u);
    return first;
  }
  State state() const { return one().judgement.state; }
  const Session& session() const { return one().session; }
};

inline Found look(const Packets& packets, const Options& options = {}) { return {run(packets, nullptr, options)}; }
inline Found look(const Conversation& conversation) { return look(conversation.packets); }

inline const std::filesystem::path kOwn = std::filesystem::path(MAILSEAL_SOURCE_DIR) / "captures";
inline const std::filesystem::path kLab =
    std::filesystem::path(MAILSEAL_SOURCE_DIR).parent_path() / "shared" / "captures" / "lab";

inline Packets own(const char* name) {
  const auto capture = load(kOwn / name);
  EXPECT_TRUE(capture) << name;
  return capture ? capture->packets : Packets();
}
/// Nothing where the shared captures are not beside the project.
inline std::optional<Found> lab(const char* name) {
  const auto capture = load(kLab / name);
  if (!capture) return std::nullopt;
  return look(capture->packets);
}

inline void expect_of_lab(const char* name, State state) {
  if (const auto found = lab(name)) {
    EXPECT_EQ(found->state(), state) << name;
  }
}

inline std::uint64_t frame(const std::optional<Seen>& seen) { return seen ? seen->frame : 0; }

}  // namespace mailseal::packets
