// SPDX-License-Identifier: BSD-3-Clause
// DPDK's own first halves: the peek API where a mode has it, and elsewhere what enqueue and dequeue
// call first.
#include "half_operation.hpp"

#include <rte_ring_peek.h>

#include <cstdint>

namespace gauntlet {

unsigned put_half(rte_ring* ring, unsigned n) {
  std::uint32_t old_head = 0;
  std::uint32_t new_head = 0;
  std::uint32_t room = 0;
  switch (rte_ring_get_prod_sync_type(ring)) {
    case RTE_RING_SYNC_MT:
      return __rte_ring_move_prod_head(ring, 0, n, RTE_RING_QUEUE_VARIABLE, &old_head, &new_head,
                                       &room);
    case RTE_RING_SYNC_MT_RTS:
      return __rte_ring_rts_move_prod_head(ring, n, RTE_RING_QUEUE_VARIABLE, &old_head, &room);
    default:
      return rte_ring_enqueue_burst_start(ring, n, nullptr);
  }
}

unsigned take_half(rte_ring* ring, void** objs, unsigned n) {
  std::uint32_t old_head = 0;
  std::uint32_t new_head = 0;
  std::uint32_t held = 0;
  switch (rte_ring_get_cons_sync_type(ring)) {
    case RTE_RING_SYNC_MT:
      n = __rte_ring_move_cons_head(ring, 0, n, RTE_RING_QUEUE_VARIABLE, &old_head, &new_head,
                                    &held);
      break;
    case RTE_RING_SYNC_MT_RTS:
      n = __rte_ring_rts_move_cons_head(ring, n, RTE_RING_QUEUE_VARIABLE, &old_head, &held);
      break;
    default:
      return rte_ring_dequeue_burst_start(ring, objs, n, nullptr);
  }
  __rte_ring_dequeue_elems(ring, old_head, objs, sizeof(*objs), n);
  return n;
}

}  // namespace gauntlet
