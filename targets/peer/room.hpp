// SPDX-License-Identifier: BSD-3-Clause
// How much memory a verb takes on a command's word. More would test the machine, not DPDK: a count
// that fits its C type can still be the end of the process.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "targets/line/json.hpp"

namespace gauntlet {

inline constexpr std::size_t kMostBytes = std::size_t{1} << 24U;

// Why the count under `key`, of things with `each` bytes, is refused, or nothing. It may be absent.
inline std::optional<std::string> room_refusal(const Json& command, const char* key,
                                               std::size_t each) {
  const auto count = command.value(key, std::uint64_t{0});
  if (count <= kMostBytes / each) return std::nullopt;
  return std::string(key) + " is " + std::to_string(count) + "; this peer has room for " +
         std::to_string(kMostBytes / each);
}

}  // namespace gauntlet
