// SPDX-License-Identifier: BSD-3-Clause
// They stay known when they are freed: what a pointer that is left over does is an observation,
// too.
#include "rings.hpp"

namespace gauntlet {

Json Rings::remember(rte_ring* ring) {
  if (ring == nullptr) return nullptr;
  const std::lock_guard<std::mutex> lock(mutex_);
  known_.insert(ring);
  return text_of(ring);
}

std::optional<std::string> Rings::refusal(const Json& command) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (known_.contains(pointer(command))) return std::nullopt;
  return "ring " + command["ring"].dump() + " was not created or looked up by this peer";
}

Rings& rings() {
  static Rings known;
  return known;
}

}  // namespace gauntlet
