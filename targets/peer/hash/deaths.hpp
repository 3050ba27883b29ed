// SPDX-License-Identifier: BSD-3-Clause
// What a process leaves of a hash table that is killed inside a change of it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace gauntlet {

struct HashDeath {
  std::uintptr_t at = 0;  // 0: the operation was over
  unsigned executed = 0;
  std::vector<std::uintptr_t>
      readers_hang;  // some instructions at which a look-up was seen to spin
  std::vector<std::uintptr_t> writers_hang;  // the same of an addition of another key
  unsigned lost = 0;   // keys that were there before, and are not found any more
  unsigned wrong = 0;  // keys that are found with data that nobody gave them
};

// A process is killed after each `every`-th instruction of rte_hash_add_key_with_hash_data of a
// key, or of rte_hash_del_key_with_hash of one: what the others find. The last one is that where
// the operation is over. Each has a table of its own, with these extra_flag, under the name that is
// given. Nothing where no process can be traced, or no table can be made.
std::optional<std::vector<HashDeath>> die_inside_table(const char* name, std::uint8_t extra_flag,
                                                       bool deletes, unsigned every);

}  // namespace gauntlet
