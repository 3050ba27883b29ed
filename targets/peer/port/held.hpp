// SPDX-License-Identifier: BSD-3-Clause
// A burst that stands inside its driver, so that others can do to the port what they like.
#pragma once

#include <cstdint>
#include <functional>

#include "targets/peer/verbs.hpp"

namespace gauntlet {

// The functions of the driver that the next burst of a port calls in this process.
std::uintptr_t rx_of_driver(std::uint16_t port_id);
std::uintptr_t tx_of_driver(std::uint16_t port_id);

// Runs `burst`, which calls `driver`. With "hold" in the command it stands at the driver's first
// instruction, where it has the queue in hand and has read nothing of it: "held" is said, and it
// goes on when released. One at a time in a process.
void burst_or_held(const Call& call, std::uintptr_t driver, const std::function<void()>& burst);

inline constexpr Key kHold{"hold", Type::kBool};

}  // namespace gauntlet
