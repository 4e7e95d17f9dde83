// SessionSpool: sessions as records of an archive in a Spill, found by an index of 24 octets each.
#include <algorithm>
#include <cassert>

#include "archive.h"
#include "mailseal/base/hash.h"
#include "mailseal/overview.h"
#include "spill.h"

namespace mailseal {
namespace {

/// Of what was written, to know it again: a file may be changed by others. Against accidents, not against forgers.
std::uint32_t check_of(Bytes octets) noexcept { return static_cast<std::uint32_t>(hash_of(octets)); }

struct Record {
  std::uint64_t id;
  std::uint64_t at : 56, state : 8;
  std::uint32_t size, check;
};
static_assert(sizeof(Record) == 24);
constexpr std::uint64_t kFarthest = (std::uint64_t{1} << 56) - 1;

}  // namespace

struct SessionSpool::Impl {
  explicit Impl(const Limits& l) : limits(l), shared(l.ended_certificates), packer(&shared), spill(l.ended_bytes) {}

  Limits limits;
  Shared shared;
  Packer packer;
  Spill spill;
  std::vector<Record> records;  // by id
  std::function<void(JudgedSession&)> amend;
};

SessionSpool::SessionSpool(const Limits& limits) : impl_(std::make_unique<Impl>(limits)) {}
SessionSpool::SessionSpool(const SessionSpool& other) : SessionSpool(other.impl_->limits) {
  for (const JudgedSession& judged : other) add(judged);
  if (other.fault()) impl_->spill.refuse(other.fault()->message);
}
SessionSpool::SessionSpool(SessionSpool&&) noexcept = default;
SessionSpool& SessionSpool::operator=(SessionSpool other) noexcept {
  impl_ = std::move(other.impl_);
  return *this;
}
SessionSpool::~SessionSpool() = default;

void SessionSpool::add(const JudgedSession& judged) {
  const Bytes octets = impl_->packer.packed(judged);
  if (octets.size() > std::numeric_limits<std::uint32_t>::max())
    impl_->spill.refuse("a session is too large to be kept; please report it");
  const std::uint64_t at = impl_->spill.append(octets);
  if (fault()) return;
  impl_->records.push_back({judged.id, at & kFarthest, static_cast<std::uint8_t>(judged.judgement.state),
                            static_cast<std::uint32_t>(octets.size()), check_of(octets)});
}

std::size_t SessionSpool::size() const noexcept { return impl_->records.size(); }
SessionSpool::Iterator SessionSpool::begin() const { return Iterator(this, std::nullopt); }
SessionSpool::Iterator SessionSpool::end() const { return {}; }
SessionSpool::Selected SessionSpool::in(State state) const { return {this, state}; }

JudgedSession SessionSpool::operator[](std::size_t place) const {
  assert(place < size());
  JudgedSession judged;
  return read(place, judged) ? judged : JudgedSession{};
}

std::optional<JudgedSession> SessionSpool::find(std::uint64_t id) const {
  const auto& all = impl_->records;
  const auto at =
      std::lower_bound(all.begin(), all.end(), id, [](const Record& r, std::uint64_t wanted) { return r.id < wanted; });
  if (at == all.end() || at->id != id) return std::nullopt;
  JudgedSession judged;
  return read(static_cast<std::size_t>(at - all.begin()), judged) ? std::optional(std::move(judged)) : std::nullopt;
}

const std::optional<Error>& SessionSpool::fault() const noexcept { return impl_->spill.fault(); }

void SessionSpool::number(const std::vector<std::uint64_t>& ids) {
  auto& all = impl_->records;
  for (std::size_t i = 0; i < all.size(); ++i) all[i].id = ids[i];
  std::sort(all.begin(), all.end(), [](const Record& a, const Record& b) { return a.id < b.id; });
}

void SessionSpool::amend(std::function<void(JudgedSession&)> with) {
  if (!impl_->amend) {
    impl_->amend = std::move(with);
    return;
  }
  impl_->amend = [before = std::move(impl_->amend), with = std::move(with)](JudgedSession& judged) {
    before(judged);
    with(judged);
  };
}

std::size_t SessionSpool::next(std::size_t place, std::optional<State> only) const noexcept {
  if (only)
    while (place < size() && static_cast<State>(impl_->records[place].state) != *only) ++place;
  return place;
}

bool SessionSpool::read(std::size_t place, JudgedSession& judged) const {
  const Record& record = impl_->records[place];
  const Bytes octets = impl_->spill.read(record.at, record.size);
  if (fault()) return false;
  if (check_of(octets) != record.check || !UnpackerView(octets, impl_->shared).unpack(judged)) {
    impl_->spill.refuse("the sessions that were kept in a file are no longer what they were; run it again");
    return false;
  }
  judged.id = record.id;
  if (impl_->amend) impl_->amend(judged);
  return true;
}

SessionSpool::Iterator::Iterator(const SessionSpool* spool, std::optional<State> only)
    : spool_(spool), only_(only), session_(std::make_shared<JudgedSession>()) {
  settle();
}

SessionSpool::Iterator& SessionSpool::Iterator::operator++() {
  ++place_;
  settle();
  return *this;
}

void SessionSpool::Iterator::settle() {
  place_ = spool_->next(place_, only_);
  if (place_ >= spool_->size() || !spool_->read(place_, *session_)) session_.reset();
}

}  // namespace mailseal
