// SPDX-License-Identifier: BSD-3-Clause
// Whether memory that a command names is of those that all processes have.
#pragma once

#include <rte_memory.h>

#include <optional>
#include <string>

#include "targets/line/json.hpp"

namespace gauntlet {

// Whether DPDK has handed this memory out: here, or in another process.
inline bool handed_out(const void* at) { return rte_mem_virt2memseg(at, nullptr) != nullptr; }

// A check: why the object at `at`, which a command has named as `given`, cannot be used.
inline std::optional<std::string> handed_out_refusal(const std::string& what, const Json& given,
                                                     const void* at) {
  if (handed_out(at)) return std::nullopt;
  return what + " " + given.dump() + " is not in memory that DPDK has handed out";
}

}  // namespace gauntlet
