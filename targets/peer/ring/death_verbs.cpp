// SPDX-License-Identifier: BSD-3-Clause
// The verb that kills a process at each instruction of one ring operation.
#include <rte_ring.h>

#include <map>

#include "targets/peer/families.hpp"
#include "targets/peer/ring/deaths.hpp"
#include "targets/peer/room.hpp"
#include "targets/peer/stepping/code_address.hpp"
#include "targets/peer/stepping/deaths_answer.hpp"

namespace gauntlet {
namespace {

Json told_of(const Death& death) {
  const Aftermath& after = death.after;
  return {{"executed", death.executed},
          {"at", code_address(death.at)},
          {"copied", death.copied},
          {"producers_hang", code_addresses(after.producers_hang)},
          {"consumers_hang", code_addresses(after.consumers_hang)},
          {"accepted", after.accepted},
          {"victims", after.victims},
          {"lost", after.lost},
          {"doubled", after.doubled},
          {"stale", after.stale}};
}

const std::map<std::string, Repair> kRepairs = {{"none", Repair::kNone},
                                                {"reset", Repair::kReset},
                                                {"drain, reset", Repair::kDrainReset},
                                                {"skip", Repair::kSkip}};

std::optional<std::string> deaths_refusal(const Json& command) {
  if (auto why = operation_refusal(command)) return why;
  if (!kRepairs.contains(command.value("repair", "none"))) {
    return "repair is " + command["repair"].dump() +
           "; it must be one of none, reset, skip, and \"drain, reset\"";
  }
  if (auto why = room_refusal(command, "n", sizeof(void*))) return why;
  if (auto why = room_refusal(command, "held", sizeof(void*))) return why;
  if (command.value("every", 1U) == 0) return "every is 0; it must be 1 or more";
  return std::nullopt;
}

Json ring_deaths(const Call& call) {
  const Json& command = call.command;
  rte_ring* ring = rte_ring_lookup(command["name"].get_ref<const std::string&>().c_str());
  if (ring == nullptr) return {{"ret", -1}, {"rte_errno", "ENOENT"}};
  const StartState start_state{command.value("start", 0U), command.value("held", 0U)};
  const NamedOperation& operation = *named_operation(command["operation"]);
  const auto n = command["n"].get<unsigned>();
  const Points points{command.value("first", 0U), command.value("every", 1U),
                      command.value("kill", false)};
  const Repair repair = kRepairs.at(command.value("repair", "none"));
  const auto die = [&] { return die_inside(ring, operation, n, start_state, points, repair); };
  Json answer = deaths_answer(die, told_of);
  rte_ring_reset(ring);
  return answer;
}

}  // namespace

void add_ring_death_verbs(Verbs& verbs) {
  verbs.add("ring_deaths", {{{"name", Type::kString, Need::kRequired},
                             {"operation", Type::kString, Need::kRequired},
                             {"n", Type::kUnsigned, Need::kRequired},
                             {"start", Type::kUnsigned},
                             {"held", Type::kUnsigned},
                             {"first", Type::kUnsigned},
                             {"every", Type::kUnsigned},
                             {"kill", Type::kBool},
                             {"repair", Type::kString}},
                            ring_deaths,
                            deaths_refusal});
}

}  // namespace gauntlet
