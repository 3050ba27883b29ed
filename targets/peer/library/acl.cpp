// SPDX-License-Identifier: BSD-3-Clause
// rte_acl: a rule for each number, on packets of four bytes.
#include <rte_acl.h>
#include <rte_errno.h>
#include <rte_memory.h>

#include <array>
#include <cerrno>

#include "targets/peer/library/library.hpp"

namespace gauntlet {
namespace {

RTE_ACL_RULE_DEF(Rule, 1);

rte_acl_ctx* as_acl(void* object) { return static_cast<rte_acl_ctx*>(object); }

void* create(const char* name) {
  rte_acl_param parameters{};
  parameters.name = name;
  parameters.socket_id = SOCKET_ID_ANY;
  parameters.rule_size = RTE_ACL_RULE_SZ(1);
  parameters.max_rule_num = kMostNumbers;
  return rte_acl_create(&parameters);
}

// Looked up is what was built last.
int add(void* object, std::uint8_t number) {
  Rule rule{};
  rule.data.category_mask = 1;
  rule.data.priority = 1;
  rule.data.userdata = static_cast<std::uint32_t>(value_of(number));
  rule.field[0].value.u8 = number;
  rule.field[0].mask_range.u8 = UINT8_MAX;
  const int ret =
      rte_acl_add_rules(as_acl(object), reinterpret_cast<const rte_acl_rule*>(&rule), 1);
  if (ret != 0) return ret;
  rte_acl_config config{};
  config.num_categories = 1;
  config.num_fields = 1;
  config.defs[0].type = RTE_ACL_FIELD_TYPE_BITMASK;
  config.defs[0].size = sizeof(std::uint8_t);
  return rte_acl_build(as_acl(object), &config);
}

std::int64_t lookup(void* object, std::uint8_t number) {
  const std::array<std::uint8_t, 4> packet{number};
  const std::uint8_t* data = packet.data();
  std::uint32_t result = 0;
  const int ret = rte_acl_classify(as_acl(object), &data, &result, 1, 1);
  if (ret != 0) return ret;
  return result == 0 ? -ENOENT : std::int64_t{result};
}

}  // namespace

const Library kAcl = {"acl",
                      create,
                      [](const char* name) -> void* { return rte_acl_find_existing(name); },
                      [](void* object) { rte_acl_free(as_acl(object)); },
                      add,
                      lookup};

}  // namespace gauntlet
