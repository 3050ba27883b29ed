// SPDX-License-Identifier: BSD-3-Clause
// The verb that kills a process at each instruction of one operation on a staged ordered ring.
#include "targets/peer/ring/soring.hpp"

#if GAUNTLET_SORING
#include <algorithm>
#include <map>

#include "targets/peer/ring/soring_deaths.hpp"
#include "targets/peer/stepping/code_address.hpp"
#include "targets/peer/stepping/deaths_answer.hpp"
#endif
#include "targets/peer/families.hpp"

namespace gauntlet {
#if GAUNTLET_SORING
namespace {

const std::map<std::string, SoringOperation> kOperations = {{"enqueue", SoringOperation::kEnqueue},
                                                            {"dequeue", SoringOperation::kDequeue},
                                                            {"acquire", SoringOperation::kAcquire},
                                                            {"release", SoringOperation::kRelease}};

const std::map<std::string, SoringRepair> kRepairs = {{"none", SoringRepair::kNone},
                                                      {"release", SoringRepair::kRelease},
                                                      {"init", SoringRepair::kInit}};

// What is put into a table of `elems` objects, or acquired from it, must be in there.
bool fits_in(const Json& command) {
  const auto most = command["elems"].get<std::int64_t>();
  const auto passed = command.value("passed", std::vector<std::int64_t>());
  const bool each_fits = std::all_of(passed.begin(), passed.end(),
                                     [most](auto each) { return each >= 0 && each <= most; });
  return each_fits && command["n"] <= most && command["put"] <= most &&
         command.value("earlier", std::int64_t{0}) <= most && most <= 4096;
}

std::optional<std::string> deaths_refusal(const Json& command) {
  if (auto why = soring_refusal(command)) return why;
  if (!kOperations.contains(command["operation"])) {
    return "operation is " + command["operation"].dump() +
           "; it must be enqueue, dequeue, acquire or release";
  }
  if (!kRepairs.contains(command.value("repair", "none"))) {
    return "repair is " + command["repair"].dump() + "; it must be none, release or init";
  }
  const auto stages = command.value("stages", 0U);
  if (command.value("stage", 0U) >= stages ||
      command.value("passed", std::vector<int>()).size() > stages) {
    return "there are " + std::to_string(stages) + " stages";
  }
  if (command.value("elem_size", 0U) != sizeof(std::uint64_t)) return "objects have 8 bytes here";
  if (!command.contains("elems") || !fits_in(command)) return "elems is too small, or above 4096";
  if (command.value("every", 1U) == 0) return "every is 0; it must be 1 or more";
  return std::nullopt;
}

Json told_of(const SoringDeath& death) {
  return {{"executed", death.executed},
          {"at", code_address(death.at)},
          {"producers_hang", code_addresses(death.producers_hang)},
          {"workers_hang", code_addresses(death.workers_hang)},
          {"consumers_hang", code_addresses(death.consumers_hang)},
          {"standing", death.standing},
          {"marked", death.marked},
          {"victims", death.victims},
          {"lost", death.lost},
          {"doubled", death.doubled},
          {"stale", death.stale},
          {"disordered", death.disordered}};
}

Json soring_deaths(const Call& call) {
  const Json& command = call.command;
  const SoringParameters parameters(command);
  const SoringWalk walk{kOperations.at(command["operation"]),
                        command.value("stage", 0U),
                        command["n"].get<unsigned>(),
                        command["put"].get<unsigned>(),
                        command.value("passed", std::vector<unsigned>()),
                        command.value("earlier", 0U)};
  const Points points{0, command.value("every", 1U), command.value("kill", false)};
  const SoringRepair repair = kRepairs.at(command.value("repair", "none"));
  const auto die = [&] {
    return die_inside_soring(soring_of(command), *parameters.get(), walk, points, repair);
  };
  return deaths_answer(die, told_of);
}

}  // namespace

void add_soring_death_verbs(Verbs& verbs) {
  Keys keys = soring_parameter_keys();
  keys.insert(keys.end(), {kSoring,
                           {"operation", Type::kString, Need::kRequired},
                           {"stage", Type::kUint32},
                           {"n", Type::kUint32, Need::kRequired},
                           {"put", Type::kUint32, Need::kRequired},
                           {"passed", Type::kInts},
                           {"earlier", Type::kUint32},
                           {"every", Type::kUnsigned},
                           {"kill", Type::kBool},
                           {"repair", Type::kString}});
  verbs.add("soring_deaths", {keys, soring_deaths, deaths_refusal});
}
#else
void add_soring_death_verbs(Verbs& verbs) { verbs.absent("soring_deaths", "rte_soring_init"); }
#endif

}  // namespace gauntlet
