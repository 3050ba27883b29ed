// SPDX-License-Identifier: BSD-3-Clause
// The processor's trap flag raises SIGTRAP after each instruction: its handler counts them.
#include "targets/peer/stepping/self_step.hpp"

#include <ucontext.h>

#include <csignal>

namespace gauntlet {
namespace {

constexpr greg_t kTrapFlag = 0x100;

// What the signal handler must reach; C hands it nothing of ours.
struct Steps {
  std::uintptr_t entry;
  unsigned wanted;
  const std::function<void()>* at_last;
  unsigned counted;
  std::uintptr_t stack;  // the stack pointer at the function's first instruction; 0 before that
  bool reached;
  bool armed;
};
Steps steps;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

void trapped(int /*signal*/, siginfo_t* /*info*/, void* context) {
  auto& regs = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
  if (!steps.armed) {
    regs[REG_EFL] &= ~kTrapFlag;
    return;
  }
  regs[REG_EFL] |= kTrapFlag;
  if (steps.stack == 0) {
    if (static_cast<std::uintptr_t>(regs[REG_RIP]) != steps.entry) return;
    steps.stack = static_cast<std::uintptr_t>(regs[REG_RSP]);
  } else {
    ++steps.counted;
  }
  // Returning takes the address off the stack that the call had pushed.
  const bool over = static_cast<std::uintptr_t>(regs[REG_RSP]) > steps.stack;
  if (!over && steps.counted < steps.wanted) return;
  regs[REG_EFL] &= ~kTrapFlag;
  steps.armed = false;
  steps.reached = !over;
  if (steps.reached) (*steps.at_last)();
}

}  // namespace

bool interrupt_inside(std::uintptr_t function, unsigned executed, const std::function<void()>& call,
                      const std::function<void()>& there) {
  struct sigaction action = {};
  action.sa_sigaction = trapped;
  action.sa_flags = SA_SIGINFO;
  struct sigaction before = {};
  sigaction(SIGTRAP, &action, &before);
  steps.entry = function;
  steps.wanted = executed;
  steps.at_last = &there;
  steps.counted = 0;
  steps.stack = 0;
  steps.reached = false;
  steps.armed = true;
  raise(SIGTRAP);
  call();
  if (steps.armed) {
    // Never called: the next trap takes the flag away.
    steps.armed = false;
    raise(SIGTRAP);
  }
  sigaction(SIGTRAP, &before, nullptr);
  return steps.reached;
}

}  // namespace gauntlet
