// SPDX-License-Identifier: BSD-3-Clause
// The verb that kills a process at each instruction of one ring operation.
#include <dlfcn.h>
#include <rte_ring.h>

#include <algorithm>

#include "message.hpp"
#include "ring_deaths.hpp"
#include "verbs.hpp"

namespace gauntlet {
namespace {

const NamedOperation* find(const std::string& name) {
  const auto& all = ring_operations();
  const auto found =
      std::find_if(all.begin(), all.end(), [&name](const auto& each) { return each.name == name; });
  return found == all.end() ? nullptr : &*found;
}

// An instruction as a file and an offset in it, which addr2line understands.
Json place(std::uintptr_t address) {
  if (address == 0) return nullptr;
  Dl_info info{};
  const void* at = reinterpret_cast<const void*>(address);  // NOLINT(performance-no-int-to-ptr)
  if (dladdr(at, &info) == 0) return {{"file", nullptr}, {"offset", address}};
  return {{"file", info.dli_fname},
          {"offset", address - reinterpret_cast<std::uintptr_t>(info.dli_fbase)}};
}

Json places(const std::vector<std::uintptr_t>& addresses) {
  Json all = Json::array();
  std::transform(addresses.begin(), addresses.end(), std::back_inserter(all), place);
  return all;
}

Json told_of(const Death& death) {
  const Aftermath& after = death.after;
  return {{"executed", death.executed},
          {"at", place(death.at)},
          {"producers_hang", places(after.producers_hang)},
          {"consumers_hang", places(after.consumers_hang)},
          {"accepted", after.accepted},
          {"victims", after.victims},
          {"lost", after.lost},
          {"doubled", after.doubled},
          {"stale", after.stale}};
}

std::optional<std::string> deaths_refusal(const Json& command) {
  if (find(command["operation"].get_ref<const std::string&>()) == nullptr) {
    std::string known;
    for (const auto& each : ring_operations()) known += (known.empty() ? "" : ", ") + each.name;
    return "operation is " + command["operation"].dump() + "; it must be one of " + known;
  }
  if (command.value("every", 1U) == 0) return "every is 0; it must be 1 or more";
  return std::nullopt;
}

Json ring_deaths(const Call& call) {
  const Json& command = call.command;
  rte_ring* ring = rte_ring_lookup(command["name"].get_ref<const std::string&>().c_str());
  if (ring == nullptr) return {{"ret", -1}, {"rte_errno", "ENOENT"}};
  const Standing standing{command.value("start", 0U), command.value("held", 0U)};
  const NamedOperation& operation = *find(command["operation"].get_ref<const std::string&>());
  const auto n = command["n"].get<unsigned>();
  const Points points{command.value("first", 0U), command.value("every", 1U),
                      command.value("kill", false)};
  const auto before = now_ns();
  const auto deaths = die_inside(ring, operation, n, standing, points);
  rte_ring_reset(ring);
  if (!deaths) return {{"ret", -1}, {"rte_errno", "EPERM"}};
  const auto took_ns = now_ns() - before;
  Json told = Json::array();
  std::transform(deaths->begin(), deaths->end(), std::back_inserter(told), told_of);
  return {{"ret", told.size()}, {"rte_errno", nullptr}, {"deaths", told}, {"took_ns", took_ns}};
}

}  // namespace

void add_ring_death_verbs(Verbs& verbs) {
  verbs.add("ring_deaths", {{{"name", Type::kString, Need::kRequired},
                             {"operation", Type::kString, Need::kRequired},
                             {"n", Type::kCount, Need::kRequired},
                             {"start", Type::kCount},
                             {"held", Type::kCount},
                             {"first", Type::kCount},
                             {"every", Type::kCount},
                             {"kill", Type::kBool}},
                            ring_deaths,
                            deaths_refusal});
}

}  // namespace gauntlet
