// SPDX-License-Identifier: BSD-3-Clause
// Sets a pool's cache up, lets a process die in it, and counts what can still be had.
#include "targets/peer/mempool/deaths.hpp"

#include <rte_ring.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <map>
#include <memory>

#include "targets/peer/as_lcore.hpp"
#include "targets/peer/mempool/audit.hpp"
#include "targets/peer/mempool/objects.hpp"
#include "targets/peer/stepping/die_at_each.hpp"

namespace gauntlet {
namespace {

rte_ring* ring_of(rte_mempool* pool) { return static_cast<rte_ring*>(pool->pool_data); }

// What changes in a pool: what all lcores share, and the cache of one.
class Snapshot {
 public:
  Snapshot(rte_mempool* pool, unsigned lcore_id)
      : ring_(ring_of(pool)),
        cache_(rte_mempool_default_cache(pool, lcore_id)),
        ring_bytes_(static_cast<std::size_t>(rte_ring_get_memsize(ring_->size))),
        cache_was_(*cache_) {
    std::memcpy(ring_bytes_.data(), static_cast<const void*>(ring_), ring_bytes_.size());
  }
  void restore() const {
    std::memcpy(static_cast<void*>(ring_), ring_bytes_.data(), ring_bytes_.size());
    *cache_ = cache_was_;
  }

 private:
  rte_ring* ring_;
  rte_mempool_cache* cache_;
  std::vector<std::byte> ring_bytes_;
  rte_mempool_cache cache_was_;
};

// Who has objects when the operation begins.
struct Hands {
  std::vector<void*> victim;  // of a put: what it is about to give back
  std::vector<void*>
      living;  // taken from the same cache after them, and passed on to another process
};

// `cached` objects in the cache; and above them, in slots that are free, those that the living
// have: what a slot held is never wiped.
Hands set_up(rte_mempool* pool, bool puts, unsigned n, unsigned lcore_id, unsigned cached) {
  Hands hands{std::vector<void*>(puts ? n : 0), std::vector<void*>(n)};
  rte_mempool_cache* cache = rte_mempool_default_cache(pool, lcore_id);
  rte_mempool_cache_flush(cache, pool);
  if (puts) rte_mempool_generic_get(pool, hands.victim.data(), n, nullptr);
  std::vector<void*> in_cache(cached + n);
  rte_mempool_generic_get(pool, in_cache.data(), cached + n, nullptr);
  std::copy(in_cache.begin(), in_cache.end(), std::begin(cache->objs));
  cache->len = cached;
  std::copy(in_cache.begin() + cached, in_cache.end(), hands.living.begin());
  return hands;
}

void count(const PoolAudit& found, const Hands& hands, std::size_t populated, PoolDeath& death) {
  std::map<const void*, unsigned> times;
  for (const auto* where : {&found.shared, &found.cached, &hands.living}) {
    for (const void* object : *where) ++times[object];
  }
  death.gone = static_cast<unsigned>(populated - std::min(populated, times.size()));
  death.doubled = static_cast<unsigned>(
      std::count_if(times.begin(), times.end(), [](const auto& each) { return each.second > 1; }));
  death.getters_hang = found.getters_hang;
  death.putters_hang = found.putters_hang;
}

bool hangs_alike(const PoolDeath& one, const PoolDeath& other) {
  return one.getters_hang.empty() == other.getters_hang.empty() &&
         one.putters_hang.empty() == other.putters_hang.empty();
}

}  // namespace

std::optional<std::vector<PoolDeath>> die_inside_pool(rte_mempool* pool, bool puts, unsigned n,
                                                      unsigned lcore_id, unsigned cached,
                                                      bool kill) {
  const auto operation = puts ? pool_put_bulk : pool_get_bulk;
  const Hands hands = set_up(pool, puts, n, lcore_id, cached);
  const Snapshot at_first(pool, lcore_id);
  auto objs = puts ? hands.victim : std::vector<void*>(n);
  const AsLcore lcore(lcore_id);
  auto deaths = die_at_each<PoolDeath>(
      {0, 1, kill},
      {reinterpret_cast<std::uintptr_t>(operation), [&] { operation(pool, objs.data(), n); }},
      [&] { at_first.restore(); }, [&] { return Snapshot(pool, lcore_id); },
      [&](PoolDeath& death, const HangLimit& limit) {
        count(audit(pool, limit, false), hands, pool->populated_size, death);
      },
      hangs_alike);
  if (!deaths) return std::nullopt;
  // As it was: nobody has anything.
  at_first.restore();
  for (const auto* hand : {&hands.victim, &hands.living}) {
    if (!hand->empty()) {
      rte_mempool_generic_put(pool, hand->data(), static_cast<unsigned>(hand->size()), nullptr);
    }
  }
  rte_mempool_cache_flush(rte_mempool_default_cache(pool, lcore_id), pool);
  return deaths;
}

}  // namespace gauntlet
