// What the map says in words, of a host and of a line. What came off the wire is escaped, and cut to its room.
#pragma once

#include <string>

#include "map_model.h"

namespace mailseal {

std::string address_text(const MapHost&);  ///< "192.0.2.7", "192.0.2.0/24"
std::string role_text(const MapHost&);     ///< "client", "relay, outside", "client: 12 hosts"
std::string claim_text(const MapHost&);    ///< "claims “mx.example” (+2)"; "" where it claims nothing

std::string state_text(const MapLine&);     ///< "encrypted", ..., "not seen"
std::string port_text(const MapLine&);      ///< "SMTP port 25"
std::string fraction_text(const MapLine&);  ///< "38 of 41 sessions encrypted"
std::string versions_text(const MapLine&);  ///< "TLSv1.3, TLSv1.2"; "" where there are none

/// The line in a sentence.
std::string sentence(const MapModel&, const MapLine&);
/// The map in sentences, for who does not see it.
std::string description(const MapModel&);

}  // namespace mailseal
