// Text captures: packets out of what sniffers print, mixed with whatever else a console shows.
//
// A packet begins with the line that announces it, or with a row at offset 0, and ends before the next one, at an
// empty line, or with the text. Its octets are those of its rows as far as these follow one another and agree with
// their own characters. From the first row on that is damaged or missing the packet counts as cut, and the line is
// told: octets that stand behind would have to be guessed into their place.
//
// Whether rows begin with Ethernet or with IP a text does not say, but its command line may: -x or level 3. What the
// octets prove goes before it: the checksum of the IP header where one should be. Where neither helps the packet is
// counted as one of an unknown link type.
//
// Refuses what has no octets but FortiGate's and ASA's lines, which tell sequence numbers as they were.
#include <algorithm>
#include <map>
#include <utility>

#include "file.h"
#include "mailseal/base/ascii.h"
#include "text/console.h"
#include "text/proof.h"
#include "text/sniff.h"
#include "text/told.h"

namespace mailseal {
namespace {

using std::chrono::nanoseconds;

enum class Layer : std::uint8_t { Unknown, Link, Network };

/// The level in "diagnose sniffer packet any 'tcp port 25' 6 0 a"; 0: it is none.
int sniffer_level(std::string_view line) noexcept {
  const std::size_t command = line.find("sniff");
  if (command == line.npos) return 0;
  const std::size_t packet = line.find(" pack", command);
  if (packet == line.npos) return 0;
  line.remove_prefix(packet + 1);
  (void)take_word(line);
  (void)take_word(line);  // the interface
  if (line.starts_with('"') || line.starts_with('\'')) {
    const std::size_t end = line.find(line.front(), 1);
    if (end == line.npos) return 0;
    line = without_blanks(line.substr(end + 1));
  } else {
    (void)take_word(line);
  }
  const std::string_view level = take_word(line);
  return level.size() == 1 && level[0] >= '1' && level[0] <= '6' ? level[0] - '0' : 0;
}

/// The number before `words`: "12 packets dropped by kernel".
std::optional<std::uint64_t> number_before(std::string_view line, std::string_view words) noexcept {
  const std::size_t at = line.find(words);
  if (at == line.npos || at == 0) return std::nullopt;
  std::uint64_t number = 0;
  std::size_t begin = at;
  while (begin > 0 && is_digit(line[begin - 1]) && at - begin < 18) --begin;
  for (std::size_t i = begin; i < at; ++i) number = number * 10 + static_cast<std::uint64_t>(line[i] - '0');
  return begin < at ? std::optional(number) : std::nullopt;
}

class TextSource final : public FileSource {
 public:
  TextSource(Octets octets, InputFacts facts, std::uint32_t input, const Limits* limits,
             std::optional<LinkType> link = {})
      : FileSource(std::move(octets), std::move(facts), input, limits),
        sniffed_(sniff(octets_.first(std::min(octets_.left(), kTextBytes)))),
        lines_(&octets_, limits),
        text_(std::make_shared<TextFacts>()),
        link_(link),
        flows_(limits),
        sums_(limits) {
    if (sniffed_.dialect == nullptr) sniffed_.dialect = &any_dialect();
    facts_.format = sniffed_.dialect->name;
    facts_.text = text_;
  }

  std::optional<LinkType> proven() const noexcept { return link_; }

  Captured next() override {
    while (!ended_) {
      std::string_view line;
      if (!lines_.next(line)) {
        // What is still open is told first, the end when it is asked for again.
        if (finish()) return done();
        return end_of_data();
      }
      if (take(line)) return done();
    }
    return EndOfCapture{};
  }

 private:
  struct Packet {
    bool begun = false, broken = false, announced = false, sure = false;
    std::uint64_t rows = 0, line = 0, last_line = 0;
    std::optional<Timestamp> time;
    std::uint32_t wire_bytes = 0;
    Direction direction = Direction::Unknown;
    std::string interface;
    std::optional<ToldSegment> told;
    std::vector<std::byte> octets;
  };

  /// Whether the packet before has come to its end with this line.
  bool take(std::string_view line) {
    if (line.empty() || is_empty(line)) {
      const bool ends = !sniffed_.spaced || empty_before_;
      empty_before_ = true;
      if (!ends) return false;
      phantom_ = false;
      return current_.rows > 0 && finish();
    }
    empty_before_ = false;
    TextRow row;
    const RowIs is = sniffed_.dialect->row(line, row);
    if (is != RowIs::NoRow) return take_row(is, row);
    PacketLine packet;
    if (sniffed_.dialect->line(line, packet)) return announce(packet);
    return take_words(line);
  }

