// SPDX-License-Identifier: BSD-3-Clause
// The two hot loops that put objects into a ring and take them out, and write down what they moved.
#include <rte_ring.h>
#include <sched.h>

#include <algorithm>
#include <vector>

#include "targets/peer/families.hpp"
#include "targets/peer/ring/history.hpp"
#include "targets/peer/ring/known.hpp"
#include "targets/peer/room.hpp"

namespace gauntlet {
namespace {

// Objects are as large as pointers.
void** as_objects(std::vector<std::uint64_t>& objs) {
  return reinterpret_cast<void**>(objs.data());
}

Json ring_produce(const Call& call) {
  rte_ring* ring = ring_of(call.command);
  const auto count = call.command["count"].get<std::uint64_t>();
  const auto burst = call.command["burst"].get<std::uint64_t>();
  const auto producer = call.command["producer"].get<std::uint64_t>() << kProducerShift;
  std::vector<std::uint64_t> objs(burst);
  History history;
  std::uint64_t found_full = 0;
  while (history.moved() < count && !call.job.stopped()) {
    const auto n = static_cast<unsigned>(std::min<std::uint64_t>(burst, count - history.moved()));
    for (unsigned i = 0; i < n; ++i) objs[i] = producer | (history.moved() + i);
    const unsigned put = history.add(
        objs, n, [&] { return rte_ring_enqueue_burst(ring, as_objects(objs), n, nullptr); });
    if (put == 0) {
      ++found_full;
      sched_yield();  // There may be more processes than cores.
    }
  }
  Json answer = written(history, call.command);
  answer["found_full"] = found_full;
  return answer;
}

Json ring_consume(const Call& call) {
  rte_ring* ring = ring_of(call.command);
  const auto burst = call.command["burst"].get<std::uint64_t>();
  const auto most = call.command["count"].get<std::uint64_t>();
  std::vector<std::uint64_t> objs(burst);
  History history;
  while (history.moved() < most) {
    // Read before the dequeue: what was put in before "stop" must still be found.
    const bool last = call.job.stopped();
    const auto n = static_cast<unsigned>(std::min<std::uint64_t>(burst, most - history.moved()));
    const unsigned took = history.add(
        objs, n, [&] { return rte_ring_dequeue_burst(ring, as_objects(objs), n, nullptr); });
    if (took == 0 && last) break;
    if (took == 0) sched_yield();
  }
  return written(history, call.command);
}

std::optional<std::string> loop_refusal(const Json& command) {
  if (command["burst"] == 0) return "burst is 0; it must be 1 or more";
  if (auto why = room_refusal(command, "burst", sizeof(void*))) return why;
  return ring_refusal(command);
}

}  // namespace

void add_ring_loop_verbs(Verbs& verbs) {
  Keys keys = {kRing,
               {"burst", Type::kUnsigned, Need::kRequired},
               {"count", Type::kCount, Need::kRequired},
               {"path", Type::kString, Need::kRequired}};
  verbs.add("ring_consume", {keys, ring_consume, loop_refusal});
  keys.push_back({"producer", Type::kUint16, Need::kRequired});
  verbs.add("ring_produce", {keys, ring_produce, loop_refusal});
}

}  // namespace gauntlet
