// SPDX-License-Identifier: BSD-3-Clause
// Instructions as files and offsets in them, which addr2line understands.
#pragma once

#include <cstdint>
#include <vector>

#include "targets/line/schema.hpp"

namespace gauntlet {

// {"file", "offset"}; null for 0.
Json code_address(std::uintptr_t address);
Json code_addresses(const std::vector<std::uintptr_t>& addresses);

}  // namespace gauntlet
