#include "survey.h"

#include <algorithm>
#include <array>
#include <optional>

#include "mailseal/decode.h"

namespace mailseal {
namespace {

constexpr std::size_t kPorts = 65'536;
constexpr std::size_t kPortsKept = 64;
constexpr std::uint64_t kBetweenShows = 4096;  // packets

using PortCounts = std::vector<std::pair<std::uint16_t, std::uint64_t>>;

PortCounts busiest(const std::vector<std::uint64_t>& packets) {
  PortCounts ports;
  for (std::size_t port = 0; port < packets.size(); ++port)
    if (packets[port] > 0) ports.emplace_back(static_cast<std::uint16_t>(port), packets[port]);
  std::stable_sort(ports.begin(), ports.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  ports.resize(std::min(ports.size(), kPortsKept));
  return ports;
}

}  // namespace

Survey survey(PacketSource& source, const InspectOptions& options, const Limits& limits, ProgressLine& progress) {
  Survey s;
  const auto followed = followed_ports(options);
  std::vector<std::uint64_t> mail(kPorts), other(kPorts);
  std::array<std::uint64_t, kSkippedKinds> skipped{};
  Decoder decoder(&limits);
  SegmentView segment;
  std::array<PacketView, kMostWithin> parts;
  const auto take = [&](std::optional<Skipped> why) {
    if (why) {
      ++skipped[static_cast<std::size_t>(*why)];
      (void)decoder.take_lost();
      return;
    }
    ++s.tcp;
    const std::uint16_t from = segment.from.port, to = segment.to.port;
    const bool at_to = followed.contains(to), at_from = followed.contains(from);
    s.mail += at_to || at_from;
    if (at_to || at_from)
      ++mail[at_to && (!at_from || to <= from) ? to : from];
    else
      ++other[std::min(from, to)];
  };
  for (;;) {
    const Captured captured = source.next();
    if (std::holds_alternative<EndOfCapture>(captured)) break;
    const auto* view = std::get_if<PacketView>(&captured);
    if (!view) continue;
    if (source.facts().packets % kBetweenShows == 0) progress.show(source.facts());
    ++s.links[static_cast<std::uint32_t>(view->link)];
    s.cut += view->bytes.size() < view->wire_bytes;
    const auto why = decoder.decode(*view, segment);
    if (why == Skipped::Several) {
      const std::size_t count = apart(*view, parts);
      for (std::size_t i = 0; i < count; ++i) take(decoder.decode(parts[i], segment));
    } else {
      take(why);
    }
  }
  progress.clear();
  s.facts = source.facts();
  for (std::size_t i = 0; i < kSkippedKinds; ++i)
    if (skipped[i] > 0) s.skipped[std::string(to_string(static_cast<Skipped>(i)))] = skipped[i];
  s.mail_ports = busiest(mail);
  s.other_ports = busiest(other);
  return s;
}

Supported supported() {
  Supported known{capture_format_names(), compression_names(), archive_names(), {}, {}};
  constexpr std::uint32_t kLinkTypes = 1024;  // more than the registry has
  const Limits limits;
  Decoder decoder(&limits);
  for (std::uint32_t link = 0; link < kLinkTypes; ++link) {
    PacketView nothing{};
    nothing.link = LinkType{link};
    const Decoded decoded = decoder.decode(nothing);
    const auto* why = std::get_if<Skipped>(&decoded);
    if (!why || *why != Skipped::UnknownLink) known.links.push_back(link);
  }
  known.tunnels = tunnel_names();
  return known;
}

}  // namespace mailseal
