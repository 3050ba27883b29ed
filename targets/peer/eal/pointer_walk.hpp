// SPDX-License-Identifier: BSD-3-Clause
// Which words of an object in shared memory are addresses that only this process knows.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace gauntlet {

// A word that points into a private mapping of this process: its code, or its memory.
struct PrivatePointer {
  std::size_t offset = 0;  // from the beginning of its block
  bool code = false;
  std::string object;    // the file of the mapping, "" for memory without one
  std::string function;  // if one that is exported begins there
};

struct PointerWalk {
  std::size_t blocks = 0;  // of the shared heap
  std::size_t bytes = 0;
  std::vector<PrivatePointer> found;
};

// Walks through the block of DPDK's heap at `root`, and all blocks that are reached from there.
// Nothing where there is no such block. The object is at rest: nobody changes it meanwhile.
PointerWalk walk_pointers(const void* root);

}  // namespace gauntlet
