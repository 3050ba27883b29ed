// SPDX-License-Identifier: BSD-3-Clause
// What a process leaves of a mempool that is killed inside one operation on it.
#pragma once

#include <rte_mempool.h>

#include <cstdint>
#include <optional>
#include <vector>

namespace gauntlet {

struct PoolDeath {
  std::uintptr_t at = 0;  // 0: the operation was over
  unsigned executed = 0;
  std::vector<std::uintptr_t> getters_hang;
  std::vector<std::uintptr_t> putters_hang;
  unsigned gone = 0;     // objects that nobody has, and nobody can get
  unsigned doubled = 0;  // objects that two can have: from two places of the pool, or a living
                         // process has one that is in the pool, too
};

// A process dies after each instruction of a get, or of a put, of n objects on lcore `lcore_id`, in
// whose cache are `cached` before: what the others find; the last one is that where the operation
// is over. The pool, whose objects are all in it, is the caller's alone, and on a ring. With `kill`
// a process is forked and killed for each. Nothing where no process can be traced.
std::optional<std::vector<PoolDeath>> die_inside_pool(rte_mempool* pool, bool puts, unsigned n,
                                                      unsigned lcore_id, unsigned cached,
                                                      bool kill);

}  // namespace gauntlet
