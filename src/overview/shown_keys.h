// ShownKeys: the keys of servers' own certificates, over all sessions.
//
// One server that shows another key for the same name is told: several machines, a renewal, or someone between. A
// server with an RSA and an EC key chooses by what the client can, and one with several names by what it asks for: that
// is no change. Servers at different addresses with one key are told, too.
//
// Of each server no more than kOfOneServer keys and names are compared.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "crossing.h"
#include "summary.h"

namespace mailseal {

class ShownKeys {
 public:
  void add(const JudgedSession&, const Order&, Summary::Path);

  void find_changed(const Crossing::Tell&) const;
  void find_shared(const Crossing::Tell&) const;

 private:
  static constexpr std::size_t kOfOneServer = 32;

  struct Shown {
    std::string server_name;  ///< that was asked for; empty: none
    std::shared_ptr<const Certificate> certificate;
    Crossing::Event first;
  };
  struct OfServer {
    IpAddress address;
    std::vector<Shown> shown;
    std::size_t last = 0;  ///< in `shown`: the next session shows it, too
  };

  std::vector<OfServer> servers_;  ///< by number of the server
};

}  // namespace mailseal
