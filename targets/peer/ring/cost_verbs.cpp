// SPDX-License-Identifier: BSD-3-Clause
// Verbs that count what a ring costs, in cycles of the time-stamp counter: hot loops, and only
// their summary goes out.
#include <rte_cycles.h>
#include <rte_pause.h>
#include <rte_ring.h>
#include <sched.h>
#include <sys/resource.h>

#include <algorithm>
#include <vector>

#include "targets/peer/families.hpp"

namespace gauntlet {
namespace {

bool run_on(unsigned cpu) {
  if (cpu >= CPU_SETSIZE) return false;
  cpu_set_t only;
  CPU_ZERO(&only);
  CPU_SET(cpu, &only);
  return sched_setaffinity(0, sizeof(only), &only) == 0;
}

long preemptions() {
  rusage now{};
  getrusage(RUSAGE_THREAD, &now);
  return now.ru_nivcsw;
}

// A loop as it was told: so many slices of so many objects each, n objects a call.
struct Loop {
  explicit Loop(const Json& command)
      : n(command["n"].get<unsigned>()),
        slices(command["slices"].get<unsigned>()),
        calls(command["objects"].get<unsigned>() / n),
        yields(command.value("yield", false)),
        objs(n) {}

  void wait() const {
    if (yields) {
      sched_yield();
    } else {
      rte_pause();
    }
  }

  // Runs `move`, which moves n objects or none, until all slices are through; cycles an object,
  // slice by slice. The clock starts when the first call has moved its objects.
  template <typename Move>
  Json timed(const Job& job, Move move) {
    const auto through = [&] {
      while (move() == 0 && !job.stopped()) wait();
    };
    std::vector<double> cycles;
    cycles.reserve(slices);
    through();
    const long before = preemptions();
    for (unsigned slice = 0; slice < slices && !job.stopped(); ++slice) {
      const unsigned todo = slice == 0 ? calls - 1 : calls;
      const auto begin = rte_rdtsc_precise();
      for (unsigned i = 0; i < todo; ++i) through();
      const auto took = static_cast<double>(rte_rdtsc_precise() - begin);
      cycles.push_back(took / (static_cast<double>(std::max(todo, 1U)) * n));
    }
    return {{"ret", 0}, {"cycles", cycles}, {"preempted", preemptions() - before}};
  }

  unsigned n;
  unsigned slices;
  unsigned calls;
  bool yields;
  std::vector<void*> objs;
};

template <typename Timed>
Json on_ring(const Call& call, Timed timed) {
  rte_ring* ring = rte_ring_lookup(call.command["name"].get_ref<const std::string&>().c_str());
  if (ring == nullptr) return {{"ret", -1}, {"why", "a ring of that name does not exist"}};
  if (!run_on(call.command["cpu"].get<unsigned>())) {
    return {{"ret", -1}, {"why", "this process may not run on that CPU"}};
  }
  Loop loop(call.command);
  return timed(ring, loop);
}

// As an application does it: there are functions for one object.
[[gnu::always_inline]] inline unsigned put(rte_ring* ring, Loop& loop) {
  if (loop.n == 1) return rte_ring_enqueue(ring, loop.objs[0]) == 0 ? 1 : 0;
  return rte_ring_enqueue_bulk(ring, loop.objs.data(), loop.n, nullptr);
}

[[gnu::always_inline]] inline unsigned take(rte_ring* ring, Loop& loop) {
  if (loop.n == 1) return rte_ring_dequeue(ring, loop.objs.data()) == 0 ? 1 : 0;
  return rte_ring_dequeue_bulk(ring, loop.objs.data(), loop.n, nullptr);
}

Json enqueue_timed(const Call& call) {
  return on_ring(call, [&](rte_ring* ring, Loop& loop) {
    return loop.timed(call.job, [&] { return put(ring, loop); });
  });
}

// It says when it is there, and waits for the first objects.
Json dequeue_timed(const Call& call) {
  return on_ring(call, [&](rte_ring* ring, Loop& loop) {
    call.control.event("measuring", {{"of", call.command["id"]}});
    return loop.timed(call.job, [&] { return take(ring, loop); });
  });
}

// In and out again, by one process, which nobody disturbs.
Json both_timed(const Call& call) {
  return on_ring(call, [&](rte_ring* ring, Loop& loop) {
    return loop.timed(call.job, [&] {
      put(ring, loop);
      return take(ring, loop);
    });
  });
}

constexpr std::uint64_t kMost = 1U << 24U;

std::optional<std::string> loop_refusal(const Json& command) {
  for (const char* key : {"n", "objects", "slices"}) {
    const auto value = command[key].get<std::uint64_t>();
    if (value < 1 || value > kMost) {
      return std::string(key) + " is " + std::to_string(value) + "; it must be 1 to " +
             std::to_string(kMost);
    }
  }
  if (command["objects"].get<unsigned>() % command["n"].get<unsigned>() == 0) return std::nullopt;
  return "objects is " + command["objects"].dump() + "; it must be a multiple of n, " +
         command["n"].dump();
}

}  // namespace

void add_ring_cost_verbs(Verbs& verbs) {
  const Keys keys = {
      {"name", Type::kString, Need::kRequired},      {"n", Type::kUnsigned, Need::kRequired},
      {"objects", Type::kUnsigned, Need::kRequired}, {"slices", Type::kUnsigned, Need::kRequired},
      {"cpu", Type::kUnsigned, Need::kRequired},     {"yield", Type::kBool}};
  verbs.add("ring_enqueue_timed", {keys, enqueue_timed, loop_refusal});
  verbs.add("ring_dequeue_timed", {keys, dequeue_timed, loop_refusal});
  verbs.add("ring_both_timed", {keys, both_timed, loop_refusal});
}

}  // namespace gauntlet
