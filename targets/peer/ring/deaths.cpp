// SPDX-License-Identifier: BSD-3-Clause
// Sets a ring up, lets a process die in it, and counts what the others still get through it.
#include "targets/peer/ring/deaths.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstring>
#include <map>
#include <memory>
#include <vector>

#include "targets/peer/stepping/die_at_each.hpp"

namespace gauntlet {
namespace {

// An object says who put it in: tag << 32 | number.
constexpr unsigned kTagShift = 32;
enum Tag : std::uint64_t { kStale = 1, kHeld, kVictim, kSurvivor };

constexpr unsigned kSurvivorBurst = 4;

void* object(Tag tag, unsigned number) {
  const std::uint64_t value = tag << kTagShift | number;
  return reinterpret_cast<void*>(value);  // NOLINT(performance-no-int-to-ptr)
}

std::vector<void*> objects(Tag tag, unsigned n) {
  std::vector<void*> made;
  made.reserve(n);
  for (unsigned i = 0; i < n; ++i) made.push_back(object(tag, i));
  return made;
}

// One producer and one consumer that are left over. They may be abandoned anywhere inside an
// operation on the ring, so nothing else in here allocates or locks.
class Survivors {
 public:
  Survivors(rte_ring* ring, const HangLimit& limit)
      : ring_(ring),
        limit_(limit),
        rounds_(2 * rte_ring_get_size(ring) / kSurvivorBurst),
        space_(rte_ring_get_size(ring)),
        taken_(2 * space_.size() * (kSurvivorBurst + 1)) {}

  // They go on in turn for twice the ring's length, or until one spins; the other goes on alone.
  Aftermath go_on() {
    Aftermath after;
    const auto hang = run([this] {
      put();
      take();
    });
    if (!hang.empty() && putting_) {
      after.producers_hang = hang;
      after.consumers_hang = run([this] { take(); });
    } else if (!hang.empty()) {
      after.consumers_hang = hang;
      after.producers_hang = run([this] { put(); });
    }
    after.accepted = accepted_;
    return after;
  }

  // Takes out what there is; whoever hangs in that gives it up.
  void drain() {
    run([this] { take(); });
  }

  // Goes on after the hole, and takes the tail along: who says to be alone on a side waits for
  // nobody.
  void skip(bool enqueues) {
    if (enqueues) {
      put(rte_ring_sp_enqueue_burst);
    } else {
      take(rte_ring_sc_dequeue_burst);
    }
  }

  // How often each object came out.
  [[nodiscard]] std::map<std::uint64_t, unsigned> seen() const {
    std::map<std::uint64_t, unsigned> times;
    for (std::size_t i = 0; i < count_; ++i) ++times[reinterpret_cast<std::uintptr_t>(taken_[i])];
    return times;
  }

 private:
  template <typename Turn>
  std::vector<std::uintptr_t> run(Turn turn) {
    return run_or_give_up(limit_, operations_, [this, turn] {
      for (unsigned round = 0; round < rounds_; ++round) turn();
    });
  }

  using Put = unsigned (*)(rte_ring*, void* const*, unsigned, unsigned*);
  using Take = unsigned (*)(rte_ring*, void**, unsigned, unsigned*);

  void put(Put enqueue = rte_ring_enqueue_burst) {
    putting_ = true;
    std::array<void*, kSurvivorBurst> objs{};
    for (unsigned i = 0; i < kSurvivorBurst; ++i) objs.at(i) = object(kSurvivor, accepted_ + i);
    accepted_ += enqueue(ring_, objs.data(), kSurvivorBurst, nullptr);
    ++operations_;
  }

  void take(Take dequeue = rte_ring_dequeue_burst) {
    putting_ = false;
    const auto room = static_cast<unsigned>(space_.size());
    const unsigned n = dequeue(ring_, space_.data(), room, nullptr);
    for (unsigned i = 0; i < n && count_ < taken_.size(); ++i) taken_[count_++] = space_[i];
    ++operations_;
  }

