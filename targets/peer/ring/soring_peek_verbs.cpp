// SPDX-License-Identifier: BSD-3-Clause
// Verbs for the two halves of an enqueue or dequeue on a staged ordered ring.
#include "targets/peer/ring/soring.hpp"

#if GAUNTLET_SORING_PEEK
#include <array>

#include "targets/peer/ring/soring_table.hpp"
#endif
#include "targets/peer/families.hpp"

namespace gauntlet {
#if GAUNTLET_SORING_PEEK
namespace {

using EnqueueStart = std::uint32_t (*)(rte_soring*, std::uint32_t n, std::uint32_t* free_space);
using EnqueueFinish = void (*)(rte_soring*, const void* objs, const void* meta, std::uint32_t n);

void finish(rte_soring* soring, const void* objs, const void* /*meta*/, std::uint32_t n) {
  rte_soring_enqueue_finish(soring, objs, n);
}

constexpr std::array<SoringFunction<EnqueueStart>, 2> kEnqueueStarts = {{
    {"enqueue_bulk_start", rte_soring_enqueue_bulk_start, false},
    {"enqueue_burst_start", rte_soring_enqueue_burst_start, false},
}};

constexpr std::array<SoringFunction<EnqueueFinish>, 2> kEnqueueFinishes = {{
    {"enqueue_finish", finish, false},
    {"enqueux_finish", rte_soring_enqueux_finish, true},
}};

constexpr std::array<SoringFunction<SoringDequeue>, 4> kDequeueStarts = {{
    {"dequeue_bulk_start", soring_take<rte_soring_dequeue_bulk_start>, false},
    {"dequeue_burst_start", soring_take<rte_soring_dequeue_burst_start>, false},
    {"dequeux_bulk_start", rte_soring_dequeux_bulk_start, true},
    {"dequeux_burst_start", rte_soring_dequeux_burst_start, true},
}};

Json enqueue_start(const Call& call, EnqueueStart run) {
  Output free_space(call.command, "free_space");
  const auto ret =
      run(soring_of(call.command), call.command["n"].get<std::uint32_t>(), free_space.pointer());
  return {{"ret", ret}, {"free_space", free_space.told()}};
}

Json enqueue_finish(const Call& call, EnqueueFinish run) {
  SoringGiven given(call);
  run(soring_of(call.command), given.objs(), given.meta(), given.n());
  return Json::object();
}

Json dequeue_finish(const Call& call) {
  rte_soring_dequeue_finish(soring_of(call.command), call.command["n"].get<std::uint32_t>());
  return Json::object();
}

}  // namespace

void add_soring_peek_verbs(Verbs& verbs) {
  const Key n = {"n", Type::kUint32, Need::kRequired};
  for (const auto& each : kEnqueueStarts) {
    verbs.add(std::string("soring_") + each.name,
              {{kSoring, n, {"free_space", Type::kNull}},
               [run = each.run](const Call& call) { return enqueue_start(call, run); },
               soring_refusal});
  }
  for (const auto& each : kEnqueueFinishes) {
    Keys keys = soring_given_keys(each.meta);
    keys.push_back({"objs", Type::kHex, Need::kRequired});
    verbs.add(std::string("soring_") + each.name,
              {keys, [run = each.run](const Call& call) { return enqueue_finish(call, run); },
               soring_given_refusal});
  }
  for (const auto& each : kDequeueStarts) add_soring_dequeue(verbs, each);
  verbs.add("soring_dequeue_finish", {{kSoring, n}, dequeue_finish, soring_refusal});
}
#else
void add_soring_peek_verbs(Verbs& verbs) {
  for (const char* name : {"enqueue_bulk_start", "enqueue_burst_start", "enqueue_finish",
                           "enqueux_finish", "dequeue_bulk_start", "dequeue_burst_start",
                           "dequeux_bulk_start", "dequeux_burst_start", "dequeue_finish"}) {
    verbs.absent(std::string("soring_") + name);
  }
}
#endif

}  // namespace gauntlet
