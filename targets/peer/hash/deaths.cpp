// SPDX-License-Identifier: BSD-3-Clause
// A table for each death: what a table consists of is DPDK's own, and cannot be put back from
// outside.
#include "targets/peer/hash/deaths.hpp"

#include <rte_hash.h>
#include <rte_memory.h>

#include <array>
#include <atomic>
#include <memory>

#include "targets/peer/as_lcore.hpp"
#include "targets/peer/stepping/die_at_each.hpp"

namespace gauntlet {
namespace {

constexpr unsigned kEntries = 64;
// Keys 0 ... kOld - 1 are there before; the victim adds kNew, or deletes kOld - 1; afterwards
// somebody adds kLater.
constexpr unsigned kOld = 8;
constexpr unsigned kNew = kOld;
constexpr unsigned kLater = kOld + 1;

using HashKey = std::array<std::uint64_t, 2>;

HashKey key_of(unsigned number) { return {number, 0x6b6579}; }
// Spread over buckets as those of any good hash function are.
hash_sig_t sig_of(unsigned number) { return (number + 1) * 0x9e3779b1U; }
std::uintptr_t data_of(unsigned number) { return 0x1000U + number; }

[[gnu::noinline]] int add(const rte_hash* table, unsigned number) {
  const auto key = key_of(number);
  // NOLINTNEXTLINE(performance-no-int-to-ptr): never followed.
  void* data = reinterpret_cast<void*>(data_of(number));
  return rte_hash_add_key_with_hash_data(table, key.data(), sig_of(number), data);
}

[[gnu::noinline]] int del(const rte_hash* table, unsigned number) {
  return rte_hash_del_key_with_hash(table, key_of(number).data(), sig_of(number));
}

struct Free {
  void operator()(rte_hash* table) const { rte_hash_free(table); }
};
using Table = std::unique_ptr<rte_hash, Free>;

Table filled(const char* name, std::uint8_t extra_flag) {
  rte_hash_parameters params{};
  params.name = name;
  params.entries = kEntries;
  params.key_len = sizeof(HashKey);
  params.socket_id = SOCKET_ID_ANY;
  params.extra_flag = extra_flag;
  Table table(rte_hash_create(&params));
  for (unsigned number = 0; table && number < kOld; ++number) add(table.get(), number);
  return table;
}

// Looks all keys up, and then adds one. Those that spin are given up: the reader first, as a writer
// that waits keeps readers out.
void look(const rte_hash* table, unsigned kept, HashDeath& death) {
  std::array<void*, kNew + 1> data{};
  std::array<int, kNew + 1> found{};
  std::atomic<unsigned> looked{0};
  death.readers_hang = run_or_give_up(kLong, looked, [&] {
    for (; looked <= kNew; ++looked) {
      const unsigned number = looked;
      const auto key = key_of(number);
      found[number] =
          rte_hash_lookup_with_hash_data(table, key.data(), sig_of(number), &data[number]);
    }
  });
  for (unsigned number = 0; number < looked; ++number) {
    death.lost += static_cast<unsigned>(number < kept && found[number] < 0);
    death.wrong += static_cast<unsigned>(
        found[number] >= 0 && reinterpret_cast<std::uintptr_t>(data[number]) != data_of(number));
  }
  std::atomic<unsigned> added{0};
  death.writers_hang = run_or_give_up(kLong, added, [&] {
    add(table, kLater);
    ++added;
  });
}

}  // namespace

std::optional<std::vector<HashDeath>> die_inside_table(const char* name, std::uint8_t extra_flag,
                                                       bool deletes, unsigned every) {
  const auto operation = deletes ? del : add;
  const unsigned changed = deletes ? kOld - 1 : kNew;
  const AsLcore lcore(rte_get_main_lcore());
  return die_at_each_anew<HashDeath>(
      every, reinterpret_cast<std::uintptr_t>(operation),
      [&](std::size_t /*number*/) { return filled(name, extra_flag); },
      [&](const Table& table) { operation(table.get(), changed); },
      [&](const Table& table, HashDeath& death) {
        look(table.get(), deletes ? kOld - 1 : kOld, death);
      });
}

}  // namespace gauntlet
