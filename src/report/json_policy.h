// The members of a JSON report that tell of the policy and the profiles, written and read again.
#pragma once

#include <optional>
#include <vector>

#include "json_writer.h"
#include "read.h"

namespace mailseal {

void write_policy(JsonWriter&, const Overview&);

std::optional<PolicyFacts> read_policy(const Value&, Reading&);
std::vector<ProfileOutcome> read_profiles(const Value&);

}  // namespace mailseal
