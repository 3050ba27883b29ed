// SPDX-License-Identifier: BSD-3-Clause
// What a process leaves of a staged ordered ring that is killed inside one operation on it.
#pragma once

#include "targets/peer/ring/soring.hpp"

#if GAUNTLET_SORING
#include <cstdint>
#include <optional>
#include <vector>

#include "targets/peer/stepping/die_at_each.hpp"

namespace gauntlet {

enum class SoringOperation { kEnqueue, kDequeue, kAcquire, kRelease };

// An operation on n objects, and the soring as it stands before. Its other slots hold objects that
// were taken out long ago.
struct SoringWalk {
  SoringOperation operation;
  unsigned stage;  // of an acquire or release
  unsigned n;
  unsigned put;                  // objects in it
  std::vector<unsigned> passed;  // of these have been released by each stage
  unsigned earlier;              // acquired by another process before those that are released
};

struct SoringDeath {
  std::uintptr_t at = 0;  // 0: the operation was over
  unsigned executed = 0;
  // A hang is where the survivors spin.
  std::vector<std::uintptr_t> producers_hang;
  std::vector<std::uintptr_t> workers_hang;
  std::vector<std::uintptr_t> consumers_hang;
  // By stage: objects that were acquired and never pass on; and whether the stage's tail is marked
  // as being moved by somebody.
  std::vector<unsigned> standing;
  std::vector<bool> marked;
  unsigned victims = 0;     // objects of the victim that came out, or that it took with it
  unsigned lost = 0;        // other objects that the soring took, and that never come out
  unsigned doubled = 0;     // objects that came out more than once
  unsigned stale = 0;       // objects that came out though nobody had put them in any more
  unsigned disordered = 0;  // objects that came out after a later one
};

// What is done, by one who is outside of it, before the others go on.
enum class SoringRepair {
  kNone,
  kRelease,  // rte_soring_release for the dead one: of what its stage shows as acquired
  kInit,     // rte_soring_init on the same memory
};

// A process dies at each of the points of an operation, and others go on: what they find, point by
// point; the last one is that where the operation is over. The soring, which has these parameters,
// is the caller's alone. Nothing where no process can be traced.
std::optional<std::vector<SoringDeath>> die_inside_soring(rte_soring* soring,
                                                          const rte_soring_param& prm,
                                                          const SoringWalk& walk,
                                                          const Points& points,
                                                          SoringRepair repair);

}  // namespace gauntlet
#endif
