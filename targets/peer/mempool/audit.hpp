// SPDX-License-Identifier: BSD-3-Clause
// What of a mempool can still be had, and what can be had twice.
#pragma once

#include <rte_mempool.h>

#include <cstdint>
#include <vector>

#include "targets/peer/stepping/hang_watch.hpp"

namespace gauntlet {

// Every object that the pool would give to somebody: from what all lcores share, and from their
// caches.
struct PoolAudit {
  std::vector<std::uintptr_t> getters_hang;  // some instructions at which a get was seen to spin
  std::vector<std::uintptr_t> putters_hang;
  std::vector<void*> shared;
  std::vector<void*> cached;
};

// Takes out what is shared, and with `put_back` puts it back; the caches are looked at. Nobody else
// may use the pool meanwhile. What spins is given up.
PoolAudit audit(rte_mempool* pool, const HangLimit& limit, bool put_back);

}  // namespace gauntlet
