// SPDX-License-Identifier: BSD-3-Clause
// One ring operation a function, as an application calls it: DPDK's inlined code and nothing else.
#pragma once

#include <rte_ring.h>

#include <string>
#include <vector>

namespace gauntlet {

// Moves up to n objects between `objs` and the ring; how many it moved.
using RingOperation = unsigned (*)(rte_ring* ring, void** objs, unsigned n);

struct NamedOperation {
  std::string name;
  RingOperation run;
  bool enqueues;
};

// enqueue_bulk, enqueue_burst, dequeue_bulk, dequeue_burst; and with start and finish apart, for
// the modes that have a peek: enqueue_peek, dequeue_peek.
const std::vector<NamedOperation>& ring_operations();

}  // namespace gauntlet
