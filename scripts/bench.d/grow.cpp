// grow OUT CONNECTIONS OCTETS CAPTURE...: one large capture from small real ones.
//
// Every TCP connection of the captures (Ethernet, IPv4 or IPv6, without tags) becomes a template. They are played
// CONNECTIONS times with other addresses and ports, checksums mended, half of them with TLS, some thousand
// open at once, until the file is about OCTETS long: how often the longest template of each half is taken is
// chosen for that. The same arguments give the same file.
//
// Refuses: captures of other link types. Prints connections, packets, octets, and how many were open at most.
#include <pcap/pcap.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <queue>
#include <string>
#include <vector>

namespace {

using Octets = std::vector<std::uint8_t>;

constexpr std::size_t kEthernet = 14;
constexpr std::int64_t kPacketGap = 20'000;     // µs between two packets of one connection
constexpr std::int64_t kConnectionGap = 1'000;  // µs between the first packets of two connections

[[noreturn]] void die(const std::string& why) {
  std::fprintf(stderr, "grow: %s\n", why.c_str());
  std::exit(2);
}

struct Frame {
  Octets octets;
  bool from_client = false;
};

struct Template {
  std::vector<Frame> frames;
  std::uint64_t octets = 0;  // as they lie in the file
  bool tls = false;          // the server sent a handshake record
};

struct Where {
  std::size_t addresses, address_length, tcp;  // offsets in the frame; source, then destination
};

// The frame is long enough for what it says, or nothing.
bool walk(const Octets& f, Where& where) {
  if (f.size() < kEthernet + 40) return false;
  const unsigned type = f[12] * 256u + f[13];
  if (type == 0x0800 && f[kEthernet + 9] == 6) {
    where = {kEthernet + 12, 4, kEthernet + (f[kEthernet] & 15u) * 4};
  } else if (type == 0x86dd && f[kEthernet + 6] == 6) {
    where = {kEthernet + 8, 16, kEthernet + 40};
  } else {
    return false;
  }
  return f.size() >= where.tcp + 20;
}

void read_templates(const char* path, std::vector<Template>& all) {
  char error[PCAP_ERRBUF_SIZE];
  pcap_t* const file = pcap_open_offline(path, error);
  if (file == nullptr) die(error);
  if (pcap_datalink(file) != DLT_EN10MB) die(std::string(path) + ": not Ethernet");
  std::map<Octets, std::size_t> known;  // client's addresses and ports, as they lie in its frames
  pcap_pkthdr* header = nullptr;
  const unsigned char* data = nullptr;
  while (pcap_next_ex(file, &header, &data) == 1) {
    Octets octets(data, data + header->caplen);
    Where w{};
    if (!walk(octets, w)) continue;
    const auto key = [&](bool reversed) {
      const auto at = [&](std::size_t offset, std::size_t n) { return octets.begin() + static_cast<long>(offset + n); };
      Octets k;
      for (const bool second : {reversed, !reversed}) {
        const std::size_t a = w.addresses + (second ? w.address_length : 0), p = w.tcp + (second ? 2 : 0);
        k.insert(k.end(), at(a, 0), at(a, w.address_length));
        k.insert(k.end(), at(p, 0), at(p, 2));
      }
      return k;
    };
    const bool syn = (octets[w.tcp + 13] & 0x12) == 0x02;
    auto found = known.find(key(false));
    const bool from_client = syn || found != known.end();
    if (syn) {
      found = known.insert_or_assign(key(false), all.size()).first;
      all.emplace_back();
    } else if (!from_client) {
      found = known.find(key(true));
    }
    if (found == known.end()) continue;
    Template& t = all[found->second];
    const std::size_t payload = w.tcp + (octets[w.tcp + 12] >> 4) * 4u;
    t.tls |= !from_client && octets.size() > payload + 2 && octets[payload] == 0x16 && octets[payload + 1] == 3;
    t.octets += octets.size() + 16;
    t.frames.push_back({std::move(octets), from_client});
  }
  pcap_close(file);
}

// RFC 1624: a checksum is mended by what changed. `at` is even within what is summed.
void put16(Octets& f, std::size_t at, std::uint16_t value, std::initializer_list<std::size_t> checksums) {
  const std::uint32_t before = f[at] * 256u + f[at + 1];
  f[at] = static_cast<std::uint8_t>(value >> 8);
  f[at + 1] = static_cast<std::uint8_t>(value & 255);
  for (const std::size_t c : checksums) {
    std::uint32_t sum = (~(f[c] * 256u + f[c + 1]) & 0xffffu) + (~before & 0xffffu) + value;
    sum = (sum & 0xffffu) + (sum >> 16);
    sum = (sum & 0xffffu) + (sum >> 16);
    f[c] = static_cast<std::uint8_t>(~sum >> 8 & 255);
    f[c + 1] = static_cast<std::uint8_t>(~sum & 255);
  }
}

// The client of connection n becomes 10.n.n.n with a port of its own, the server one of 64; sequence numbers and the
// randoms of TLS are its own, too, for what repeats them is one connection.
void make_another(Octets& f, bool from_client, std::uint64_t n) {
  Where w{};
  walk(f, w);
  const std::size_t client = w.addresses + (from_client ? 0 : w.address_length) + w.address_length - 4;
  const std::size_t server = w.addresses + (from_client ? w.address_length : 0) + w.address_length - 4;
  const std::size_t tcp_sum = w.tcp + 16;
  const std::size_t ip_sum = w.address_length == 4 ? kEthernet + 10 : tcp_sum;
  const auto put = [&](std::size_t at, std::uint16_t value) {
    if (w.address_length == 4) {
      put16(f, at, value, {ip_sum, tcp_sum});
    } else {
      put16(f, at, value, {tcp_sum});
    }
  };
  put(client, static_cast<std::uint16_t>(0x0a00 | (n >> 16 & 255)));
  put(client + 2, static_cast<std::uint16_t>(n));
  put(server + 2, static_cast<std::uint16_t>(0x0200 | n % 64));
  put16(f, w.tcp + (from_client ? 0 : 2), static_cast<std::uint16_t>(20'000 + n % 40'000), {tcp_sum});
  const auto move = [&](std::size_t at) {
    put16(f, at, static_cast<std::uint16_t>(f[at] * 256u + f[at + 1] + n), {tcp_sum});
  };
  const std::size_t payload = w.tcp + (f[w.tcp + 12] >> 4) * 4u, end = std::min(payload, f.size());
  constexpr std::uint8_t kAck = 0x10, kEndOfOptions = 0, kNoOperation = 1, kSack = 5, kHandshake = 0x16;
  move(w.tcp + 4);
  if (f[w.tcp + 13] & kAck) move(w.tcp + 8);
  for (std::size_t at = w.tcp + 20; at + 1 < end && f[at] != kEndOfOptions;) {
    const std::size_t length = f[at] == kNoOperation ? 1 : std::max<std::size_t>(f[at + 1], 2);
    // put16 sums words: an edge that lies across two of them stays (it is never acted upon).
    if (f[at] == kSack && (at - w.tcp) % 2 == 0)
      for (std::size_t edge = at + 2; edge + 4 <= std::min(at + length, end); edge += 4) move(edge);
    at += length;
  }
  constexpr std::size_t kRandom = 12;  // octets of it, at an even place
  if (f.size() > payload + kRandom + 1 && f[payload] == kHandshake && (f[payload + 5] == 1 || f[payload + 5] == 2))
    move(payload + kRandom);
}

// One half of the connections: the longest template as often as the mean length needs it, the others in turn.
class Half {
 public:
  Half(std::vector<const Template*> of, double mean) : of_(std::move(of)) {
    if (of_.size() < 2) die("too few connections of one kind, with TLS or without");
    std::sort(of_.begin(), of_.end(), [](auto* a, auto* b) { return a->octets < b->octets; });
    double others = 0;
    for (std::size_t i = 0; i + 1 < of_.size(); ++i) others += static_cast<double>(of_[i]->octets);
    others /= static_cast<double>(of_.size() - 1);
    share_ = std::clamp((mean - others) / (static_cast<double>(of_.back()->octets) - others), 0.0, 1.0);
  }
  const Template* next() {
    due_ += share_;
    if (due_ >= 1) {
      due_ -= 1;
      return of_.back();
    }
    return of_[turn_++ % (of_.size() - 1)];
  }

