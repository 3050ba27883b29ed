// SPDX-License-Identifier: BSD-3-Clause
// Single steps by ptrace(2), of a child that stops itself before the call.
#include "targets/peer/stepping/stepper.hpp"

#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstddef>

namespace gauntlet {

std::unique_ptr<Stepper> Stepper::fork_at(std::uintptr_t function,
                                          const std::function<void()>& call) {
  const pid_t pid = fork();
  if (pid < 0) return nullptr;
  if (pid == 0) {
    if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) _exit(1);
    raise(SIGTRAP);
    call();
    _exit(0);
  }
  std::unique_ptr<Stepper> child(new Stepper(pid));
  if (!child->wait_trap() || !child->run_to(function)) return nullptr;
  child->entry_ = child->peek(offsetof(user, regs.rsp));
  return child;
}

Stepper::~Stepper() {
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, __WALL);
}

bool Stepper::step() {
  if (ptrace(PTRACE_SINGLESTEP, pid_, nullptr, nullptr) != 0 || !wait_trap()) return false;
  ++executed_;
  return true;
}

std::uintptr_t Stepper::at() const {
  // Returning takes the address off the stack that the call had pushed.
  if (peek(offsetof(user, regs.rsp)) > entry_) return 0;
  return peek(offsetof(user, regs.rip));
}

bool Stepper::wait_trap() const {
  int status = 0;
  return waitpid(pid_, &status, __WALL) == pid_ && WIFSTOPPED(status) &&
         WSTOPSIG(status) == SIGTRAP;
}

// By a breakpoint: its code is its own copy.
bool Stepper::run_to(std::uintptr_t address) {
  constexpr std::uintptr_t kBreakpoint = 0xcc;
  constexpr std::uintptr_t kFirstByte = 0xff;
  errno = 0;
  const auto code = static_cast<std::uintptr_t>(ptrace(PTRACE_PEEKTEXT, pid_, address, nullptr));
  // NOLINTBEGIN(readability-suspicious-call-argument): the instruction pointer is a value, too.
  return errno == 0 && poke(PTRACE_POKETEXT, address, (code & ~kFirstByte) | kBreakpoint) &&
         ptrace(PTRACE_CONT, pid_, nullptr, nullptr) == 0 && wait_trap() &&
         peek(offsetof(user, regs.rip)) == address + 1 && poke(PTRACE_POKETEXT, address, code) &&
         poke(PTRACE_POKEUSER, offsetof(user, regs.rip), address);
  // NOLINTEND(readability-suspicious-call-argument)
}

std::uintptr_t Stepper::peek(std::size_t offset) const {
  return static_cast<std::uintptr_t>(ptrace(PTRACE_PEEKUSER, pid_, offset, nullptr));
}

bool Stepper::poke(int where, std::uintptr_t address, std::uintptr_t value) const {
  return ptrace(static_cast<__ptrace_request>(where), pid_, address, value) == 0;
}

}  // namespace gauntlet
