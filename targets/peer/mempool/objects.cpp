// SPDX-License-Identifier: BSD-3-Clause
// What is stepped through instruction by instruction is inlined whole here.
#include "targets/peer/mempool/objects.hpp"

namespace gauntlet {

PoolObjects::PoolObjects(rte_mempool* pool) {
  rte_mempool_obj_iter(
      pool,
      [](rte_mempool* /*pool*/, void* all, void* object, unsigned /*index*/) {
        static_cast<std::vector<void*>*>(all)->push_back(object);
      },
      &all_);
  for (std::size_t i = 0; i < all_.size(); ++i) numbers_[all_[i]] = static_cast<long>(i);
}

long PoolObjects::number(const void* object) const {
  const auto found = numbers_.find(object);
  return found == numbers_.end() ? -1 : found->second;
}

[[gnu::noinline]] int pool_get_bulk(rte_mempool* pool, void** objs, unsigned n) {
  return rte_mempool_get_bulk(pool, objs, n);
}

[[gnu::noinline]] int pool_put_bulk(rte_mempool* pool, void** objs, unsigned n) {
  rte_mempool_put_bulk(pool, objs, n);
  return 0;
}

}  // namespace gauntlet
