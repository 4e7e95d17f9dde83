// empty_loop FILE: reads every packet with libpcap and does nothing with it; prints packets and octets.
//
// The least that any analyzer can cost: what mailseal's time is held against.
#include <pcap/pcap.h>

#include <cstdint>
#include <cstdio>

int main(int argc, char** argv) {
  char error[PCAP_ERRBUF_SIZE] = "usage: empty_loop FILE";
  pcap_t* const file = argc == 2 ? pcap_open_offline(argv[1], error) : nullptr;
  if (file == nullptr) {
    std::fprintf(stderr, "empty_loop: %s\n", error);
    return 2;
  }
  std::uint64_t packets = 0, octets = 0;
  pcap_pkthdr* header = nullptr;
  const unsigned char* data = nullptr;
  int got = 0;
  while ((got = pcap_next_ex(file, &header, &data)) == 1) {
    ++packets;
    octets += header->caplen;
  }
  pcap_close(file);
  std::printf("%ju %ju\n", static_cast<std::uintmax_t>(packets), static_cast<std::uintmax_t>(octets));
  return got == PCAP_ERROR_BREAK ? 0 : 2;
}
