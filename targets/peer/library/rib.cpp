// SPDX-License-Identifier: BSD-3-Clause
// rte_rib: routes 10.0.n.0/24.
#include <rte_errno.h>
#include <rte_memory.h>
#include <rte_rib.h>

#include <cerrno>

#include "targets/peer/library/library.hpp"

namespace gauntlet {
namespace {

rte_rib* as_rib(void* object) { return static_cast<rte_rib*>(object); }

std::uint32_t nth(std::uint8_t number) { return 10U << 24U | std::uint32_t{number} << 8U; }

void* create(const char* name) {
  rte_rib_conf conf{};
  conf.max_nodes = 2 * kMostNumbers;
  return rte_rib_create(name, SOCKET_ID_ANY, &conf);
}

int add(void* object, std::uint8_t number) {
  rte_rib_node* node = rte_rib_insert(as_rib(object), nth(number), 24);
  if (node == nullptr) return -rte_errno;
  return rte_rib_set_nh(node, static_cast<std::uint64_t>(value_of(number)));
}

std::int64_t lookup(void* object, std::uint8_t number) {
  const rte_rib_node* node = rte_rib_lookup(as_rib(object), nth(number) | 1U);
  if (node == nullptr) return -ENOENT;
  std::uint64_t hop = 0;
  const int ret = rte_rib_get_nh(node, &hop);
  if (ret != 0) return ret;
  // An addition has two parts: the route, and its next hop.
  return hop == 0 ? -ENODATA : static_cast<std::int64_t>(hop);
}

}  // namespace

const Library kRib = {"rib",
                      create,
                      [](const char* name) -> void* { return rte_rib_find_existing(name); },
                      [](void* object) { rte_rib_free(as_rib(object)); },
                      add,
                      lookup};

}  // namespace gauntlet
