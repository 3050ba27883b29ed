// SPDX-License-Identifier: BSD-3-Clause
// rte_fib: routes 10.0.n.0/24, in the type that needs least memory.
#include <rte_errno.h>
#include <rte_fib.h>
#include <rte_memory.h>

#include <cerrno>

#include "targets/peer/library/library.hpp"

namespace gauntlet {
namespace {

rte_fib* as_fib(void* object) { return static_cast<rte_fib*>(object); }

std::uint32_t nth(std::uint8_t number) { return 10U << 24U | std::uint32_t{number} << 8U; }

// The next hop of what has no route: none that is added.
constexpr std::uint64_t kNone = 0;

void* create(const char* name) {
  rte_fib_conf conf{};
  conf.type = RTE_FIB_DUMMY;
  conf.default_nh = kNone;
  conf.max_routes = kMostNumbers;
  return rte_fib_create(name, SOCKET_ID_ANY, &conf);
}

int add(void* object, std::uint8_t number) {
  return rte_fib_add(as_fib(object), nth(number), 24, static_cast<std::uint64_t>(value_of(number)));
}

std::int64_t lookup(void* object, std::uint8_t number) {
  std::uint32_t address = nth(number) | 1U;
  std::uint64_t hop = kNone;
  const int ret = rte_fib_lookup_bulk(as_fib(object), &address, &hop, 1);
  if (ret != 0) return ret;
  return hop == kNone ? -ENOENT : static_cast<std::int64_t>(hop);
}

}  // namespace

const Library kFib = {"fib",
                      create,
                      [](const char* name) -> void* { return rte_fib_find_existing(name); },
                      [](void* object) { rte_fib_free(as_fib(object)); },
                      add,
                      lookup};

}  // namespace gauntlet
