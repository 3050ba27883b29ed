// SPDX-License-Identifier: BSD-3-Clause
// What a process leaves of a ring that is killed inside one operation on it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "targets/peer/ring/operations.hpp"
#include "targets/peer/stepping/die_at_each.hpp"

namespace gauntlet {

// The state of the ring when the operation begins. Its other slots hold objects that were taken out
// long ago.
struct StartState {
  unsigned start;  // index of the first slot that is used
  unsigned held;   // objects in it
};

// The findings of the survivors. A hang is where they spin: some instructions at which one was
// seen.
struct Aftermath {
  std::vector<std::uintptr_t> producers_hang;
  std::vector<std::uintptr_t> consumers_hang;
  unsigned accepted = 0;  // objects of the survivors that the ring took before one hung
  unsigned victims = 0;   // objects of the victim that came out, or that it took with it
  unsigned lost = 0;      // objects that the ring took, and that never come out
  unsigned doubled = 0;   // objects that came out more than once
  unsigned stale = 0;     // objects that came out though nobody had put them in any more
};

struct Death {
  std::uintptr_t at = 0;  // 0: the operation was over
  unsigned executed = 0;
  unsigned copied =
      0;  // objects of the victim that are in the ring's slots, whether they count or not
  Aftermath after;
};

// The repair of the ring, by one who is outside of it, before the others go on.
enum class Repair {
  kNone,
  kReset,       // rte_ring_reset
  kDrainReset,  // the same, when all that can be taken out has been
  kSkip,        // one operation on the victim's side as by the only user of that side
};

// A process dies at each of the points of `operation` with n objects, and others go on: what they
// find, point by point; the last one is that where the operation is over. The ring is the caller's
// alone. Nothing where no process can be traced.
std::optional<std::vector<Death>> die_inside(rte_ring* ring, const NamedOperation& operation,
                                             unsigned n, const StartState& start_state,
                                             const Points& points, Repair repair = Repair::kNone);

}  // namespace gauntlet
