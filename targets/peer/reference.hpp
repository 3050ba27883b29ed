// SPDX-License-Identifier: BSD-3-Clause
// What each verb is: a function of DPDK, or something of Gauntlet's own; and what its keys may
// hold.
#pragma once

#include <string>

#include "targets/line/vocabulary.hpp"

namespace gauntlet {

// {"verb": {"function", "header"} or {"does"}, "keys": {"key": {"type", "required", "nullable"}},
// and "absent": why, if this DPDK does not have it}
Json reference_of(const Vocabulary& vocabulary);

// The reference as text for people.
std::string text_of_reference(const Json& reference);

}  // namespace gauntlet
