// Archive: a judged session as octets and back, for the spool.
//
// fields.h lists what there is. What many sessions share (findings, certificates) stands in Shared and is named by its
// number. Places are written as their distance from the one before, for most lie in the same packets. Most of what a
// session may have it has not: of values that are written together, one number tells which are there.
//
// Read again by the process that wrote it and by nobody else: no versions, no byte order. Yet a file may be changed by
// others: nothing is read beyond the end, and no more is made than its octets can hold.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <vector>

#include "fields.h"
#include "mailseal/base/bytes.h"
#include "mailseal/overview.h"

namespace mailseal {

/// Things of one kind by number. No more than `most`; each is kept as long as this lives.
template <class T>
class Numbered {
 public:
  explicit Numbered(std::size_t most) : most_(most) {}

  /// Nothing: there is no room for another.
  std::optional<std::uint64_t> number(const std::shared_ptr<const T>& one) {
    if (const auto at = numbers_.find(one.get()); at != numbers_.end()) return at->second;
    if (all_.size() == most_) return std::nullopt;
    numbers_.emplace(one.get(), all_.size());
    all_.push_back(one);
    return all_.size() - 1;
  }
  /// nullptr: there is no such number.
  std::shared_ptr<const T> at(std::uint64_t number) const { return number < all_.size() ? all_[number] : nullptr; }

 private:
  std::size_t most_;
  std::vector<std::shared_ptr<const T>> all_;
  std::unordered_map<const T*, std::uint64_t> numbers_;
};

/// Of sessions in an archive: each thing once.
class Shared {
 public:
  /// Of certificates, of offers and so on no more than that many of each.
  explicit Shared(std::size_t most) : things_(most, most, most, most, most) {}

  std::uint64_t number(const FindingKind* kind) {
    const auto [at, fresh] = kind_numbers_.try_emplace(kind, kinds_.size());
    if (fresh) kinds_.push_back(kind);
    return at->second;
  }
  template <class T>
  std::optional<std::uint64_t> number(const std::shared_ptr<const T>& one) {
    return is_small(*one) ? std::get<Numbered<T>>(things_).number(one) : std::nullopt;
  }

  /// nullptr: there is no such number.
  const FindingKind* kind(std::uint64_t number) const { return number < kinds_.size() ? kinds_[number] : nullptr; }
  template <class T>
  std::shared_ptr<const T> at(std::uint64_t number) const {
    return std::get<Numbered<T>>(things_).at(number);
  }

 private:
  template <class T>
  static bool is_small(const T&) noexcept {
    return true;
  }
  /// A hostile one is of any size and like no other.
  static bool is_small(const ClientOffer& offer) noexcept {
    constexpr std::size_t kCodes = 2048;
    return offer.suites.size() + offer.extensions.size() + offer.groups.size() + offer.schemes.size() <= kCodes;
  }

  std::vector<const FindingKind*> kinds_;
  std::unordered_map<const FindingKind*, std::uint64_t> kind_numbers_;
  std::tuple<Numbered<Certificate>, Numbered<ClientOffer>, Numbered<DhPrime>, Numbered<std::string>,
             Numbered<ChainResult>>
      things_;
};

/// A value that may be absent, or is a yes or no.
template <class T>
inline constexpr bool kMayLack = std::same_as<T, bool> || std::same_as<T, Fact>;
template <class T>
inline constexpr bool kMayLack<std::optional<T>> = true;
template <class T>
inline constexpr bool kMayLack<Boxed<T>> = true;

/// A value of at most Packer::kMost octets, written at once.
template <class T>
inline constexpr bool kIsShort =
    std::integral<T> || std::is_enum_v<T> || std::same_as<T, Fact> || std::same_as<T, Seen> ||
    std::same_as<T, Timestamp> || std::same_as<T, IpAddress> || std::same_as<T, const FindingKind*>;

// --- writing ---

/// Octets without a limit of their own: what they are written from is bounded.
class Packer {
 public:
  explicit Packer(Shared* shared) : shared_(*shared) {}

  /// Valid until the next call.
  Bytes packed(const JudgedSession& judged) {
    used_ = 0;
    before_ = {};
    fields(*this, judged);
    return {octets_.data(), used_};
  }

  template <class... Values>
  void operator()(const Values&... values) {
    constexpr std::size_t kAll = kMost * (sizeof...(Values) + 1);  // of those that are short, and what may be lacking
    room(kAll);
    if constexpr ((kMayLack<Values> || ...)) {
      static_assert((kMayLack<Values> + ...) <= 64);
      std::uint64_t there = 0;
      unsigned bit = 0;
      const auto look = [&]<class T>(const T& v) {
        if constexpr (kMayLack<T>) there |= std::uint64_t{static_cast<bool>(v)} << bit++;
      };
      (look(values), ...);
      number(there);
    }
    const auto write = [&]<class T>(const T& v) {
      if constexpr (!kMayLack<T>)
        value(v);
      else if (v)
        content(v);
      if constexpr (!kIsShort<T>) room(kAll);
    };
    (write(values), ...);
  }

