// SPDX-License-Identifier: BSD-3-Clause
// Verbs that make hash tables, find them, and free them, and what a table says of itself.
#include <rte_errno.h>
#include <rte_hash.h>
#include <rte_hash_crc.h>
#include <rte_memory.h>

#include <cstring>
#include <map>
#include <vector>

#include "targets/peer/answer.hpp"
#include "targets/peer/families.hpp"
#include "targets/peer/hash/deaths.hpp"
#include "targets/peer/hash/tables.hpp"
#include "targets/peer/stepping/code_address.hpp"
#include "targets/peer/stepping/deaths_answer.hpp"

namespace gauntlet {
namespace {

const std::map<std::string, unsigned>& known_flags() {
  static const std::map<std::string, unsigned> all = {
      {"RTE_HASH_EXTRA_FLAGS_TRANS_MEM_SUPPORT", RTE_HASH_EXTRA_FLAGS_TRANS_MEM_SUPPORT},
      {"RTE_HASH_EXTRA_FLAGS_MULTI_WRITER_ADD", RTE_HASH_EXTRA_FLAGS_MULTI_WRITER_ADD},
      {"RTE_HASH_EXTRA_FLAGS_RW_CONCURRENCY", RTE_HASH_EXTRA_FLAGS_RW_CONCURRENCY},
      {"RTE_HASH_EXTRA_FLAGS_EXT_TABLE", RTE_HASH_EXTRA_FLAGS_EXT_TABLE},
      {"RTE_HASH_EXTRA_FLAGS_NO_FREE_ON_DEL", RTE_HASH_EXTRA_FLAGS_NO_FREE_ON_DEL},
      {"RTE_HASH_EXTRA_FLAGS_RW_CONCURRENCY_LF", RTE_HASH_EXTRA_FLAGS_RW_CONCURRENCY_LF},
  };
  return all;
}

std::optional<std::string> flags_refusal(const Json& command) {
  for (const auto& flag : command.value("extra_flag", std::vector<std::string>())) {
    if (!known_flags().contains(flag)) return "rte_hash.h has no flag \"" + flag + "\"";
  }
  return std::nullopt;
}

std::optional<std::string> create_refusal(const Json& command) {
  if (auto why = flags_refusal(command)) return why;
  return key_len_refusal(command["key_len"].get<std::size_t>());
}

std::optional<std::string> deaths_refusal(const Json& command) {
  const auto why = flags_refusal(command);
  return why ? why : every_refusal(command);
}

std::uint8_t flags_of(const Json& command) {
  unsigned flags = 0;
  for (const auto& flag : command.value("extra_flag", std::vector<std::string>())) {
    flags |= known_flags().at(flag);
  }
  return static_cast<std::uint8_t>(flags);
}

Json told(const rte_hash* table) {
  return {{"h", text_of(table)}, {"rte_errno", errno_name(rte_errno)}};
}

// The hash function is the library's own, as where an application names none.
Json hash_create(const Call& call) {
  const auto& name = call.command["name"].get_ref<const std::string&>();
  rte_hash_parameters params{};
  params.name = name.c_str();
  params.entries = call.command["entries"].get<std::uint32_t>();
  params.key_len = call.command["key_len"].get<std::uint32_t>();
  params.socket_id = SOCKET_ID_ANY;
  params.extra_flag = flags_of(call.command);
  rte_errno = 0;
  return told(rte_hash_create(&params));
}

Json hash_find_existing(const Call& call) {
  rte_errno = 0;
  return told(rte_hash_find_existing(call.command["name"].get_ref<const std::string&>().c_str()));
}

Json hash_free(const Call& call) {
  rte_hash_free(table_of(call.command));
  return Json::object();
}

Json hash_reset(const Call& call) {
  rte_hash_reset(table_of(call.command));
  return Json::object();
}

Json hash_count(const Call& call) { return with_errno(rte_hash_count(table_of(call.command))); }

std::optional<std::string> iterate_refusal(const Json& command) {
  if (auto why = table_refusal(command)) return why;
  return key_len_refusal(command["key_len"].get<std::size_t>());
}

// All keys, in the order in which rte_hash_iterate meets them, and their data.
Json hash_iterate(const Call& call) {
  const rte_hash* table = table_of(call.command);
  const auto key_len = call.command["key_len"].get<std::uint32_t>();
  Json keys = Json::array();
  Json all_data = Json::array();
  const void* key = nullptr;
  void* data = nullptr;
  std::uint32_t next = 0;
  while (rte_hash_iterate(table, &key, &data, &next) >= 0) {
    keys.push_back(hex_of(key, key_len));
    all_data.push_back(reinterpret_cast<std::uintptr_t>(data));
  }
  return {{"keys", keys}, {"data", all_data}};
}

int as_memcmp(const void* one, const void* other, std::size_t key_len) {
  return std::memcmp(one, other, key_len);
}

// The comparison is a function of this process, which does what memcmp does.
Json hash_set_cmp_func(const Call& call) {
  rte_hash_set_cmp_func(table_of(call.command), as_memcmp);
  return Json::object();
}

Json hash_crc(const Call& call) {
  const auto key = bytes_of(call.command["data"].get<std::string>());
  return {{"ret", rte_hash_crc(key.data(), static_cast<std::uint32_t>(key.size()),
                               call.command.value("init_val", 0U))}};
}

Json told_of(const HashDeath& death) {
  return {{"executed", death.executed},
          {"at", code_address(death.at)},
          {"readers_hang", code_addresses(death.readers_hang)},
          {"writers_hang", code_addresses(death.writers_hang)},
          {"lost", death.lost},
          {"wrong", death.wrong}};
}

Json hash_deaths(const Call& call) {
  const Json& command = call.command;
  const auto die = [&command] {
    return die_inside_table(command["name"].get_ref<const std::string&>().c_str(),
                            flags_of(command), command["deletes"].get<bool>(),
                            command["every"].get<unsigned>());
  };
  return deaths_answer(die, told_of);
}

}  // namespace

rte_hash* table_of(const Json& command) {
  return rte_hash_find_existing(command["name"].get_ref<const std::string&>().c_str());
}

std::optional<std::string> table_refusal(const Json& command) {
  if (table_of(command) != nullptr) return std::nullopt;
  return "there is no hash table " + command["name"].dump();
}

void add_hash_verbs(Verbs& verbs) {
  const Key name = {"name", Type::kString, Need::kRequired};
  const Key key_len = {"key_len", Type::kUint32, Need::kRequired};
  verbs.add(
      "hash_create",
      {{name, {"entries", Type::kUint32, Need::kRequired}, key_len, {"extra_flag", Type::kStrings}},
       hash_create,
       create_refusal});
  verbs.add("hash_find_existing", {{name}, hash_find_existing});
  verbs.add("hash_free", {{name}, hash_free, table_refusal});
  verbs.add("hash_reset", {{name}, hash_reset, table_refusal});
  verbs.add("hash_count", {{name}, hash_count, table_refusal});
  verbs.add("hash_iterate", {{name, key_len}, hash_iterate, iterate_refusal});
  verbs.add("hash_set_cmp_func", {{name}, hash_set_cmp_func, table_refusal});
  verbs.add("hash_deaths", {{name,
                             {"extra_flag", Type::kStrings},
                             {"deletes", Type::kBool, Need::kRequired},
                             {"every", Type::kUnsigned, Need::kRequired}},
                            hash_deaths,
                            deaths_refusal});
  verbs.add("hash_crc",
            {{{"data", Type::kHex, Need::kRequired}, {"init_val", Type::kUint32}}, hash_crc});
}

}  // namespace gauntlet
