// SPDX-License-Identifier: BSD-3-Clause
// The hot loops of those who share a staged ordered ring: who puts in, who works in a stage, who
// takes out.
#include "targets/peer/ring/soring.hpp"

#if GAUNTLET_SORING
#include <sched.h>

#include <algorithm>
#include <vector>

#include "targets/peer/ring/history.hpp"
#include "targets/peer/room.hpp"
#endif
#include "targets/peer/families.hpp"

namespace gauntlet {
#if GAUNTLET_SORING
namespace {

// The metadata of an object: the number of stages that it has passed.
using Passed = std::uint32_t;

unsigned next_burst(const Json& command, std::uint64_t left) {
  return static_cast<unsigned>(std::min(command["burst"].get<std::uint64_t>(), left));
}

Json soring_produce(const Call& call) {
  const Json& command = call.command;
  rte_soring* soring = soring_of(command);
  const auto count = command["count"].get<std::uint64_t>();
  const auto producer = command["producer"].get<std::uint64_t>() << kProducerShift;
  std::vector<std::uint64_t> objs(next_burst(command, count));
  const std::vector<Passed> passed(objs.size());
  History history;
  while (history.moved() < count && !call.job.stopped()) {
    const unsigned n = next_burst(command, count - history.moved());
    for (unsigned i = 0; i < n; ++i) objs[i] = producer | (history.moved() + i);
    const unsigned put = history.add(objs, n, [&] {
      return rte_soring_enqueux_burst(soring, objs.data(), passed.data(), n, nullptr);
    });
    if (put == 0) sched_yield();  // There may be more processes than cores.
  }
  return written(history, command);
}

// Until it is told to stop.
Json soring_work(const Call& call) {
  const Json& command = call.command;
  rte_soring* soring = soring_of(command);
  const auto stage = command["stage"].get<std::uint32_t>();
  const auto burst = command["burst"].get<unsigned>();
  std::vector<std::uint64_t> objs(burst);
  std::vector<Passed> passed(burst);
  std::uint64_t worked = 0;
  std::uint64_t wrong = 0;
  while (!call.job.stopped()) {
    std::uint32_t ftoken = 0;
    const unsigned n = rte_soring_acquirx_burst(soring, objs.data(), passed.data(), stage, burst,
                                                &ftoken, nullptr);
    if (n == 0) {
      sched_yield();
      continue;
    }
    for (unsigned i = 0; i < n; ++i) wrong += static_cast<std::uint64_t>(passed[i]++ != stage);
    rte_soring_releasx(soring, nullptr, passed.data(), stage, n, ftoken);
    worked += n;
  }
  return {{"ret", worked}, {"wrong", wrong}};
}

Json soring_consume(const Call& call) {
  const Json& command = call.command;
  rte_soring* soring = soring_of(command);
  const auto count = command["count"].get<std::uint64_t>();
  const auto stages = command["stages"].get<std::uint32_t>();
  std::vector<std::uint64_t> objs(next_burst(command, count));
  std::vector<Passed> passed(objs.size());
  History history;
  std::uint64_t wrong = 0;
  while (history.moved() < count && !call.job.stopped()) {
    const unsigned n = next_burst(command, count - history.moved());
    const unsigned took = history.add(objs, n, [&] {
      return rte_soring_dequeux_burst(soring, objs.data(), passed.data(), n, nullptr);
    });
    if (took == 0) sched_yield();
    wrong += static_cast<std::uint64_t>(took -
                                        std::count(passed.begin(), passed.begin() + took, stages));
  }
  Json answer = written(history, command);
  answer["wrong"] = wrong;
  return answer;
}

std::optional<std::string> loop_refusal(const Json& command) {
  if (command["burst"] == 0) return "burst is 0; it must be 1 or more";
  if (auto why = room_refusal(command, "burst", sizeof(std::uint64_t))) return why;
  if (auto why = soring_refusal(command)) return why;
  const SoringSizes sizes = sizes_of(command);
  if (sizes.elem == sizeof(std::uint64_t) && sizes.meta == sizeof(Passed)) return std::nullopt;
  return "objects have 8 bytes here, and metadata 4";
}

}  // namespace

void add_soring_loop_verbs(Verbs& verbs) {
  const Key burst = {"burst", Type::kUnsigned, Need::kRequired};
  const Key count = {"count", Type::kCount, Need::kRequired};
  const Key path = {"path", Type::kString, Need::kRequired};
  const Key producer = {"producer", Type::kUint16, Need::kRequired};
  const Key stage = {"stage", Type::kUint32, Need::kRequired};
  const Key stages = {"stages", Type::kUint32, Need::kRequired};
  verbs.add("soring_produce",
            {{kSoring, burst, count, path, producer}, soring_produce, loop_refusal});
  verbs.add("soring_work", {{kSoring, burst, stage}, soring_work, loop_refusal});
  verbs.add("soring_consume",
            {{kSoring, burst, count, path, stages}, soring_consume, loop_refusal});
}
#else
void add_soring_loop_verbs(Verbs& verbs) {
  verbs.absent("soring_produce", "rte_soring_enqueux_burst");
  verbs.absent("soring_work", "rte_soring_acquirx_burst");
  verbs.absent("soring_consume", "rte_soring_dequeux_burst");
}
#endif

}  // namespace gauntlet
