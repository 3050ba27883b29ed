// SPDX-License-Identifier: BSD-3-Clause
// A mempool as its user sees it: objects by number, and its operations.
#pragma once

#include <rte_mempool.h>

#include <unordered_map>
#include <vector>

namespace gauntlet {

// The objects of a pool, numbered as rte_mempool_obj_iter meets them: alike in every process.
class PoolObjects {
 public:
  explicit PoolObjects(rte_mempool* pool);
  [[nodiscard]] std::size_t size() const { return all_.size(); }
  [[nodiscard]] void* at(std::size_t number) const { return all_.at(number); }
  // -1 for what is no object of the pool.
  [[nodiscard]] long number(const void* object) const;

 private:
  std::vector<void*> all_;
  std::unordered_map<const void*, long> numbers_;
};

// One operation a function, as an application calls it: 0, or negative.
using PoolOperation = int (*)(rte_mempool* pool, void** objs, unsigned n);
int pool_get_bulk(rte_mempool* pool, void** objs, unsigned n);
int pool_put_bulk(rte_mempool* pool, void** objs, unsigned n);

}  // namespace gauntlet