  rte_ring* ring_;
  HangLimit limit_;
  unsigned rounds_;
  std::vector<void*> space_;
  std::vector<void*> taken_;
  std::atomic<unsigned> operations_{0};
  std::atomic<std::size_t> count_{0};
  std::atomic<unsigned> accepted_{0};
  std::atomic<bool> putting_{false};
};

// The ring as `start_state` says, every slot that is not in use with a stale object in it.
void set_up(rte_ring* ring, const StartState& start_state) {
  rte_ring_reset(ring);
  const unsigned size = rte_ring_get_size(ring);
  auto stale = objects(kStale, size);
  // Round the whole ring once, and on to the slot where it shall start.
  for (unsigned left = size + start_state.start; left > 0;) {
    const unsigned put = rte_ring_enqueue_burst(ring, stale.data(), left, nullptr);
    left -= rte_ring_dequeue_burst(ring, stale.data(), put, nullptr);
  }
  auto held = objects(kHeld, start_state.held);
  rte_ring_enqueue_bulk(ring, held.data(), start_state.held, nullptr);
}

// How many of the objects 0 ... n-1 of this tag came out, each counted once.
unsigned came_out(const std::map<std::uint64_t, unsigned>& seen, Tag tag, unsigned n) {
  unsigned count = 0;
  for (unsigned i = 0; i < n; ++i) {
    count += static_cast<unsigned>(seen.contains(reinterpret_cast<std::uintptr_t>(object(tag, i))));
  }
  return count;
}

// What the survivors find, when one who died had begun to move the objects 0 ... n-1.
Aftermath aftermath(rte_ring* ring, bool enqueues, unsigned n, unsigned held,
                    const HangLimit& limit, Repair repair) {
  Survivors survivors(ring, limit);
  if (repair == Repair::kDrainReset) survivors.drain();
  if (repair == Repair::kSkip) {
    survivors.skip(enqueues);
  } else if (repair != Repair::kNone) {
    rte_ring_reset(ring);
  }
  Aftermath after = survivors.go_on();
  const auto seen = survivors.seen();
  const unsigned missing = held - came_out(seen, kHeld, held);
  if (enqueues) {
    after.victims = came_out(seen, kVictim, n);
    after.lost = missing;
  } else {
    // What a consumer had taken is gone with it; more than that is lost.
    after.victims = std::min(missing, n);
    after.lost = missing - after.victims;
  }
  after.lost += after.accepted - came_out(seen, kSurvivor, after.accepted);
  for (const auto& [value, times] : seen) {
    after.doubled += times - 1;
    after.stale += static_cast<unsigned>(value >> kTagShift == kStale);
  }
  return after;
}

bool hangs_alike(const Aftermath& one, const Aftermath& other) {
  return one.producers_hang.empty() == other.producers_hang.empty() &&
         one.consumers_hang.empty() == other.consumers_hang.empty() &&
         one.accepted == other.accepted;
}

// How many objects of the victim are in its slots.
unsigned copied(const rte_ring* ring) {
  const void* const* slots = reinterpret_cast<const void* const*>(ring + 1);
  return static_cast<unsigned>(std::count_if(slots, slots + ring->size, [](const void* each) {
    return reinterpret_cast<std::uintptr_t>(each) >> kTagShift == kVictim;
  }));
}

// A ring's bytes, so that it can be put back.
class Snapshot {
 public:
  explicit Snapshot(rte_ring* ring)
      : ring_(ring), bytes_(static_cast<std::size_t>(rte_ring_get_memsize(ring->size))) {
    std::memcpy(bytes_.data(), static_cast<const void*>(ring), bytes_.size());
  }
  void restore() const { std::memcpy(static_cast<void*>(ring_), bytes_.data(), bytes_.size()); }

 private:
  rte_ring* ring_;
  std::vector<std::byte> bytes_;
};

}  // namespace

std::optional<std::vector<Death>> die_inside(rte_ring* ring, const NamedOperation& operation,
                                             unsigned n, const StartState& start_state,
                                             const Points& points, Repair repair) {
  auto objs = objects(kVictim, n);
  return die_at_each<Death>(
      points,
      {reinterpret_cast<std::uintptr_t>(operation.run),
       [&] { operation.run(ring, objs.data(), n); }},
      [&] { set_up(ring, start_state); }, [&] { return Snapshot(ring); },
      [&](Death& death, const HangLimit& limit) {
        death.copied = copied(ring);
        death.after = aftermath(ring, operation.enqueues, n, start_state.held, limit, repair);
      },
      [](const Death& one, const Death& other) { return hangs_alike(one.after, other.after); });
}

}  // namespace gauntlet
