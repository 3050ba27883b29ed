// SPDX-License-Identifier: BSD-3-Clause
// A process is killed while it sets a timer: what others find in the list, and of the timer.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace gauntlet {

struct TimerDeath {
  std::uintptr_t at = 0;  // 0: the operation was over
  unsigned executed = 0;
  // Some instructions at which a call of another process was seen to spin.
  std::vector<std::uintptr_t> setters_hang;   // that sets another timer of the list
  std::vector<std::uintptr_t> managers_hang;  // that runs the timers of the list
  bool is_free = false;  // whether another process can stop the dead one's timer
  unsigned lost = 0;     // timers that were pending before, and are not run
};

// A process is killed after each `every`-th instruction of rte_timer_alt_reset of a timer, in the
// list of an lcore of its own for each death. The last one is that where the operation is over.
// Nothing where no process can be traced, there is no instance of timer data, or there are not
// enough lcores.
std::optional<std::vector<TimerDeath>> die_inside_timer_list(unsigned every);

}  // namespace gauntlet
