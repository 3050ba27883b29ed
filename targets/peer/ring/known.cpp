// SPDX-License-Identifier: BSD-3-Clause
// Which rings a peer may touch.
#include "targets/peer/ring/known.hpp"

namespace gauntlet {

Json Rings::remember(rte_ring* ring) {
  if (ring == nullptr) return nullptr;
  const std::lock_guard<std::mutex> lock(mutex_);
  known_.insert(ring);
  return text_of(ring);
}

bool Rings::knows(rte_ring* ring) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return known_.contains(ring);
}

Rings& rings() {
  static Rings known;
  return known;
}

rte_ring* ring_of(const Json& command) {
  const Json& ring = command["ring"];
  return ring.is_null() ? nullptr : static_cast<rte_ring*>(pointer_of(ring));
}

std::optional<std::string> ring_refusal(const Json& command) {
  rte_ring* ring = ring_of(command);
  if (ring == nullptr || rings().knows(ring)) return std::nullopt;
  return "ring " + command["ring"].dump() + " was not created or looked up by this peer";
}

void* as_object(std::uint64_t value) {
  return reinterpret_cast<void*>(value);  // NOLINT(performance-no-int-to-ptr)
}

}  // namespace gauntlet