 private:
  static constexpr std::size_t kMost = 64;  // of any one value that is no row of others

  // What is short finds the room that operator() made.

  void room(std::size_t more) {
    if (octets_.size() - used_ < more) octets_.resize(2 * octets_.size() + more);
  }
  void octet(std::uint8_t octet) { octets_[used_++] = std::byte{octet}; }
  void number(std::uint64_t n) {  // seven bits an octet, the lowest first
    std::byte* const begin = octets_.data() + used_;
    std::byte* to = begin;
    for (; n >= 0x80; n >>= 7) *to++ = static_cast<std::byte>(n | 0x80);
    *to++ = static_cast<std::byte>(n);
    used_ += static_cast<std::size_t>(to - begin);
  }
  void distance(std::uint64_t from, std::uint64_t to) {  // may be backwards, and around
    const std::uint64_t far = to - from;
    number(far << 1 ^ (far >> 63 != 0 ? ~std::uint64_t{0} : 0));
  }
  void raw(const void* from, std::size_t size) {
    room(size + kMost);
    number(size);
    if (size != 0) std::memcpy(octets_.data() + used_, from, size);
    used_ += size;
  }

  template <class T>
  requires std::is_enum_v<T>
  void value(T v) {
    static_assert(sizeof v == 1);
    octet(static_cast<std::uint8_t>(v));
  }
  template <std::integral T>
  void value(T v) {
    number(static_cast<std::make_unsigned_t<T>>(v));
  }
  void value(const Timestamp& t) { value(t.time_since_epoch().count()); }
  void value(const IpAddress& address) {
    std::memcpy(octets_.data() + used_, address.octets.data(), address.octets.size());
    used_ += address.octets.size();
  }
  void content(bool) {}
  void content(const Fact& fact) { value(*fact); }
  template <class T>
  void content(const std::optional<T>& known) {
    (*this)(*known);
  }
  template <class T>
  void content(const Boxed<T>& known) {
    fields(*this, *known);
  }
  void value(const Seen& seen) {
    const bool same_packet = seen.frame == before_.frame && seen.time == before_.time;
    const bool same_input = seen.input == before_.input;
    octet(static_cast<std::uint8_t>((seen.side == Side::Server ? 1u : 0u) | (same_packet ? 2u : 0u) |
                                    (same_input ? 4u : 0u)));
    if (!same_packet) {
      distance(before_.frame, seen.frame);
      distance(count(before_.time), count(seen.time));
    }
    if (!same_input) number(seen.input);
    number(seen.offset);
    before_ = seen;
  }
  static std::uint64_t count(Timestamp t) { return static_cast<std::uint64_t>(t.time_since_epoch().count()); }
  void value(const std::string& text) { raw(text.data(), text.size()); }
  void value(const std::vector<std::uint16_t>& codes) { raw(codes.data(), codes.size() * sizeof codes[0]); }
  void value(const std::vector<std::byte>& octets) { raw(octets.data(), octets.size()); }
  void value(const std::vector<std::uint8_t>& octets) { raw(octets.data(), octets.size()); }
  template <class T>
  void value(const std::vector<T>& all) {
    room(kMost);
    number(all.size());
    for (const T& one : all) (*this)(one);
  }
  template <class T, std::size_t N>
  void value(const std::array<T, N>& all) {
    for (const T& one : all) (*this)(one);
  }
  void value(const FindingKind* kind) { number(shared_.number(kind)); }
  template <class T>
  void value(const std::shared_ptr<const T>& one) {
    room(kMost);
    if (!one) return number(0);
    if (const auto shared = shared_.number(one)) return number(*shared + 2);
    number(1);
    value(*one);
  }
  template <class T>
  requires requires(Packer& archive, const T& v) { fields(archive, v); }
  void value(const T& v) { fields(*this, v); }

  Shared& shared_;
  Seen before_;
  std::vector<std::byte> octets_;
  std::size_t used_ = 0;
};

// --- reading ---

/// What stood in the session before is overwritten, its memory used again.
class UnpackerView {
 public:
  UnpackerView(Bytes octets, const Shared& shared) : rest_(octets), shared_(shared) {}

  /// All of it, or false: these are no octets of ours.
  bool unpack(JudgedSession& judged) {
    fields(*this, judged);
    return good_ && rest_.empty();
  }

