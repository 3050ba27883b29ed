// SPDX-License-Identifier: BSD-3-Clause
// A process dies at each instruction of one operation; others look what it has left, each time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "targets/peer/stepping/hang_watch.hpp"
#include "targets/peer/stepping/stepper.hpp"

namespace gauntlet {

// An operation takes well under a microsecond. What was so at the instruction before is believed
// soon; what is new is looked at for longer, as a busy hypervisor's time may be counted as ours.
inline constexpr HangLimit kShort{100'000, 5};
inline constexpr HangLimit kLong{200'000, 25};

// The points of an operation: after how many instructions.
struct Points {
  unsigned first = 0;
  unsigned every = 1;
  // true: a process is forked and killed for each. false: one process is stopped at each, and what
  // is shared is put back as it was before it goes on: to the others, one that is stopped for good
  // is dead.
  bool kill = false;
};

// The operation that is walked through: `function`, which `call` calls.
struct Operation {
  std::uintptr_t function;
  std::function<void()> call;
};

// How a process dies that has come to a point of its operation, or to the end. Nothing where it
// cannot be traced.
template <typename Death>
std::optional<Death> walk_to(Stepper& victim, unsigned point) {
  while (victim.executed() < point && victim.at() != 0) {
    if (!victim.step()) return std::nullopt;
  }
  Death death;
  death.at = victim.at();
  death.executed = victim.executed();
  return death;
}

// Death: has `at`, the next instruction, 0 when the operation was over, and `executed`.
// set_up()          makes what is shared as it is before the operation;
// snapshot()        what has a restore() to put it back as it is now;
// look(d, limit) lets others go on, and notes in `d` what they find;
// alike(d, before)  whether the same operations hang as did at the point before.
// The last death is that where the operation is over. Nothing where no process can be traced.
template <typename Death, typename SetUp, typename Snapshot, typename Look, typename Alike>
std::optional<std::vector<Death>> die_at_each(const Points& points, const Operation& operation,
                                              SetUp set_up, Snapshot snapshot, Look look,
                                              Alike alike) {
  std::vector<Death> deaths;
  std::unique_ptr<Stepper> victim;
  for (unsigned point = points.first;; point += points.every) {
    if (!victim) {
      set_up();
      victim = Stepper::fork_at(operation.function, operation.call);
      if (!victim) return std::nullopt;
    }
    auto death = walk_to<Death>(*victim, point);
    if (!death) return std::nullopt;
    if (points.kill) victim.reset();
    const auto before = snapshot();
    look(*death, kShort);
    before.restore();
    if (!alike(*death, deaths.empty() ? Death{} : deaths.back())) {
      look(*death, kLong);
      before.restore();
    }
    deaths.push_back(*death);
    if (death->at == 0) return deaths;
  }
}

// The same of what is DPDK's own, and cannot be put back from outside: each death has a thing of
// its own, and is one of a process that is killed. make(n)         has the thing of the n-th death:
// nothing (null) where it cannot be made; operate(thing)  is the operation, which calls `function`;
// look(thing, d)  lets others go on, and notes in `d` what they find.
template <typename Death, typename Make, typename Operate, typename Look>
std::optional<std::vector<Death>> die_at_each_anew(unsigned every, std::uintptr_t function,
                                                   Make make, Operate operate, Look look) {
  std::vector<Death> deaths;
  for (unsigned point = 0;; point += every) {
    auto thing = make(deaths.size());
    if (!thing) return std::nullopt;
    auto victim = Stepper::fork_at(function, [&] { operate(thing); });
    if (!victim) return std::nullopt;
    auto death = walk_to<Death>(*victim, point);
    if (!death) return std::nullopt;
    victim.reset();
    look(thing, *death);
    deaths.push_back(*death);
    if (death->at == 0) return deaths;
  }
}

}  // namespace gauntlet
