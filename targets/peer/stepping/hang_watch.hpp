// SPDX-License-Identifier: BSD-3-Clause
// Runs a call that may spin for ever, and gives it up when it makes no progress.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <vector>

namespace gauntlet {

// The time a call may get nowhere: so many looks in a row, each after so much more CPU time.
struct HangLimit {
  std::int64_t cpu_ns;
  unsigned looks;
};

// Runs `call`: returns nothing if it returned; else some of the instructions at which it was seen
// while `progress`, which it counts up, did not move for all of `limit`. It is abandoned there, and
// no destructor runs: a call that may hang keeps nothing that needs one. One thread at a time.
std::vector<std::uintptr_t> run_or_give_up(const HangLimit& limit,
                                           const std::atomic<unsigned>& progress,
                                           const std::function<void()>& call);

}  // namespace gauntlet