  template <class... Values>
  void operator()(Values&... values) {
    std::uint64_t there = 0;
    if constexpr ((kMayLack<Values> || ...)) there = number();
    const auto read = [&]<class T>(T& v) {
      if constexpr (kMayLack<T>) {
        (there & 1) != 0 ? content(v) : absent(v);
        there >>= 1;
      } else {
        value(v);
      }
    };
    (read(values), ...);
  }

 private:
  Bytes take(std::size_t size) {
    if (size > rest_.size()) {
      good_ = false;
      rest_ = {};
      return {};
    }
    const Bytes taken = rest_.first(size);
    rest_ = rest_.subspan(size);
    return taken;
  }
  std::uint8_t octet() {
    const Bytes one = take(1);
    return one.empty() ? 0 : std::to_integer<std::uint8_t>(one[0]);
  }
  std::uint64_t number() {
    std::uint64_t n = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const std::uint8_t part = octet();
      n |= std::uint64_t{part & 0x7fu} << shift;
      if (part < 0x80) return n;
    }
    good_ = false;
    return 0;
  }
  std::uint64_t distant(std::uint64_t from) {
    const std::uint64_t n = number();
    return from + (n >> 1 ^ ((n & 1) != 0 ? ~std::uint64_t{0} : 0));
  }
  Bytes raw() { return take(number()); }

  template <class T>
  requires std::is_enum_v<T>
  void value(T& v) { v = static_cast<T>(octet()); }
  template <std::integral T>
  void value(T& v) {
    v = static_cast<T>(number());
  }
  void value(Timestamp& t) {
    Timestamp::rep count = 0;
    value(count);
    t = Timestamp(Timestamp::duration(count));
  }
  void value(IpAddress& address) {
    if (const Bytes octets = take(address.octets.size()); !octets.empty())
      std::memcpy(address.octets.data(), octets.data(), octets.size());
  }
  static void absent(bool& known) { known = false; }
  template <class T>
  static void absent(T& known) {
    known.reset();
  }
  static void content(bool& known) { known = true; }
  void content(Fact& fact) {
    Seen seen;
    value(seen);
    fact = seen;
  }
  template <class T>
  void content(std::optional<T>& known) {
    (*this)(known.emplace());
  }
  template <class T>
  void content(Boxed<T>& known) {
    if (!known) known.emplace();
    fields(*this, *known);
  }
  void value(Seen& seen) {
    const std::uint8_t tag = octet();
    seen = before_;
    seen.side = (tag & 1) != 0 ? Side::Server : Side::Client;
    if ((tag & 2) == 0) {
      seen.frame = distant(before_.frame);
      const auto count = distant(static_cast<std::uint64_t>(before_.time.time_since_epoch().count()));
      seen.time = Timestamp(Timestamp::duration(static_cast<Timestamp::rep>(count)));
    }
    if ((tag & 4) == 0) seen.input = static_cast<std::uint32_t>(number());
    seen.offset = number();
    before_ = seen;
  }
  void value(std::string& text) { text = as_text(raw()); }
  void value(std::vector<std::uint16_t>& codes) {
    const Bytes octets = raw();
    codes.resize(octets.size() / sizeof codes[0]);
    if (!codes.empty()) std::memcpy(codes.data(), octets.data(), codes.size() * sizeof codes[0]);
  }
  void value(std::vector<std::byte>& octets) {
    const Bytes all = raw();
    octets.assign(all.begin(), all.end());
  }
  void value(std::vector<std::uint8_t>& octets) {
    const Bytes all = raw();
    octets.resize(all.size());
    if (!all.empty()) std::memcpy(octets.data(), all.data(), all.size());
  }
  template <class T>
  void value(std::vector<T>& all) {
    const std::uint64_t size = number();
    good_ &= size <= rest_.size();  // each takes one octet at least
    all.resize(good_ ? static_cast<std::size_t>(size) : 0);
    for (T& one : all) (*this)(one);
  }
  template <class T, std::size_t N>
  void value(std::array<T, N>& all) {
    for (T& one : all) (*this)(one);
  }
  void value(const FindingKind*& kind) {
    kind = shared_.kind(number());
    good_ &= kind != nullptr;
  }
  template <class T>
  void value(std::shared_ptr<const T>& one) {
    const std::uint64_t number_or_how = number();
    one = nullptr;
    if (number_or_how == 0) return;
    if (number_or_how == 1) {
      auto own = std::make_shared<T>();
      value(*own);
      one = std::move(own);
      return;
    }
    one = shared_.at<T>(number_or_how - 2);
    good_ &= one != nullptr;
  }
  template <class T>
  requires requires(UnpackerView& archive, T& v) { fields(archive, v); }
  void value(T& v) { fields(*this, v); }

  Bytes rest_;
  const Shared& shared_;
  Seen before_;
  bool good_ = true;
};

}  // namespace mailseal
