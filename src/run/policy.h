// The policy of --policy, read from its file; and one written from what a capture shows (mailseal policy --infer).
#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>

#include "mailseal/base/policy.h"
#include "mailseal/overview.h"

namespace mailseal {

/// One line says what is wrong, where, and what to do.
Expected<Policy> load_policy(const std::string& path);
/// Where a rule's file of trusted certificates lies: a name without a root is meant beside the policy.
std::filesystem::path ca_of(const Policy&, const PolicyRule&);
/// "unknown profile ...; say one of ..."
Expected<const Profile*> choose_profile(const std::string& name);

/// A policy, commented, that the sessions of this overview keep: a start, not a judgement of what should be.
void write_inferred(std::ostream&, const Overview&);

}  // namespace mailseal
