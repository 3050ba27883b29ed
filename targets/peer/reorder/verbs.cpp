// SPDX-License-Identifier: BSD-3-Clause
// Verbs that put mbufs into a reorder buffer by their sequence numbers, and take them out in order.
#include <rte_errno.h>
#include <rte_memory.h>
#include <rte_reorder.h>

#include <vector>

#include "targets/peer/answer.hpp"
#include "targets/peer/families.hpp"
#include "targets/peer/mempool/packets.hpp"

namespace gauntlet {
namespace {

constexpr unsigned kMostDrained = 4096;

const char* name_of(const Json& command) {
  return command["name"].get_ref<const std::string&>().c_str();
}

rte_reorder_buffer* buffer_of(const Json& command) {
  return rte_reorder_find_existing(name_of(command));
}

Json told(const rte_reorder_buffer* buffer) {
  return {{"b", text_of(buffer)}, {"rte_errno", errno_name(rte_errno)}};
}

Json reorder_create(const Call& call) {
  rte_errno = 0;
  return told(rte_reorder_create(name_of(call.command), static_cast<unsigned>(SOCKET_ID_ANY),
                                 call.command["size"].get<unsigned>()));
}

Json reorder_find_existing(const Call& call) {
  rte_errno = 0;
  return told(buffer_of(call.command));
}

Json reorder_free(const Call& call) {
  rte_reorder_free(buffer_of(call.command));
  return Json::object();
}

// Where this process looks for the sequence number of an mbuf: the first mbuf, number by number.
Json reorder_seqn(const Call& call) {
  Json seqns = Json::array();
  for (auto* mbuf : Packets(call.command).named(call.command)) {
    seqns.push_back(*rte_reorder_seqn(mbuf));
  }
  return {{"seqns", seqns}};
}

// Gives each mbuf its number: the first one `seqn`, the next one that plus one.
Json reorder_number(const Call& call) {
  auto seqn = call.command["seqn"].get<rte_reorder_seqn_t>();
  for (auto* mbuf : Packets(call.command).named(call.command)) *rte_reorder_seqn(mbuf) = seqn++;
  return Json::object();
}

// One after another, as far as they are taken.
Json reorder_insert(const Call& call) {
  rte_reorder_buffer* buffer = buffer_of(call.command);
  unsigned taken = 0;
  rte_errno = 0;
  for (auto* mbuf : Packets(call.command).named(call.command)) {
    if (rte_reorder_insert(buffer, mbuf) != 0) break;
    ++taken;
  }
  return {{"taken", taken}, {"rte_errno", errno_name(rte_errno)}};
}

Json reorder_drain(const Call& call) {
  std::vector<rte_mbuf*> mbufs(kMostDrained);
  const auto n = rte_reorder_drain(buffer_of(call.command), mbufs.data(), kMostDrained);
  return {{"mbufs", Packets(call.command).numbers(mbufs.data(), n)}};
}

std::optional<std::string> buffer_refusal(const Json& command) {
  if (buffer_of(command) != nullptr) return std::nullopt;
  return "there is no reorder buffer " + command["name"].dump();
}

std::optional<std::string> both_refusal(const Json& command) {
  const auto why = buffer_refusal(command);
  return why ? why : packets_refusal(command);
}

}  // namespace

void add_reorder_verbs(Verbs& verbs) {
  const Key name = {"name", Type::kString, Need::kRequired};
  const Key pool = {"pool", Type::kString, Need::kRequired};
  const Key mbufs = {"mbufs", Type::kObjects, Need::kRequired};
  verbs.add("reorder_create", {{name, {"size", Type::kUnsigned, Need::kRequired}}, reorder_create});
  verbs.add("reorder_find_existing", {{name}, reorder_find_existing});
  verbs.add("reorder_free", {{name}, reorder_free, buffer_refusal});
  verbs.add("reorder_seqn", {{pool, mbufs}, reorder_seqn, packets_refusal});
  verbs.add(
      "reorder_number",
      {{pool, mbufs, {"seqn", Type::kUint32, Need::kRequired}}, reorder_number, packets_refusal});
  verbs.add("reorder_insert", {{name, pool, mbufs}, reorder_insert, both_refusal});
  verbs.add("reorder_drain", {{name, pool}, reorder_drain, both_refusal});
}

}  // namespace gauntlet