  bool take_row(RowIs is, TextRow& row) {
    // A block of what is no packet has a heading each: what begins anew without one is the next packet.
    if (phantom_ && (row.offset != 0 || !std::exchange(phantom_rows_, true))) return false;
    phantom_ = false;
    if (sniffed_.dialect->row == read_bare_octets) row.offset = current_.octets.size();
    if (is == RowIs::Sound && row.characters) characters_ = true;
    if (is == RowIs::Sound && !row.characters && characters_) is = RowIs::Damaged;
    bool completed = false;
    if (is == RowIs::Sound && row.offset == 0 && current_.rows > 0) completed = finish();
    if (!current_.begun) {
      if (row.offset != 0 || is == RowIs::Damaged) {
        damaged(Of::NoPacket);
        return completed;
      }
      begin();
    }
    ++current_.rows;
    current_.last_line = lines_.number();
    if (current_.broken) return completed;
    std::vector<std::byte>& octets = current_.octets;
    if (is == RowIs::Damaged || row.offset != octets.size() || octets.size() % row.octets.size() != 0) {
      current_.broken = true;
      damaged(Of::Packet);
    } else if (octets.size() + row.count > limits_->text_packet_bytes) {
      current_.broken = true;
    } else {
      octets.insert(octets.end(), row.octets.begin(), row.octets.begin() + static_cast<std::ptrdiff_t>(row.count));
    }
    return completed;
  }

  bool announce(const PacketLine& packet) {
    const bool merges = sniffed_.dialect->alone == Alone::NoPacket && current_.begun && current_.rows == 0;
    if (merges && !packet.phantom) {
      if (packet.stamp.kind != StampKind::None) current_.time = time_of(packet.stamp);
      if (packet.wire_bytes != 0) current_.wire_bytes = packet.wire_bytes;
      return false;
    }
    const bool completed = finish();
    phantom_ = packet.phantom;
    phantom_rows_ = false;
    if (phantom_) return completed;
    begin();
    current_.announced = true;
    current_.sure = packet.sure;
    current_.time = time_of(packet.stamp);
    current_.wire_bytes = packet.wire_bytes;
    current_.direction = packet.direction;
    current_.interface.assign(packet.interface.empty() ? std::string_view(named_) : packet.interface);
    current_.told = packet.told;
    return completed;
  }

  /// What else means something: the command, what the sniffer says before and behind.
  bool take_words(std::string_view line) {
    if (const int level = sniffer_level(line)) {
      section();
      layer_ = level % 3 == 0 ? Layer::Link : level % 3 == 2 ? Layer::Network : Layer::Unknown;
      commanded_ = true;
      return finish();
    }
    constexpr std::string_view kInterfaces = "interfaces=[";
    if (line.starts_with(kInterfaces)) {
      if (!std::exchange(commanded_, false)) {
        section();
        layer_ = Layer::Unknown;
      }
      const std::string_view name = line.substr(kInterfaces.size());
      named_ = name.substr(0, std::min(name.find(']'), name.size()));
      return finish();
    }
    if (const auto dropped = number_before(line, " packets dropped by kernel"))
      facts_.dropped = facts_.dropped.value_or(0) + *dropped;
    else if (line.find(" packets received by filter") == line.npos)
      return false;
    return finish();
  }

  /// Another capture begins in the same text: its times count from its own beginning.
  void section() {
    if (frames_ > 0) link_.reset();
    if (text_->clock == TextClock::Undated) base_ = std::chrono::ceil<std::chrono::seconds>(latest_);
  }

  void begin() {
    std::vector<std::byte> room = std::move(current_.octets);
    room.clear();
    std::string name = std::move(current_.interface);
    name = named_;
    current_ = Packet{};
    current_.octets = std::move(room);
    current_.interface = std::move(name);
    current_.begun = true;
    current_.line = current_.last_line = lines_.number();
  }

  enum class Of : std::uint8_t { Packet, NoPacket };
  void damaged(Of of) {
    if (!text_->damaged_line) text_->damaged_line = lines_.number();
    if (of == Of::Packet || !orphans_) ++text_->damaged;
    orphans_ = of == Of::NoPacket;
  }

  void damaged_in(std::uint64_t line) {
    if (!text_->damaged_line) text_->damaged_line = line;
    ++text_->damaged;
  }

