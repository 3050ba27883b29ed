// SPDX-License-Identifier: BSD-3-Clause
// Verbs that add keys to a hash table, look them up and delete them, with the hash value that the
// caller computes, and without it.
#include <rte_errno.h>
#include <rte_hash.h>
#include <rte_lcore.h>

#include <array>
#include <cstdint>
#include <vector>

#include "targets/peer/answer.hpp"
#include "targets/peer/as_lcore.hpp"
#include "targets/peer/families.hpp"
#include "targets/peer/hash/tables.hpp"

namespace gauntlet {
namespace {

// DPDK reads as many bytes as the table's keys have, which nothing public tells: there are enough.
using Bytes = std::vector<unsigned char>;

Bytes key_of(const Json& command) {
  auto key = bytes_of(command["key"].get<std::string>());
  key.resize(kMostKeyBytes);
  return key;
}

std::uint32_t sig_of(const Json& command) { return command["sig"].get<std::uint32_t>(); }

// Data is a pointer to DPDK, and a number to a command.
void* data_of(const Json& command) {
  // NOLINTNEXTLINE(performance-no-int-to-ptr): never followed.
  return reinterpret_cast<void*>(command["data"].get<std::uintptr_t>());
}

// Told as DPDK has left it: null where it has written nothing.
Json told_data(std::int64_t ret, const void* data) {
  Json answer = with_errno(ret);
  answer["data"] = ret < 0 ? Json() : Json(reinterpret_cast<std::uintptr_t>(data));
  return answer;
}

// The caches of free slots go by the lcore, and a verb's thread is none of EAL's.
class AsMainLcore : public AsLcore {
 public:
  AsMainLcore() : AsLcore(rte_get_main_lcore()) {}
};

template <std::int32_t (*kRun)(const rte_hash*, const void*)>
Json with_key(const Call& call) {
  const AsMainLcore lcore;
  return with_errno(kRun(table_of(call.command), key_of(call.command).data()));
}

template <std::int32_t (*kRun)(const rte_hash*, const void*, hash_sig_t)>
Json with_sig(const Call& call) {
  const AsMainLcore lcore;
  return with_errno(
      kRun(table_of(call.command), key_of(call.command).data(), sig_of(call.command)));
}

Json hash_add_key_data(const Call& call) {
  const AsMainLcore lcore;
  return with_errno(rte_hash_add_key_data(table_of(call.command), key_of(call.command).data(),
                                          data_of(call.command)));
}

Json hash_add_key_with_hash_data(const Call& call) {
  const AsMainLcore lcore;
  return with_errno(rte_hash_add_key_with_hash_data(table_of(call.command),
                                                    key_of(call.command).data(),
                                                    sig_of(call.command), data_of(call.command)));
}

Json hash_lookup_data(const Call& call) {
  void* data = nullptr;
  const int ret = rte_hash_lookup_data(table_of(call.command), key_of(call.command).data(), &data);
  return told_data(ret, data);
}

Json hash_lookup_with_hash_data(const Call& call) {
  void* data = nullptr;
  const int ret = rte_hash_lookup_with_hash_data(
      table_of(call.command), key_of(call.command).data(), sig_of(call.command), &data);
  return told_data(ret, data);
}

Json hash_hash(const Call& call) {
  return {{"ret", rte_hash_hash(table_of(call.command), key_of(call.command).data())}};
}

// The keys of a bulk look-up, as DPDK wants them: pointers to the bytes of each.
class Keyring {
 public:
  explicit Keyring(const Json& command) {
    for (const auto& key : command["keys"].get<std::vector<std::string>>()) {
      bytes_.push_back(bytes_of(key));
      bytes_.back().resize(kMostKeyBytes);
    }
    for (const auto& key : bytes_) pointers_.push_back(key.data());
  }
  [[nodiscard]] const void** pointers() { return pointers_.data(); }
  [[nodiscard]] std::uint32_t n() const { return static_cast<std::uint32_t>(pointers_.size()); }

