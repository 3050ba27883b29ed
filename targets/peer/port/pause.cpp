// SPDX-License-Identifier: BSD-3-Clause
// Refuses a place that a loop does not come to: it would never hold.
#include "targets/peer/port/pause.hpp"

#include <algorithm>

namespace gauntlet {

std::optional<std::string> pause_refusal(const Json& command,
                                         const std::vector<std::string>& places) {
  if (!command.contains("hold")) return std::nullopt;
  const auto place = command["hold"].get<std::string>();
  if (std::find(places.begin(), places.end(), place) != places.end()) return std::nullopt;
  std::string known;
  for (const auto& each : places) known += (known.empty() ? "" : ", ") + each;
  return "hold is \"" + place + "\"; it must be one of " + known;
}

}  // namespace gauntlet
