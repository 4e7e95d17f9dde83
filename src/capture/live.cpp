// live: packets from a network port, through libpcap.
//
// Only opening needs a privilege; it may be given up afterwards. The descriptor is polled
// here, because with TPACKET_V3 libpcap's own time-out does not fire on a silent network.
#include <pcap/pcap.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "file.h"

namespace mailseal {
namespace {

constexpr int kSnapLength = 262'144;    // the longest libpcap allows
constexpr int kBufferBytes = 64 << 20;  // of the kernel, for bursts
constexpr int kPatience = 200;          // milliseconds, for a block of packets to fill and for Idle

struct ClosePcap {
  void operator()(pcap_t* p) const noexcept { pcap_close(p); }
};
using Pcap = std::unique_ptr<pcap_t, ClosePcap>;

/// A counter of 32 bits that wraps, as the kernel's do.
class Counter {
 public:
  void at(std::uint32_t value) noexcept {
    total_ += value - last_;
    last_ = value;
  }
  std::uint64_t total() const noexcept { return total_; }

 private:
  std::uint64_t total_ = 0;
  std::uint32_t last_ = 0;
};

class LiveSource final : public PacketSource {
 public:
  LiveSource(Pcap pcap, const std::string& name, std::uint32_t input) : pcap_(std::move(pcap)), input_(input) {
    nanoseconds_per_fraction_ = pcap_get_tstamp_precision(pcap_.get()) == PCAP_TSTAMP_PRECISION_NANO ? 1 : 1000;
    constexpr std::uint32_t kLinkRaw = 101;
    const auto dlt = static_cast<std::uint32_t>(pcap_datalink(pcap_.get()));
    // The one DLT_ value of the link types read here that differs from its LINKTYPE_ value.
    const std::uint32_t link = dlt == DLT_RAW ? kLinkRaw : dlt;
    link_ = LinkType{link};
    facts_.path = name;
    facts_.format = "live";
    facts_.interfaces.push_back({name, link, static_cast<std::uint32_t>(pcap_snapshot(pcap_.get()))});
  }

  Captured next() override {
    if (ended_) return EndOfCapture{};
    pcap_pkthdr* header = nullptr;
    const u_char* octets = nullptr;
    int got = pcap_next_ex(pcap_.get(), &header, &octets);
    if (got == 0) {
      wait();
      got = pcap_next_ex(pcap_.get(), &header, &octets);
    }
    if (got == 0) return Idle{};
    if (got < 0) {
      (void)facts();
      facts_.ended = std::string("error: ") + pcap_geterr(pcap_.get());
      ended_ = true;
      return EndOfCapture{};
    }
    return packet(*header, {reinterpret_cast<const std::byte*>(octets), header->caplen});
  }

  const InputFacts& facts() override {
    pcap_stat stat{};
    if (!ended_ && pcap_stats(pcap_.get(), &stat) == 0) {
      dropped_.at(stat.ps_drop);
      dropped_by_interface_.at(stat.ps_ifdrop);
      facts_.dropped = dropped_.total() + dropped_by_interface_.total();
    }
    return facts_;
  }

 private:
  void wait() const {
    pollfd ready{pcap_get_selectable_fd(pcap_.get()), POLLIN, 0};
    (void)poll(&ready, 1, kPatience);  // a signal ends it early: Idle lets the caller look
  }

  Captured packet(const pcap_pkthdr& header, Bytes bytes) {
    PacketView view{};
    view.seen.time =
        clamped_time(header.ts.tv_sec, static_cast<std::uint64_t>(header.ts.tv_usec) * nanoseconds_per_fraction_);
    count_packet(facts_, facts_.packets + 1, view.seen.time);
    view.seen.frame = facts_.packets;
    view.seen.input = input_;
    view.link = link_;
    view.wire_bytes = std::max(header.len, header.caplen);
    view.bytes = bytes;
    facts_.size += bytes.size();
    return view;
  }

  Pcap pcap_;
  InputFacts facts_;
  Counter dropped_, dropped_by_interface_;
  std::uint64_t nanoseconds_per_fraction_;
  LinkType link_{};
  std::uint32_t input_;
  bool ended_ = false;
};

std::string device_names() {
  std::array<char, PCAP_ERRBUF_SIZE> why{};
  pcap_if_t* first = nullptr;
  if (pcap_findalldevs(&first, why.data()) != 0) return "";
  std::string names;
  for (const pcap_if_t* d = first; d != nullptr; d = d->next)
    if ((d->flags & PCAP_IF_UP) != 0) names += (names.empty() ? "" : ", ") + std::string(d->name);
  pcap_freealldevs(first);
  return names;
}

std::string why_not_activated(int status, pcap_t* pcap, const std::string& interface) {
  switch (status) {
    case PCAP_ERROR_NO_SUCH_DEVICE: {
      const std::string names = device_names();
      return "there is no such interface" +
             (names.empty() ? std::string("; ip link lists them") : "; there are: " + names);
    }
    case PCAP_ERROR_PERM_DENIED:
    case PCAP_ERROR_PROMISC_PERM_DENIED:
      return "permission denied; run as root, or once: setcap cap_net_raw+ep \"$(command -v mailseal)\"";
    case PCAP_ERROR_IFACE_NOT_UP:
      return "the interface is down; bring it up: ip link set " + interface + " up";
    case PCAP_ERROR:
      return std::string(pcap_geterr(pcap));
    default: {
      const std::string detail = pcap_geterr(pcap);
      return pcap_statustostr(status) + (detail.empty() ? detail : " (" + detail + ")");
    }
  }
}

/// What strangers' libraries say, in one line.
std::string one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  return text;
}

}  // namespace

Expected<std::unique_ptr<PacketSource>> open_live(const std::string& interface, const std::string& filter,
                                                  std::uint32_t input) {
  const auto unusable = [&](const std::string& why) {
    return fail(one_line("cannot capture on " + interface + ": " + why));
  };

  std::array<char, PCAP_ERRBUF_SIZE> why{};
  const Pcap::pointer created = pcap_create(interface.c_str(), why.data());
  if (created == nullptr) return unusable(why.data());
  Pcap pcap(created);
  pcap_set_snaplen(created, kSnapLength);
  pcap_set_promisc(created, 1);
  pcap_set_timeout(created, kPatience);
  pcap_set_buffer_size(created, kBufferBytes);
  (void)pcap_set_tstamp_precision(created, PCAP_TSTAMP_PRECISION_NANO);  // microseconds where it cannot
  if (const int status = pcap_activate(created); status < 0)
    return unusable(why_not_activated(status, created, interface));

  if (!filter.empty()) {
    bpf_program program{};
    if (pcap_compile(created, &program, filter.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0)
      return unusable("the filter '" + filter + "' is not understood (" + pcap_geterr(created) +
                      "); see pcap-filter(7)");
    const int set = pcap_setfilter(created, &program);
    pcap_freecode(&program);
    if (set != 0) return unusable("the filter '" + filter + "' cannot be set: " + pcap_geterr(created));
  }
  if (pcap_setnonblock(created, 1, why.data()) != 0) return unusable(why.data());
  return std::make_unique<LiveSource>(std::move(pcap), interface, input);
}

}  // namespace mailseal