 private:
  std::vector<Bytes> bytes_;
  std::vector<const void*> pointers_;
};

Json hash_lookup_bulk(const Call& call) {
  Keyring keys(call.command);
  std::vector<std::int32_t> positions(keys.n());
  const int ret =
      rte_hash_lookup_bulk(table_of(call.command), keys.pointers(), keys.n(), positions.data());
  return {{"ret", ret}, {"positions", positions}};
}

Json hash_lookup_with_hash_bulk(const Call& call) {
  Keyring keys(call.command);
  std::vector<std::int32_t> positions(keys.n());
  auto sigs = call.command["sigs"].get<std::vector<hash_sig_t>>();
  const int ret = rte_hash_lookup_with_hash_bulk(table_of(call.command), keys.pointers(),
                                                 sigs.data(), keys.n(), positions.data());
  return {{"ret", ret}, {"positions", positions}};
}

std::optional<std::string> key_refusal(const Json& command) {
  if (auto why = table_refusal(command)) return why;
  return key_len_refusal(command["key"].get_ref<const std::string&>().size() / 2);
}

std::optional<std::string> keys_refusal(const Json& command) {
  if (auto why = table_refusal(command)) return why;
  const auto keys = command["keys"].get<std::vector<std::string>>();
  if (keys.empty() || keys.size() > RTE_HASH_LOOKUP_BULK_MAX) {
    return "keys are " + std::to_string(keys.size()) + "; a bulk look-up takes 1 ... " +
           std::to_string(RTE_HASH_LOOKUP_BULK_MAX);
  }
  for (const auto& key : keys) {
    if (!fits(Type::kHex, key))
      return "a key is \"" + key + "\"; it must be " + in_words(Type::kHex);
    if (auto why = key_len_refusal(key.size() / 2)) return why;
  }
  return std::nullopt;
}

std::optional<std::string> sigs_refusal(const Json& command) {
  if (auto why = keys_refusal(command)) return why;
  const Json& sigs = command["sigs"];
  for (const auto& sig : sigs) {
    if (!fits(Type::kUint32, sig))
      return "a sig is " + sig.dump() + "; it must be " + in_words(Type::kUint32);
  }
  if (sigs.size() == command["keys"].size()) return std::nullopt;
  return "sigs are " + std::to_string(sigs.size()) + ", and keys " +
         std::to_string(command["keys"].size());
}

}  // namespace

std::optional<std::string> key_len_refusal(std::size_t key_len) {
  if (key_len <= kMostKeyBytes) return std::nullopt;
  return "a key of " + std::to_string(key_len) + " bytes; this peer has room for " +
         std::to_string(kMostKeyBytes);
}

void add_hash_key_verbs(Verbs& verbs) {
  const Key name = {"name", Type::kString, Need::kRequired};
  const Key key = {"key", Type::kHex, Need::kRequired};
  const Key sig = {"sig", Type::kUint32, Need::kRequired};
  const Key data = {"data", Type::kUint64, Need::kRequired};
  const Key keys = {"keys", Type::kStrings, Need::kRequired};
  verbs.add("hash_add_key", {{name, key}, with_key<rte_hash_add_key>, key_refusal});
  verbs.add("hash_add_key_data", {{name, key, data}, hash_add_key_data, key_refusal});
  verbs.add("hash_add_key_with_hash",
            {{name, key, sig}, with_sig<rte_hash_add_key_with_hash>, key_refusal});
  verbs.add("hash_add_key_with_hash_data",
            {{name, key, sig, data}, hash_add_key_with_hash_data, key_refusal});
  verbs.add("hash_del_key", {{name, key}, with_key<rte_hash_del_key>, key_refusal});
  verbs.add("hash_del_key_with_hash",
            {{name, key, sig}, with_sig<rte_hash_del_key_with_hash>, key_refusal});
  verbs.add("hash_lookup", {{name, key}, with_key<rte_hash_lookup>, key_refusal});
  verbs.add("hash_lookup_data", {{name, key}, hash_lookup_data, key_refusal});
  verbs.add("hash_lookup_with_hash",
            {{name, key, sig}, with_sig<rte_hash_lookup_with_hash>, key_refusal});
  verbs.add("hash_lookup_with_hash_data",
            {{name, key, sig}, hash_lookup_with_hash_data, key_refusal});
  verbs.add("hash_lookup_bulk", {{name, keys}, hash_lookup_bulk, keys_refusal});
  verbs.add("hash_lookup_with_hash_bulk", {{name, keys, {"sigs", Type::kObjects, Need::kRequired}},
                                           hash_lookup_with_hash_bulk,
                                           sigs_refusal});
  verbs.add("hash_hash", {{name, key}, hash_hash, key_refusal});
}

}  // namespace gauntlet
