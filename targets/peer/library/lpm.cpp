// SPDX-License-Identifier: BSD-3-Clause
// rte_lpm: routes 10.0.n.0/24, and 10.1.n.0/25 for each, which are in its second table.
#include <rte_errno.h>
#include <rte_lpm.h>
#include <rte_memory.h>

#include <cerrno>

#include "targets/peer/library/library.hpp"

namespace gauntlet {
namespace {

constexpr std::uint32_t kWide = 10U << 24U;
constexpr std::uint32_t kNarrow = kWide | 1U << 16U;

rte_lpm* as_lpm(void* object) { return static_cast<rte_lpm*>(object); }

std::uint32_t nth(std::uint32_t net, std::uint8_t number) {
  return net | std::uint32_t{number} << 8U;
}

void* create(const char* name) {
  rte_lpm_config config{};
  config.max_rules = 2 * kMostNumbers;
  config.number_tbl8s = kMostNumbers;
  return rte_lpm_create(name, SOCKET_ID_ANY, &config);
}

int add(void* object, std::uint8_t number) {
  const auto hop = static_cast<std::uint32_t>(value_of(number));
  const int ret = rte_lpm_add(as_lpm(object), nth(kWide, number), 24, hop);
  return ret != 0 ? ret : rte_lpm_add(as_lpm(object), nth(kNarrow, number), 25, hop);
}

std::int64_t lookup(void* object, std::uint8_t number) {
  std::uint32_t hop = 0;
  std::uint32_t narrow_hop = 0;
  const int ret = rte_lpm_lookup(as_lpm(object), nth(kWide, number) | 1U, &hop);
  const int narrow = rte_lpm_lookup(as_lpm(object), nth(kNarrow, number) | 1U, &narrow_hop);
  if (ret != 0 || narrow != 0) return ret == narrow ? ret : -EPROTO;
  return hop == narrow_hop ? std::int64_t{hop} : -EPROTO;
}

}  // namespace

const Library kLpm = {"lpm",
                      create,
                      [](const char* name) -> void* { return rte_lpm_find_existing(name); },
                      [](void* object) { rte_lpm_free(as_lpm(object)); },
                      add,
                      lookup};

}  // namespace gauntlet
