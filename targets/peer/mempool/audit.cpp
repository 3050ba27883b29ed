// SPDX-License-Identifier: BSD-3-Clause
// Without a cache of its own, as a thread that is none of EAL's.
#include "targets/peer/mempool/audit.hpp"

#include <rte_lcore.h>

#include <algorithm>
#include <atomic>

namespace gauntlet {

PoolAudit audit(rte_mempool* pool, const HangLimit& limit, bool put_back) {
  PoolAudit found;
  // Whoever hangs is abandoned inside DPDK: nothing in here allocates meanwhile.
  std::vector<void*> space(2 * std::size_t{pool->size});
  std::atomic<unsigned> n{0};
  found.getters_hang = run_or_give_up(limit, n, [&] {
    while (n < space.size() && rte_mempool_generic_get(pool, &space[n], 1, nullptr) == 0) ++n;
  });
  found.shared.assign(space.begin(), space.begin() + n);
  for (unsigned lcore = 0; lcore < RTE_MAX_LCORE; ++lcore) {
    const rte_mempool_cache* cache = rte_mempool_default_cache(pool, lcore);
    if (cache == nullptr) break;
    for (unsigned i = 0; i < cache->len; ++i) found.cached.push_back(cache->objs[i]);
  }
  if (!put_back) space.resize(1);
  const std::size_t back = put_back ? found.shared.size() : std::min<std::size_t>(n, 1);
  std::atomic<unsigned> done{0};
  found.putters_hang = run_or_give_up(limit, done, [&] {
    for (; done < back; ++done) rte_mempool_generic_put(pool, &space[done], 1, nullptr);
  });
  return found;
}

}  // namespace gauntlet
