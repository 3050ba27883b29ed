// SPDX-License-Identifier: BSD-3-Clause
// A list for each death: one whose lock is held for good cannot be used again.
#include "targets/peer/timer/deaths.hpp"

#include <rte_lcore.h>
#include <rte_malloc.h>
#include <rte_timer.h>

#include <array>
#include <atomic>
#include <memory>

#include "targets/peer/as_lcore.hpp"
#include "targets/peer/stepping/hang_watch.hpp"
#include "targets/peer/stepping/stepper.hpp"

namespace gauntlet {
namespace {

constexpr HangLimit kLimit{200'000, 25};

// There before; set by the victim; set by another process afterwards.
constexpr unsigned kOld = 0;
constexpr unsigned kNew = 1;
constexpr unsigned kLater = 2;
constexpr unsigned kTimers = 3;

class Data {
 public:
  Data() : there_(rte_timer_data_alloc(&id_) == 0) {}
  ~Data() {
    if (there_) rte_timer_data_dealloc(id_);
  }
  Data(const Data&) = delete;
  Data& operator=(const Data&) = delete;
  [[nodiscard]] bool there() const { return there_; }
  [[nodiscard]] std::uint32_t id() const { return id_; }

 private:
  std::uint32_t id_ = 0;
  bool there_;
};

// In memory that all processes have, and for good: a list that is locked keeps its timers.
rte_timer* timers() {
  auto* all = static_cast<rte_timer*>(rte_zmalloc(nullptr, kTimers * sizeof(rte_timer), 0));
  for (unsigned i = 0; all != nullptr && i < kTimers; ++i) rte_timer_init(all + i);
  return all;
}

[[gnu::noinline]] int set(std::uint32_t data, rte_timer* tim, unsigned lcore) {
  return rte_timer_alt_reset(data, tim, 0, SINGLE, lcore, nullptr, nullptr);
}

std::atomic<unsigned>& run_old() {
  static std::atomic<unsigned> only{0};
  return only;
}

void look(std::uint32_t data, rte_timer* tims, unsigned lcore, TimerDeath& death) {
  static rte_timer* old = nullptr;
  old = tims + kOld;
  run_old() = 0;
  std::atomic<unsigned> managed{0};
  death.managers_hang = run_or_give_up(kLimit, managed, [&] {
    unsigned poll = lcore;
    rte_timer_alt_manage(data, &poll, 1, [](rte_timer* tim) {
      if (tim == old) ++run_old();
    });
    ++managed;
  });
  death.lost = static_cast<unsigned>(run_old() != 1);
  std::atomic<unsigned> times{0};
  death.setters_hang = run_or_give_up(kLimit, times, [&] {
    set(data, tims + kLater, lcore);
    ++times;
  });
  if (!death.setters_hang.empty()) return;
  std::atomic<unsigned> stopped{0};
  std::atomic<bool> is_free{false};
  run_or_give_up(kLimit, stopped, [&] {
    is_free = rte_timer_alt_stop(data, tims + kNew) == 0;
    ++stopped;
  });
  death.is_free = is_free;
}

}  // namespace

std::optional<std::vector<TimerDeath>> die_inside_timer_list(unsigned every) {
  const AsLcore as_main(rte_get_main_lcore());
  const Data data;
  if (!data.there()) return std::nullopt;
  std::vector<TimerDeath> deaths;
  for (unsigned lcore = 0; lcore < RTE_MAX_LCORE; ++lcore) {
    rte_timer* tims = timers();
    if (tims == nullptr) return std::nullopt;
    set(data.id(), tims + kOld, lcore);
    auto victim = Stepper::fork_at(reinterpret_cast<std::uintptr_t>(set),
                                   [&] { set(data.id(), tims + kNew, lcore); });
    if (!victim) return std::nullopt;
    while (victim->executed() < lcore * every && victim->at() != 0) {
      if (!victim->step()) return std::nullopt;
    }
    TimerDeath death;
    death.at = victim->at();
    death.executed = victim->executed();
    victim.reset();
    look(data.id(), tims, lcore, death);
    deaths.push_back(death);
    if (death.at == 0) return deaths;
  }
  return std::nullopt;
}

}  // namespace gauntlet
