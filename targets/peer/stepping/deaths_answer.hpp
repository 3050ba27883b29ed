// SPDX-License-Identifier: BSD-3-Clause
// The answer of a verb that lets a process die at each instruction of an operation.
#pragma once

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>

#include "targets/line/control.hpp"

namespace gauntlet {

// "deaths", each as told(death) has it, and how long all of them took.
// die()  has the deaths, as die_at_each does: nothing where no process can be traced.
template <typename Die, typename Told>
Json deaths_answer(Die die, Told told) {
  const auto before = now_ns();
  const auto deaths = die();
  const auto took_ns = now_ns() - before;
  if (!deaths) return {{"ret", -1}, {"rte_errno", "EPERM"}};
  Json all = Json::array();
  std::transform(deaths->begin(), deaths->end(), std::back_inserter(all), told);
  return {{"ret", all.size()}, {"rte_errno", nullptr}, {"deaths", all}, {"took_ns", took_ns}};
}

// A check of the command's "every".
inline std::optional<std::string> every_refusal(const Json& command) {
  if (command["every"] != 0) return std::nullopt;
  return "every is 0; a process dies after each so many instructions: 1 or more";
}

}  // namespace gauntlet
