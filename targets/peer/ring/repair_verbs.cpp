// SPDX-License-Identifier: BSD-3-Clause
// Verbs of a death inside a ring and of what may be done then: the process itself dies or stops
// there, others try the ring without hanging for ever, look at it, reset it.
#include <rte_errno.h>
#include <rte_ring.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <mutex>

#include "targets/peer/families.hpp"
#include "targets/peer/ring/known.hpp"
#include "targets/peer/ring/operations.hpp"
#include "targets/peer/room.hpp"
#include "targets/peer/stepping/hang_watch.hpp"
#include "targets/peer/stepping/self_step.hpp"

namespace gauntlet {
namespace {

// As long as ring_deaths gives to what is new.
constexpr HangLimit kHangLimit{200'000, 25};

// The objects first, first + 1, ..., n of them.
std::vector<void*> numbered(const Json& command) {
  std::vector<void*> objs(command["n"].get<std::size_t>());
  auto value = command.value("first", std::uint64_t{1});
  for (auto& each : objs)
    each = reinterpret_cast<void*>(value++);  // NOLINT(performance-no-int-to-ptr)
  return objs;
}

Json told(const std::vector<void*>& objs, unsigned n) {
  Json all = Json::array();
  for (unsigned i = 0; i < std::min<std::size_t>(n, objs.size()); ++i) {
    all.push_back(reinterpret_cast<std::uintptr_t>(objs[i]));
  }
  return all;
}

// It is gone in between two instructions, as by somebody's kill -9; or it stays there until
// released.
Json ring_die_inside(const Call& call) {
  const Json& command = call.command;
  const NamedOperation& operation = *named_operation(command["operation"]);
  rte_ring* ring = ring_of(command);
  auto objs = numbered(command);
  const auto n = static_cast<unsigned>(objs.size());
  const bool stays = command.value("stay", false);
  unsigned ret = 0;
  const bool met = interrupt_inside(
      reinterpret_cast<std::uintptr_t>(operation.run), command["executed"].get<unsigned>(),
      [&] { ret = operation.run(ring, objs.data(), n); },
      [&call, stays] {
        if (!stays) kill(getpid(), SIGKILL);
        call.control.event("inside", {});
        call.job.wait_for_release();
      });
  return {{"ret", ret}, {"inside", met}, {"objs", told(objs, operation.enqueues ? 0 : ret)}};
}

// One operation; given up, where it has got, when it makes no progress.
Json ring_try(const Call& call) {
  static std::mutex one_at_a_time;
  const std::lock_guard<std::mutex> lock(one_at_a_time);
  const NamedOperation& operation = *named_operation(call.command["operation"]);
  rte_ring* ring = ring_of(call.command);
  auto objs = numbered(call.command);
  std::atomic<unsigned> progress{0};
  unsigned ret = 0;
  const auto hung = run_or_give_up(kHangLimit, progress, [&] {
    ret = operation.run(ring, objs.data(), static_cast<unsigned>(objs.size()));
  });
  if (!hung.empty()) return {{"hangs", true}, {"ret", nullptr}, {"objs", Json::array()}};
  return {{"hangs", false}, {"ret", ret}, {"objs", told(objs, operation.enqueues ? 0 : ret)}};
}

// With "executed" it stays inside of rte_ring_reset after so many instructions, until released.
Json ring_reset(const Call& call) {
  rte_ring* ring = ring_of(call.command);
  if (!call.command.contains("executed")) {
    rte_ring_reset(ring);
    return {{"inside", false}};
  }
  const bool met = interrupt_inside(
      reinterpret_cast<std::uintptr_t>(rte_ring_reset), call.command["executed"].get<unsigned>(),
      [ring] { rte_ring_reset(ring); },
      [&call] {
        call.control.event("inside", {});
        call.job.wait_for_release();
      });
  return {{"inside", met}};
}

std::optional<std::string> refused(const Json& command) {
  if (auto why = operation_refusal(command)) return why;
  if (auto why = room_refusal(command, "n", sizeof(void*))) return why;
  return ring_refusal(command);
}

}  // namespace

void add_ring_repair_verbs(Verbs& verbs) {
  const Key operation = {"operation", Type::kString, Need::kRequired};
  const Key n = {"n", Type::kUnsigned, Need::kRequired};
  const Key first = {"first", Type::kUint64};
  verbs.add("ring_die_inside", {{kRing,
                                 operation,
                                 n,
                                 first,
                                 {"executed", Type::kUnsigned, Need::kRequired},
                                 {"stay", Type::kBool}},
                                ring_die_inside,
                                refused});
  verbs.add("ring_try", {{kRing, operation, n, first}, ring_try, refused});
  verbs.add("ring_reset", {{kRing, {"executed", Type::kUnsigned}}, ring_reset, ring_refusal});
}

}  // namespace gauntlet
