// SPDX-License-Identifier: BSD-3-Clause
// One half of a ring operation: its head moves, its tail never does. What a process leaves that
// dies between the two, in every mode.
#pragma once

#include <rte_ring.h>

namespace gauntlet {

// Each reserves up to n slots, and returns how many. No slot is written.
unsigned put_half(rte_ring* ring, unsigned n);
// What the slots hold goes to objs: the caller knows what it takes with it.
unsigned take_half(rte_ring* ring, void** objs, unsigned n);

}  // namespace gauntlet
