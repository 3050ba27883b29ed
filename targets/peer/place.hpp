// SPDX-License-Identifier: BSD-3-Clause
// Instructions as files and offsets in them, which addr2line understands.
#pragma once

#include <cstdint>
#include <vector>

#include "targets/line/schema.hpp"

namespace gauntlet {

// {"file", "offset"}; null for 0.
Json place(std::uintptr_t address);
Json places(const std::vector<std::uintptr_t>& addresses);

}  // namespace gauntlet