 private:
  std::vector<const Template*> of_;
  double share_ = 0, due_ = 0;
  std::size_t turn_ = 0;
};

struct Playing {
  std::int64_t time;
  std::uint64_t number;
  const Template* what;
  std::size_t frame;
  bool operator>(const Playing& o) const { return time != o.time ? time > o.time : number > o.number; }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) die("usage: grow OUT CONNECTIONS OCTETS CAPTURE...");
  const std::uint64_t connections = std::strtoull(argv[2], nullptr, 10);
  const double mean = std::strtod(argv[3], nullptr) / static_cast<double>(std::max<std::uint64_t>(connections, 1));
  std::vector<Template> all;
  for (int i = 4; i < argc; ++i) read_templates(argv[i], all);
  std::array<std::vector<const Template*>, 2> halves;
  for (const Template& t : all) halves[t.tls].push_back(&t);
  std::array<Half, 2> half{Half(halves[0], mean), Half(halves[1], mean)};

  pcap_t* const shape = pcap_open_dead(DLT_EN10MB, 262'144);
  pcap_dumper_t* const out = pcap_dump_open(shape, argv[1]);
  if (out == nullptr) die(pcap_geterr(shape));
  constexpr std::int64_t kBegin = 1'795'000'000'000'000;  // µs since 1970
  std::priority_queue<Playing, std::vector<Playing>, std::greater<>> open;
  std::uint64_t begun = 0, packets = 0, octets = 0, with_tls = 0, most = 0;
  Octets frame;
  while (begun < connections || !open.empty()) {
    const std::int64_t next_begin = kBegin + static_cast<std::int64_t>(begun) * kConnectionGap;
    if (begun < connections && (open.empty() || next_begin <= open.top().time)) {
      const Template* const t = half[begun % 2].next();
      with_tls += t->tls;
      open.push({next_begin, begun++, t, 0});
      most = std::max<std::uint64_t>(most, open.size());
    }
    Playing p = open.top();
    open.pop();
    const Frame& f = p.what->frames[p.frame];
    frame = f.octets;
    make_another(frame, f.from_client, p.number);
    pcap_pkthdr header{};
    header.ts.tv_sec = p.time / 1'000'000;
    header.ts.tv_usec = p.time % 1'000'000;
    header.caplen = header.len = static_cast<bpf_u_int32>(frame.size());
    pcap_dump(reinterpret_cast<u_char*>(out), &header, frame.data());
    ++packets;
    octets += frame.size();
    if (++p.frame < p.what->frames.size()) {
      p.time += kPacketGap;
      open.push(p);
    }
  }
  if (pcap_dump_flush(out) != 0) die("cannot write: the disk may be full");
  pcap_dump_close(out);
  pcap_close(shape);
  std::printf("%ju connections (%ju with TLS), %ju packets of %.0f octets in the mean, at most %ju open at once\n",
              static_cast<std::uintmax_t>(begun), static_cast<std::uintmax_t>(with_tls),
              static_cast<std::uintmax_t>(packets),
              static_cast<double>(octets) / static_cast<double>(std::max<std::uint64_t>(packets, 1)),
              static_cast<std::uintmax_t>(most));
}
