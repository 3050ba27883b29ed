// SPDX-License-Identifier: BSD-3-Clause
// A list for each death: one whose lock is held for good cannot be used again.
#include "targets/peer/timer/deaths.hpp"

#include <rte_lcore.h>
#include <rte_malloc.h>
#include <rte_timer.h>

#include <atomic>

#include "targets/peer/as_lcore.hpp"
#include "targets/peer/stepping/die_at_each.hpp"

namespace gauntlet {
namespace {

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

// The list of one lcore, in which the old timer is pending.
struct List {
  rte_timer* timers;
  unsigned lcore;
};

// Nothing for more lcores than there are.
std::optional<List> list(std::uint32_t data, std::size_t number) {
  const auto lcore = static_cast<unsigned>(number);
  rte_timer* tims = lcore < RTE_MAX_LCORE ? timers() : nullptr;
  if (tims == nullptr) return std::nullopt;
  set(data, tims + kOld, lcore);
  return List{tims, lcore};
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
  death.managers_hang = run_or_give_up(kLong, managed, [&] {
    unsigned poll = lcore;
    rte_timer_alt_manage(data, &poll, 1, [](rte_timer* tim) {
      if (tim == old) ++run_old();
    });
    ++managed;
  });
  death.lost = static_cast<unsigned>(run_old() != 1);
  std::atomic<unsigned> times{0};
  death.setters_hang = run_or_give_up(kLong, times, [&] {
    set(data, tims + kLater, lcore);
    ++times;
  });
  if (!death.setters_hang.empty()) return;
  std::atomic<unsigned> stopped{0};
  std::atomic<bool> is_free{false};
  run_or_give_up(kLong, stopped, [&] {
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
  return die_at_each_anew<TimerDeath>(
      every, reinterpret_cast<std::uintptr_t>(set),
      [&](std::size_t number) { return list(data.id(), number); },
      [&](const std::optional<List>& list) { set(data.id(), list->timers + kNew, list->lcore); },
      [&](const std::optional<List>& list, TimerDeath& death) {
        look(data.id(), list->timers, list->lcore, death);
      });
}

}  // namespace gauntlet
