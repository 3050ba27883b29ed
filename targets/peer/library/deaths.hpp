// SPDX-License-Identifier: BSD-3-Clause
// A process is killed inside an addition to an object of a library: what others find there.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "targets/peer/library/library.hpp"

namespace gauntlet {

struct LibraryDeath {
  std::uintptr_t at = 0;  // 0: the addition was over
  unsigned executed = 0;
  std::vector<std::uintptr_t>
      readers_hang;  // some instructions at which a look-up was seen to spin
  std::vector<std::uintptr_t> writers_hang;  // the same of an addition of another number
  unsigned lost = 0;                         // numbers that were there before, and are not found
  unsigned wrong = 0;                        // numbers that are found with another one's value
  // Whether the number that was being added is found afterwards, when a successor has added it
  // again.
  bool mended = false;
};

// A process is killed after each `every`-th instruction of the addition of a number. The last death
// is that where the addition is over. Each has an object of its own, whose name begins with `name`.
// Nothing where no process can be traced, or no object can be made.
std::optional<std::vector<LibraryDeath>> die_inside_library(const Library& library,
                                                            const std::string& name,
                                                            unsigned every);

}  // namespace gauntlet
