// SPDX-License-Identifier: BSD-3-Clause
// A verb that changes a hash table many times, while another process does the same.
#include <rte_hash.h>
#include <rte_hash_crc.h>
#include <rte_lcore.h>

#include <array>
#include <cstdint>

#include "targets/peer/as_lcore.hpp"
#include "targets/peer/families.hpp"
#include "targets/peer/hash/tables.hpp"

namespace gauntlet {
namespace {

using Key16 = std::array<std::uint64_t, 2>;

Key16 key_of(std::uint32_t number) { return {number, 0}; }

hash_sig_t sig_of(const Key16& key) { return rte_hash_crc(key.data(), sizeof key, 0); }

// NOLINTNEXTLINE(performance-no-int-to-ptr): never followed.
void* data_of(std::uint32_t number) { return reinterpret_cast<void*>(number + 1UL); }

bool has(const rte_hash* table, std::uint32_t number) {
  const auto key = key_of(number);
  void* data = nullptr;
  return rte_hash_lookup_with_hash_data(table, key.data(), sig_of(key), &data) >= 0 &&
         data == data_of(number);
}

// Adds the keys `first` ... `first` + n - 1, of 16 bytes, and looks each one up at once.
Json hash_turn(const Call& call) {
  const rte_hash* table = table_of(call.command);
  const auto first = call.command["first"].get<std::uint32_t>();
  const auto n = call.command["n"].get<std::uint32_t>();
  const AsLcore lcore(rte_get_main_lcore());
  std::uint32_t not_added = 0;
  std::uint32_t missing = 0;
  for (std::uint32_t number = first; number != first + n; ++number) {
    const auto key = key_of(number);
    const int ret =
        rte_hash_add_key_with_hash_data(table, key.data(), sig_of(key), data_of(number));
    not_added += static_cast<std::uint32_t>(ret != 0);
    missing += static_cast<std::uint32_t>(!has(table, number));
  }
  return {{"not_added", not_added}, {"missing", missing}};
}

// How many of these keys are not found with their own data.
Json hash_missing(const Call& call) {
  const rte_hash* table = table_of(call.command);
  const auto first = call.command["first"].get<std::uint32_t>();
  const auto n = call.command["n"].get<std::uint32_t>();
  std::uint32_t missing = 0;
  for (std::uint32_t number = first; number != first + n; ++number) {
    missing += static_cast<std::uint32_t>(!has(table, number));
  }
  return {{"missing", missing}};
}

}  // namespace

void add_hash_turn_verbs(Verbs& verbs) {
  const Key name = {"name", Type::kString, Need::kRequired};
  const Key first = {"first", Type::kUint32, Need::kRequired};
  const Key n = {"n", Type::kUint32, Need::kRequired};
  verbs.add("hash_turn", {{name, first, n}, hash_turn, table_refusal});
  verbs.add("hash_missing", {{name, first, n}, hash_missing, table_refusal});
}

}  // namespace gauntlet
