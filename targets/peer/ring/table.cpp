// SPDX-License-Identifier: BSD-3-Clause
// Objects as an application has them: C arrays.
#include "targets/peer/ring/table.hpp"

#include <rte_ring_elem.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "targets/peer/room.hpp"

namespace gauntlet {
namespace {

// A table of n elements, as C would have it: a ring with a fault may fill it all. Only one that no
// C program would have is as long as the ring's capacity, which is all that a sound ring can fill.
constexpr unsigned kUsual = 4096;

unsigned room_for(const rte_ring* ring, unsigned n) {
  return n <= kUsual ? n : std::min(n, std::max(kUsual, rte_ring_get_capacity(ring)));
}

unsigned esize_of(const Json& command) { return command.value("esize", unsigned{sizeof(void*)}); }

std::vector<unsigned char> given_bytes(const Json& command) {
  if (!command.contains("objs")) {
    return bytes_of(command["obj_table"].get_ref<const std::string&>());
  }
  const auto objs = command["objs"].get<std::vector<std::uint64_t>>();
  std::vector<unsigned char> bytes(objs.size() * sizeof(void*));
  if (!objs.empty()) std::memcpy(bytes.data(), objs.data(), bytes.size());
  return bytes;
}

std::size_t bytes_wanted(const Json& command) {
  return std::size_t{esize_of(command)} * room_for(ring_of(command), command["n"].get<unsigned>());
}

}  // namespace

CopiedBytes::CopiedBytes(const Call& call, std::vector<unsigned char> bytes)
    : bytes_(std::move(bytes)) {
  if (!call.command.value("hold", false)) return;
  held_ = std::make_unique<StallTable>(bytes_.size(), [&call] {
    call.control.event("held", {});
    call.job.wait_for_release();
  });
  std::copy(bytes_.begin(), bytes_.end(), static_cast<unsigned char*>(held_->data()));
  held_->close();
}

Table::Table(const Call& call) : Table(call, given_bytes(call.command)) {}

Table::Table(const Call& call, std::vector<unsigned char> bytes)
    : pointers_(call.command.contains("objs")),
      esize_(esize_of(call.command)),
      n_(static_cast<unsigned>(bytes.size() / esize_)),
      bytes_(call, std::move(bytes)) {}

Table::Table(const Call& call, const rte_ring* ring, unsigned n)
    : pointers_(!call.command.contains("esize")),
      esize_(esize_of(call.command)),
      n_(room_for(ring, n)),
      bytes_(call, std::vector<unsigned char>(std::size_t{esize_} * n_)) {}

Json Table::told(unsigned n) {
  const unsigned most = std::min(n, n_);
  if (!pointers_) return hex_of(data(), std::size_t{esize_} * most);
  Json list = Json::array();
  const auto* objs = static_cast<const std::uint64_t*>(data());
  for (unsigned i = 0; i < most; ++i) list.push_back(objs[i]);
  return list;
}

Keys given_keys(bool elems, const char* output) {
  Keys keys = {kRing, {"hold", Type::kBool}};
  keys.push_back(
      {elems ? "obj_table" : "objs", elems ? Type::kHex : Type::kObjects, Need::kRequired});
  if (elems) keys.push_back({"esize", Type::kUnsigned, Need::kRequired});
  if (output != nullptr) keys.push_back({output, Type::kNull});
  return keys;
}

std::optional<std::string> given_refusal(const Json& command) {
  if (auto why = ring_refusal(command)) return why;
  if (!command.contains("obj_table")) return std::nullopt;
  const auto bytes = command["obj_table"].get_ref<const std::string&>().size() / 2;
  const auto esize = command["esize"].get<std::size_t>();
  if (esize != 0 && bytes % esize == 0) return std::nullopt;
  return "obj_table has " + std::to_string(bytes) + " bytes: no whole number of elements of " +
         std::to_string(esize);
}

Keys wanted_keys(bool elems, const char* output) {
  Keys keys = {kRing, {"n", Type::kUnsigned, Need::kRequired}, {"hold", Type::kBool}};
  if (elems) keys.push_back({"esize", Type::kUnsigned, Need::kRequired});
  keys.push_back({output, Type::kNull});
  return keys;
}

std::optional<std::string> wanted_refusal(const Json& command) {
  if (auto why = ring_refusal(command)) return why;
  const std::size_t bytes = bytes_wanted(command);
  if (bytes <= kMostBytes) return std::nullopt;
  return "the objects take " + std::to_string(bytes) + " bytes; this peer has room for " +
         std::to_string(kMostBytes);
}

Json filled(const Call& call, Fill run) {
  rte_ring* ring = ring_of(call.command);
  const auto n = call.command["n"].get<unsigned>();
  Table table(call, ring, n);
  Output available(call.command, "available");
  const unsigned ret = run(ring, table.data(), table.esize(), n, available.pointer());
  const char* key = call.command.contains("esize") ? "obj_table" : "objs";
  return {{"ret", ret}, {key, table.told(ret)}, {"available", available.told()}};
}

}  // namespace gauntlet
