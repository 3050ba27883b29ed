// SPDX-License-Identifier: BSD-3-Clause
// What a polling loop does when it has found nothing.
#pragma once

#include <sched.h>

#include <chrono>
#include <thread>

namespace gauntlet {

// There may be more processes than CPUs, and those that have work shall have them: whoever finds
// nothing gives its CPU away, and after many turns in vain for longer.
class Idle {
 public:
  void again() {
    if (++turns_ < kTurns) {
      sched_yield();
    } else {
      std::this_thread::sleep_for(kNap);
    }
  }
  void over() { turns_ = 0; }

 private:
  static constexpr unsigned kTurns = 64;
  static constexpr std::chrono::microseconds kNap{50};
  unsigned turns_ = 0;
};

}  // namespace gauntlet
