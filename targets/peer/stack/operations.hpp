// SPDX-License-Identifier: BSD-3-Clause
// Operations on a stack, one a function, and what a process leaves that is killed inside one.
#pragma once

#include <rte_stack.h>

#include <cstdint>
#include <optional>
#include <vector>

namespace gauntlet {

// One operation a function, as an application calls it: the number of objects moved.
using StackOperation = unsigned (*)(rte_stack* stack, void** objs, unsigned n);
unsigned stack_push(rte_stack* stack, void** objs, unsigned n);
unsigned stack_pop(rte_stack* stack, void** objs, unsigned n);

struct StackDeath {
  std::uintptr_t at = 0;  // 0: the operation was over
  unsigned executed = 0;
  std::vector<std::uintptr_t> poppers_hang;  // some instructions at which a pop was seen to spin
  std::vector<std::uintptr_t> pushers_hang;
  unsigned gone = 0;     // objects that nobody has, and nobody can get
  unsigned doubled = 0;  // objects that can be popped twice
  unsigned room = 0;     // objects that a stack which has been emptied takes
};

// A process dies after each instruction of a push, or of a pop, of n objects: what the others find;
// the last one is that where the operation is over. The stack holds `before` objects, is the
// caller's alone, and empty. Nothing where no process can be traced.
std::optional<std::vector<StackDeath>> die_inside_stack(rte_stack* stack, bool pushes, unsigned n,
                                                        unsigned before, bool kill);

}  // namespace gauntlet
