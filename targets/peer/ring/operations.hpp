// SPDX-License-Identifier: BSD-3-Clause
// One ring operation a function, as an application calls it: DPDK's inlined code and nothing else.
#pragma once

#include <rte_ring.h>

#include <optional>
#include <string>
#include <vector>

#include "targets/line/schema.hpp"

namespace gauntlet {

// Moves up to n objects between `objs` and the ring; how many it moved.
using RingOperation = unsigned (*)(rte_ring* ring, void** objs, unsigned n);

struct NamedOperation {
  std::string name;
  RingOperation run;
  bool enqueues;
};

// enqueue_bulk, enqueue_burst, dequeue_bulk, dequeue_burst; with start and finish apart, for the
// modes that have a peek: enqueue_peek, dequeue_peek; and, whatever the ring's mode is,
// sp_enqueue_burst, sc_dequeue_burst.
const std::vector<NamedOperation>& ring_operations();

// The one of this name, or null; and why a command's "operation" is none, or nothing.
const NamedOperation* named_operation(const std::string& name);
std::optional<std::string> operation_refusal(const Json& command);

}  // namespace gauntlet
