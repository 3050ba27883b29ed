// SPDX-License-Identifier: BSD-3-Clause
// A forked process that goes through one function instruction by instruction.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>

namespace gauntlet {

// A child that is single-stepped, and killed when this object goes away.
class Stepper {
 public:
  // A process that runs `call`, and has stopped at the first instruction of `function`, which
  // `call` must call. Null when ptrace(2) or fork(2) fail.
  static std::unique_ptr<Stepper> fork_at(std::uintptr_t function,
                                          const std::function<void()>& call);
  ~Stepper();
  Stepper(const Stepper&) = delete;
  Stepper& operator=(const Stepper&) = delete;

  // Executes one instruction of the function, or of what it calls; false when it cannot be traced.
  bool step();

  // The instruction that it executes next; 0 once the function has returned.
  [[nodiscard]] std::uintptr_t at() const;
  // The number of instructions that it has executed.
  [[nodiscard]] unsigned executed() const { return executed_; }

 private:
  explicit Stepper(pid_t pid) : pid_(pid) {}
  [[nodiscard]] bool wait_trap() const;
  [[nodiscard]] bool run_to(std::uintptr_t address);
  [[nodiscard]] std::uintptr_t peek(std::size_t offset) const;
  [[nodiscard]] bool poke(int where, std::uintptr_t address, std::uintptr_t value) const;

  pid_t pid_;
  unsigned executed_ = 0;
  std::uintptr_t entry_ = 0;  // the stack pointer at the first instruction
};

}  // namespace gauntlet
