// SPDX-License-Identifier: BSD-3-Clause
// Verbs that put objects into a staged ordered ring, take them through its stages, and out of it.
#include "targets/peer/ring/soring.hpp"

#if GAUNTLET_SORING
#include <array>

#include "targets/peer/ring/soring_table.hpp"
#endif
#include "targets/peer/families.hpp"

namespace gauntlet {
#if GAUNTLET_SORING
namespace {

// All of them, as those with metadata are; the others do not look at it.
using Enqueue = std::uint32_t (*)(rte_soring*, const void* objs, const void* meta, std::uint32_t n,
                                  std::uint32_t* free_space);
using Acquire = std::uint32_t (*)(rte_soring*, void* objs, void* meta, std::uint32_t stage,
                                  std::uint32_t num, std::uint32_t* ftoken,
                                  std::uint32_t* available);
using Release = void (*)(rte_soring*, const void* objs, const void* meta, std::uint32_t stage,
                         std::uint32_t n, std::uint32_t ftoken);

template <std::uint32_t (*kRun)(rte_soring*, const void*, std::uint32_t, std::uint32_t*)>
std::uint32_t put(rte_soring* soring, const void* objs, const void* /*meta*/, std::uint32_t n,
                  std::uint32_t* space) {
  return kRun(soring, objs, n, space);
}

template <std::uint32_t (*kRun)(rte_soring*, void*, std::uint32_t, std::uint32_t, std::uint32_t*,
                                std::uint32_t*)>
std::uint32_t begin(rte_soring* soring, void* objs, void* /*meta*/, std::uint32_t stage,
                    std::uint32_t num, std::uint32_t* ftoken, std::uint32_t* left) {
  return kRun(soring, objs, stage, num, ftoken, left);
}

template <void (*kRun)(rte_soring*, const void*, std::uint32_t, std::uint32_t, std::uint32_t)>
void end(rte_soring* soring, const void* objs, const void* /*meta*/, std::uint32_t stage,
         std::uint32_t n, std::uint32_t ftoken) {
  kRun(soring, objs, stage, n, ftoken);
}

constexpr std::array<SoringFunction<Enqueue>, 4> kEnqueues = {{
    {"enqueue_bulk", put<rte_soring_enqueue_bulk>, false},
    {"enqueue_burst", put<rte_soring_enqueue_burst>, false},
    {"enqueux_bulk", rte_soring_enqueux_bulk, true},
    {"enqueux_burst", rte_soring_enqueux_burst, true},
}};

constexpr std::array<SoringFunction<SoringDequeue>, 4> kDequeues = {{
    {"dequeue_bulk", soring_take<rte_soring_dequeue_bulk>, false},
    {"dequeue_burst", soring_take<rte_soring_dequeue_burst>, false},
    {"dequeux_bulk", rte_soring_dequeux_bulk, true},
    {"dequeux_burst", rte_soring_dequeux_burst, true},
}};

constexpr std::array<SoringFunction<Acquire>, 4> kAcquires = {{
    {"acquire_bulk", begin<rte_soring_acquire_bulk>, false},
    {"acquire_burst", begin<rte_soring_acquire_burst>, false},
    {"acquirx_bulk", rte_soring_acquirx_bulk, true},
    {"acquirx_burst", rte_soring_acquirx_burst, true},
}};

constexpr std::array<SoringFunction<Release>, 2> kReleases = {{
    {"release", end<rte_soring_release>, false},
    {"releasx", rte_soring_releasx, true},
}};

Json enqueue(const Call& call, Enqueue run) {
  SoringGiven given(call);
  Output free_space(call.command, "free_space");
  const auto ret =
      run(soring_of(call.command), given.objs(), given.meta(), given.n(), free_space.pointer());
  return {{"ret", ret}, {"free_space", free_space.told()}};
}

Json acquire(const Call& call, Acquire run, bool meta) {
  const Json& command = call.command;
  SoringWanted wanted(call, meta);
  Output ftoken(Json::object(), "ftoken");
  Output available(command, "available");
  Json answer = wanted.told(
      run(soring_of(command), wanted.objs(), wanted.meta(), command["stage"].get<std::uint32_t>(),
          command["num"].get<std::uint32_t>(), ftoken.pointer(), available.pointer()));
  answer["ftoken"] = ftoken.told();
  answer["available"] = available.told();
  return answer;
}

Json release(const Call& call, Release run) {
  SoringGiven given(call);
  run(soring_of(call.command), given.objs(), given.meta(),
      call.command["stage"].get<std::uint32_t>(), given.n(),
      call.command["ftoken"].get<std::uint32_t>());
  return Json::object();
}

// DPDK looks at no stage that a soring does not have: a stage is memory behind the others.
const Key kStage = {"stage", Type::kUint32, Need::kRequired};

}  // namespace

void add_soring_move_verbs(Verbs& verbs) {
  for (const auto& each : kEnqueues) {
    Keys keys = soring_given_keys(each.meta);
    keys.push_back({"objs", Type::kHex, Need::kRequired});
    keys.push_back({"free_space", Type::kNull});
    verbs.add(std::string("soring_") + each.name,
              {keys, [run = each.run](const Call& call) { return enqueue(call, run); },
               soring_given_refusal});
  }
  for (const auto& each : kDequeues) add_soring_dequeue(verbs, each);
  for (const auto& each : kAcquires) {
    Keys keys = soring_wanted_keys(each.meta);
    keys.push_back(kStage);
    verbs.add(std::string("soring_") + each.name,
              {keys, [each](const Call& call) { return acquire(call, each.run, each.meta); },
               soring_wanted_refusal});
  }
  for (const auto& each : kReleases) {
    Keys keys = soring_given_keys(each.meta);
    keys.insert(keys.end(), {{"objs", Type::kHex, Need::kRequired, Null::kAllowed},
                             {"n", Type::kUint32, Need::kRequired},
                             {"ftoken", Type::kUint32, Need::kRequired},
                             kStage});
    verbs.add(std::string("soring_") + each.name,
              {keys, [run = each.run](const Call& call) { return release(call, run); },
               soring_given_refusal});
  }
}
#else
void add_soring_move_verbs(Verbs& verbs) {
  for (const char* name : {"enqueue", "enqueux", "dequeue", "dequeux", "acquire", "acquirx"}) {
    verbs.absent(std::string("soring_") + name + "_bulk");
    verbs.absent(std::string("soring_") + name + "_burst");
  }
  verbs.absent("soring_release");
  verbs.absent("soring_releasx");
}
#endif

}  // namespace gauntlet
