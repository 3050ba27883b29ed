// SPDX-License-Identifier: BSD-3-Clause
// Verbs that make stacks, find them, push and pop, and die inside of that.
#include <rte_errno.h>
#include <rte_memory.h>
#include <rte_stack.h>

#include <vector>

#include "targets/peer/answer.hpp"
#include "targets/peer/families.hpp"
#include "targets/peer/room.hpp"
#include "targets/peer/stack/operations.hpp"
#include "targets/peer/stepping/code_address.hpp"
#include "targets/peer/stepping/deaths_answer.hpp"

namespace gauntlet {
namespace {

rte_stack* stack_of(const Json& command) {
  return rte_stack_lookup(command["name"].get_ref<const std::string&>().c_str());
}

std::optional<std::string> stack_refusal(const Json& command) {
  if (stack_of(command) != nullptr) return std::nullopt;
  return "there is no stack " + command["name"].dump();
}

std::optional<std::string> create_refusal(const Json& command) {
  for (const auto& flag : command.value("flags", std::vector<std::string>())) {
    if (flag != "RTE_STACK_F_LF") return "flag \"" + flag + "\" is not RTE_STACK_F_LF";
  }
  return std::nullopt;
}

std::optional<std::string> n_refusal(const Json& command) {
  const auto why = stack_refusal(command);
  return why ? why : room_refusal(command, "n", sizeof(void*));
}

// With `before` objects in it, and n more, nobody may find the stack full: a push would do nothing.
std::optional<std::string> deaths_refusal(const Json& command) {
  if (auto why = n_refusal(command)) return why;
  if (auto why = room_refusal(command, "before", sizeof(void*))) return why;
  const rte_stack* stack = stack_of(command);
  const auto n = command["n"].get<std::uint64_t>();
  const auto before = command["before"].get<std::uint64_t>();
  if (n + before > stack->capacity) {
    return "n and before are " + std::to_string(n + before) + "; the stack has room for " +
           std::to_string(stack->capacity);
  }
  if (command["pushes"] == true || n <= before) return std::nullopt;
  return "n is " + std::to_string(n) + "; a pop finds " + std::to_string(before);
}

Json told(const rte_stack* stack) {
  return {{"stack", text_of(stack)}, {"rte_errno", errno_name(rte_errno)}};
}

Json stack_create(const Call& call) {
  auto flags = call.command.value("more_flags", std::uint32_t{0});
  if (!call.command.value("flags", std::vector<std::string>()).empty()) flags |= RTE_STACK_F_LF;
  rte_errno = 0;
  return told(rte_stack_create(call.command["name"].get_ref<const std::string&>().c_str(),
                               call.command["count"].get<unsigned>(), SOCKET_ID_ANY, flags));
}

Json stack_lookup(const Call& call) {
  rte_errno = 0;
  return told(stack_of(call.command));
}

Json stack_free(const Call& call) {
  rte_stack_free(stack_of(call.command));
  return Json::object();
}

Json stack_count(const Call& call) {
  rte_stack* stack = stack_of(call.command);
  return {{"count", rte_stack_count(stack)}, {"free_count", rte_stack_free_count(stack)}};
}

Json stack_push_objects(const Call& call) {
  std::vector<void*> objs;
  for (const auto object : call.command["objs"].get<std::vector<std::uintptr_t>>()) {
    // NOLINTNEXTLINE(performance-no-int-to-ptr): a number.
    objs.push_back(reinterpret_cast<void*>(object));
  }
  return {
      {"ret", stack_push(stack_of(call.command), objs.data(), static_cast<unsigned>(objs.size()))}};
}

Json stack_pop_objects(const Call& call) {
  std::vector<void*> objs(call.command["n"].get<unsigned>());
  const unsigned ret =
      stack_pop(stack_of(call.command), objs.data(), static_cast<unsigned>(objs.size()));
  Json popped = Json::array();
  for (unsigned i = 0; i < ret; ++i) popped.push_back(reinterpret_cast<std::uintptr_t>(objs[i]));
  return {{"ret", ret}, {"objs", popped}};
}

// Pops n objects and pushes them again, as often as it is told: how often there were too few, or no
// room for them.
Json stack_turn(const Call& call) {
  rte_stack* stack = stack_of(call.command);
  const auto n = call.command["n"].get<unsigned>();
  const auto times = call.command["times"].get<std::uint32_t>();
  std::vector<void*> objs(n);
  std::uint32_t too_few = 0;
  std::uint32_t no_room = 0;
  for (std::uint32_t i = 0; i < times; ++i) {
    if (stack_pop(stack, objs.data(), n) != n) {
      ++too_few;
    } else if (stack_push(stack, objs.data(), n) != n) {
      ++no_room;
    }
  }
  return {{"too_few", too_few}, {"no_room", no_room}};
}

Json told_of(const StackDeath& death) {
  return {{"executed", death.executed},
          {"at", code_address(death.at)},
          {"poppers_hang", code_addresses(death.poppers_hang)},
          {"pushers_hang", code_addresses(death.pushers_hang)},
          {"gone", death.gone},
          {"doubled", death.doubled},
          {"room", death.room}};
}

Json stack_deaths(const Call& call) {
  const Json& command = call.command;
  const auto die = [&command] {
    return die_inside_stack(stack_of(command), command["pushes"].get<bool>(),
                            command["n"].get<unsigned>(), command["before"].get<unsigned>(),
                            command.value("kill", false));
  };
  return deaths_answer(die, told_of);
}

}  // namespace

void add_stack_verbs(Verbs& verbs) {
  const Key name = {"name", Type::kString, Need::kRequired};
  const Key n = {"n", Type::kUnsigned, Need::kRequired};
  verbs.add("stack_create", {{name,
                              {"count", Type::kUnsigned, Need::kRequired},
                              {"flags", Type::kStrings},
                              {"more_flags", Type::kUint32}},
                             stack_create,
                             create_refusal});
  verbs.add("stack_lookup", {{name}, stack_lookup});
  verbs.add("stack_free", {{name}, stack_free, stack_refusal});
  verbs.add("stack_count", {{name}, stack_count, stack_refusal});
  verbs.add("stack_push",
            {{name, {"objs", Type::kObjects, Need::kRequired}}, stack_push_objects, stack_refusal});
  verbs.add("stack_pop", {{name, n}, stack_pop_objects, n_refusal});
  verbs.add("stack_turn",
            {{name, n, {"times", Type::kUint32, Need::kRequired}}, stack_turn, n_refusal});
  verbs.add("stack_deaths", {{name,
                              n,
                              {"pushes", Type::kBool, Need::kRequired},
                              {"before", Type::kUnsigned, Need::kRequired},
                              {"kill", Type::kBool}},
                             stack_deaths,
                             deaths_refusal});
}

}  // namespace gauntlet
