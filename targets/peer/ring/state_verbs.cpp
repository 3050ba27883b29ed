// SPDX-License-Identifier: BSD-3-Clause
// Verbs about how a ring stands: what it says of itself, and what may be set.
#include <rte_ring.h>
#include <rte_ring_elem.h>

#include <algorithm>

#include "targets/peer/answer.hpp"
#include "targets/peer/families.hpp"
#include "targets/peer/ring/dumped.hpp"
#include "targets/peer/ring/known.hpp"

namespace gauntlet {
namespace {

Json ring_state(const Call& call) {
  const rte_ring* ring = ring_of(call.command);
  return {{"count", rte_ring_count(ring)},
          {"free_count", rte_ring_free_count(ring)},
          {"full", rte_ring_full(ring) != 0},
          {"empty", rte_ring_empty(ring) != 0},
          {"size", rte_ring_get_size(ring)},
          {"capacity", rte_ring_get_capacity(ring)},
          {"name", std::string(ring->name)},
          {"prod_sync_type", rte_ring_get_prod_sync_type(ring)},
          {"cons_sync_type", rte_ring_get_cons_sync_type(ring)},
          {"is_prod_single", rte_ring_is_prod_single(ring)},
          {"is_cons_single", rte_ring_is_cons_single(ring)},
          {"prod_htd_max", rte_ring_get_prod_htd_max(ring)},
          {"cons_htd_max", rte_ring_get_cons_htd_max(ring)}};
}

// Every sync type of rte_ring_core.h with its value.
Json ring_sync_types(const Call& /*call*/) {
  return {{"RTE_RING_SYNC_MT", RTE_RING_SYNC_MT},
          {"RTE_RING_SYNC_ST", RTE_RING_SYNC_ST},
          {"RTE_RING_SYNC_MT_RTS", RTE_RING_SYNC_MT_RTS},
          {"RTE_RING_SYNC_MT_HTS", RTE_RING_SYNC_MT_HTS}};
}

Json set_htd_max(const Call& call, int (*set)(rte_ring*, std::uint32_t)) {
  const int ret = set(ring_of(call.command), call.command["v"].get<unsigned>());
  return with_errno(ret);
}

Json ring_dump(const Call& call) {
  return dumped([&](FILE* file) { rte_ring_dump(file, ring_of(call.command)); });
}

Json ring_list_dump(const Call& /*call*/) {
  return dumped([](FILE* file) { rte_ring_list_dump(file); });
}

// The ring as it is after so many objects have gone through it one bulk after another: they really
// do, only that nothing of them is copied, so that it takes no time.
Json ring_turn(const Call& call) {
  rte_ring* ring = ring_of(call.command);
  constexpr unsigned kNoBytes = 0;
  auto left = call.command["n"].get<std::uint64_t>();
  // One that holds nothing turns nothing.
  while (left > 0 && rte_ring_get_capacity(ring) > 0) {
    const auto n =
        static_cast<unsigned>(std::min<std::uint64_t>(left, rte_ring_get_capacity(ring)));
    char table = 0;
    if (rte_ring_enqueue_bulk_elem(ring, &table, kNoBytes, n, nullptr) != n ||
        rte_ring_dequeue_bulk_elem(ring, &table, kNoBytes, n, nullptr) != n) {
      break;
    }
    left -= n;
  }
  return {{"left", left}};
}

}  // namespace

void add_ring_state_verbs(Verbs& verbs) {
  const Key v = {"v", Type::kUint32, Need::kRequired};
  verbs.add("ring_state", {{kRing}, ring_state, ring_refusal});
  verbs.add("ring_sync_types", {{}, ring_sync_types});
  verbs.add("ring_set_prod_htd_max",
            {{kRing, v},
             [](const Call& call) { return set_htd_max(call, rte_ring_set_prod_htd_max); },
             ring_refusal});
  verbs.add("ring_set_cons_htd_max",
            {{kRing, v},
             [](const Call& call) { return set_htd_max(call, rte_ring_set_cons_htd_max); },
             ring_refusal});
  verbs.add("ring_dump", {{kRing}, ring_dump, ring_refusal});
  verbs.add("ring_list_dump", {{}, ring_list_dump});
  verbs.add("ring_turn", {{kRing, {"n", Type::kCount, Need::kRequired}}, ring_turn, ring_refusal});
}

}  // namespace gauntlet