  /// Whether there is one to be told of: it is in done_ then.
  bool finish() {
    if (!current_.begun) return false;
    current_.begun = false;
    orphans_ = false;
    if (current_.rows == 0) {
      if (sniffed_.dialect->alone == Alone::NoPacket || !current_.sure) return false;
      if (rows_seen_) {
        damaged_in(current_.line);
      } else {
        ++text_->without_octets;
      }
    } else {
      rows_seen_ = true;
    }
    std::swap(current_, done_);
    return true;
  }

  LinkType link_of(Bytes octets) {
    if (const auto proven = proven_link(octets)) return *(link_ = proven);
    if (layer_ != Layer::Unknown) return layer_ == Layer::Link ? kEthernet : kRawIp;
    return link_.value_or(kNotKnown);
  }

  /// The packet that was finished.
  Captured done() {
    Packet& p = done_;
    LinkType link = kRawIp;
    std::uint32_t wire = p.wire_bytes;
    if (p.rows == 0 && p.told && !rows_seen_)
      wire = flows_.follow(*p.told, p.octets);
    else if (!p.octets.empty())
      link = link_of(p.octets);
    if (sums_.contradict(link, p.octets)) {
      p.octets.clear();
      damaged_in(p.line);
    }
    interface_ = interface_of(p.interface, link);
    Captured captured = packet(p.time, link, wire, p.octets);
    std::get_if<PacketView>(&captured)->direction = p.direction;
    if (frames_ <= limits_->text_frames) text_->lines.add(frames_, p.line);
    if (text_->first_line == 0) text_->first_line = p.line;
    text_->last_line = p.last_line;
    return captured;
  }

  std::optional<Timestamp> time_of(const Stamp& stamp) {
    const auto undated = [&](nanoseconds since) {
      text_->clock = TextClock::Undated;
      latest_ = std::max({latest_, since, nanoseconds(0)});
      return Timestamp(std::max(since, nanoseconds(0)));
    };
    switch (stamp.kind) {
      case StampKind::None:
        text_->clock = TextClock::Undated;
        return std::nullopt;
      case StampKind::Dated:
        text_->clock = std::max(text_->clock, TextClock::Unzoned);
        return Timestamp(stamp.since);
      case StampKind::Epoch:
        return Timestamp(stamp.since);
      case StampKind::Elapsed:
        return undated(base_ + stamp.since);
      case StampKind::OfDay:
        if (stamp.since + std::chrono::hours(12) < of_day_) base_ += std::chrono::days(1);
        of_day_ = stamp.since;
        return undated(base_ + stamp.since);
      case StampKind::Indented:
        elapsed_ = sniffed_.since_first ? stamp.since : elapsed_ + stamp.since;
        return undated(elapsed_);
    }
    return std::nullopt;
  }

  /// By name and link type: a pcapng's interface has one.
  std::uint32_t interface_of(const std::string& name, LinkType link) {
    const auto type = static_cast<std::uint32_t>(link);
    const auto known = interfaces_.find({name, type});
    if (known != interfaces_.end()) return known->second;
    if (facts_.interfaces.size() >= limits_->interfaces) return static_cast<std::uint32_t>(limits_->interfaces);
    const auto number = static_cast<std::uint32_t>(facts_.interfaces.size());
    facts_.interfaces.push_back({name.empty() ? std::nullopt : std::optional(name), type, 0});
    return interfaces_[{name, type}] = number;
  }

  Sniffed sniffed_;
  ConsoleLines lines_;
  std::shared_ptr<TextFacts> text_;
  Packet current_, done_;
  bool phantom_ = false, phantom_rows_ = false, empty_before_ = false, characters_ = false, rows_seen_ = false,
       commanded_ = false;
  bool orphans_ = false;  ///< the last damage was of rows without a packet
  Layer layer_ = Layer::Unknown;
  std::optional<LinkType> link_;  ///< proven by the last packet of this capture that proves one
  std::string named_;             ///< the interface, where packets' lines name none
  nanoseconds base_{0}, of_day_{0}, elapsed_{0}, latest_{0};
  ToldFlows flows_;
  TcpSums sums_;
  std::map<std::pair<std::string, std::uint32_t>, std::uint32_t> interfaces_;
};

}  // namespace

std::unique_ptr<PacketSource> open_text(Octets octets, InputFacts facts, std::uint32_t input, const Limits* limits) {
  // The first packets may not show what they begin with (ARP, HA): a later one does.
  TextSource scout(octets_of(octets.first(std::min(octets.left(), kTextBytes))), {}, input, limits);
  while (!scout.proven() && std::holds_alternative<PacketView>(scout.next())) continue;
  return std::make_unique<TextSource>(std::move(octets), std::move(facts), input, limits, scout.proven());
}

}  // namespace mailseal
