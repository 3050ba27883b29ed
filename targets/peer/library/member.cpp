// SPDX-License-Identifier: BSD-3-Clause
// rte_member: sets of keys, as a hash table.
#include <rte_errno.h>
#include <rte_member.h>
#include <rte_memory.h>

#include <cerrno>

#include "targets/peer/library/library.hpp"

namespace gauntlet {
namespace {

rte_member_setsum* as_member(void* object) { return static_cast<rte_member_setsum*>(object); }

std::uint32_t nth(std::uint8_t number) { return 0xabcd0000U | number; }

void* create(const char* name) {
  rte_member_parameters parameters{};
  parameters.name = name;
  parameters.type = RTE_MEMBER_TYPE_HT;
  parameters.num_keys = 4 * kMostNumbers;
  parameters.key_len = sizeof(std::uint32_t);
  parameters.prim_hash_seed = 1;
  parameters.sec_hash_seed = 11;
  parameters.socket_id = 0;
  return rte_member_create(&parameters);
}

int add(void* object, std::uint8_t number) {
  const auto key = nth(number);
  const int ret =
      rte_member_add(as_member(object), &key, static_cast<member_set_t>(value_of(number)));
  return ret < 0 ? ret : 0;
}

std::int64_t lookup(void* object, std::uint8_t number) {
  const auto key = nth(number);
  member_set_t set = RTE_MEMBER_NO_MATCH;
  const int ret = rte_member_lookup(as_member(object), &key, &set);
  if (ret < 0) return ret;
  return ret == 0 ? -ENOENT : std::int64_t{set};
}

}  // namespace

const Library kMember = {"member",
                         create,
                         [](const char* name) -> void* { return rte_member_find_existing(name); },
                         [](void* object) { rte_member_free(as_member(object)); },
                         add,
                         lookup};

}  // namespace gauntlet
