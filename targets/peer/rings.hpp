// SPDX-License-Identifier: BSD-3-Clause
// The rings that this process has got from DPDK: no other pointer is followed.
#pragma once

#include <rte_ring.h>

#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "schema.hpp"

namespace gauntlet {

class Rings {
 public:
  // Its address as text; null for NULL.
  Json remember(rte_ring* ring);

  // Why the command's "ring" is none, or nothing.
  [[nodiscard]] std::optional<std::string> refusal(const Json& command) const;

  static rte_ring* pointer(const Json& command) {
    return static_cast<rte_ring*>(pointer_of(command["ring"]));
  }

 private:
  mutable std::mutex mutex_;
  std::set<rte_ring*> known_;
};

Rings& rings();

}  // namespace gauntlet
