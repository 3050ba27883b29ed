// SPDX-License-Identifier: BSD-3-Clause
// The rings that this process has got, and what all verbs about rings share.
#pragma once

#include <rte_ring.h>

#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "targets/peer/verbs.hpp"

namespace gauntlet {

// Rings this process has got from DPDK, or from another process: no other pointer is followed.
class Rings {
 public:
  Json remember(rte_ring* ring);
  [[nodiscard]] bool knows(rte_ring* ring) const;

 private:
  mutable std::mutex mutex_;
  std::set<rte_ring*> known_;
};

Rings& rings();

inline const Key kRing = {"ring", Type::kPointer, Need::kRequired};

// NULL for null.
rte_ring* ring_of(const Json& command);

// A check: why the command's ring is not one of ours.
std::optional<std::string> ring_refusal(const Json& command);

void* as_object(std::uint64_t value);

// An unsigned that DPDK writes through a pointer: NULL if the command says null for it.
class Output {
 public:
  Output(const Json& command, const char* key)
      : wanted_(!command.contains(key) || !command[key].is_null()) {}
  unsigned* pointer() { return wanted_ ? &value_ : nullptr; }
  // "untouched" where DPDK has not written it.
  [[nodiscard]] Json told() const {
    if (!wanted_) return nullptr;
    return value_ == kUntouched ? Json("untouched") : Json(value_);
  }

 private:
  static constexpr unsigned kUntouched = 0xa5a5a5a5;
  bool wanted_;
  unsigned value_ = kUntouched;
};

}  // namespace gauntlet
