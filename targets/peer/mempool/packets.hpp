// SPDX-License-Identifier: BSD-3-Clause
// Mbufs as commands name them: by their pool, and their numbers in it.
#pragma once

#include <rte_mbuf.h>
#include <rte_mempool.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "targets/line/json.hpp"
#include "targets/peer/mempool/objects.hpp"

namespace gauntlet {

// A command's "pool".
class Packets {
 public:
  explicit Packets(const Json& command)
      : objects_(rte_mempool_lookup(command["pool"].get_ref<const std::string&>().c_str())) {}

  [[nodiscard]] rte_mbuf* at(std::uint64_t number) const {
    return static_cast<rte_mbuf*>(objects_.at(number));
  }

  // The command's "mbufs".
  [[nodiscard]] std::vector<rte_mbuf*> named(const Json& command) const {
    const auto numbers = command["mbufs"].get<std::vector<std::uint64_t>>();
    std::vector<rte_mbuf*> all;
    std::transform(numbers.begin(), numbers.end(), std::back_inserter(all),
                   [this](std::uint64_t number) { return at(number); });
    return all;
  }

  // -1 for what is none of the pool.
  [[nodiscard]] Json numbers(rte_mbuf* const* first, std::size_t count) const {
    Json all = Json::array();
    std::transform(first, first + count, std::back_inserter(all),
                   [this](const rte_mbuf* each) { return objects_.number(each); });
    return all;
  }

 private:
  PoolObjects objects_;
};

// A check: why there is no such pool, or no such mbuf in it.
inline std::optional<std::string> packets_refusal(const Json& command) {
  const auto* pool = rte_mempool_lookup(command["pool"].get_ref<const std::string&>().c_str());
  if (pool == nullptr) return "there is no mempool " + command["pool"].dump();
  for (const auto number : command.value("mbufs", std::vector<std::uint64_t>())) {
    if (number >= pool->populated_size) return "the mempool has no mbuf " + std::to_string(number);
  }
  return std::nullopt;
}

}  // namespace gauntlet
