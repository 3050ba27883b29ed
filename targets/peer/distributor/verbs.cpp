// SPDX-License-Identifier: BSD-3-Clause
// Verbs of a distributor, which deals mbufs out, and of its workers, which take them and give them
// back.
#include <rte_distributor.h>
#include <rte_errno.h>
#include <rte_memory.h>

#include <array>
#include <vector>

#include "targets/peer/answer.hpp"
#include "targets/peer/families.hpp"
#include "targets/peer/handed_out.hpp"
#include "targets/peer/mempool/packets.hpp"

namespace gauntlet {
namespace {

constexpr unsigned kMostReturned = 256;
constexpr unsigned kBurst = 8;  // of rte_distributor.h: "up to 8 packets"

rte_distributor* distributor_of(const Json& command) {
  return static_cast<rte_distributor*>(pointer_of(command["d"]));
}

unsigned worker_of(const Json& command) { return command["worker_id"].get<unsigned>(); }

std::optional<std::string> alg_refusal(const Json& command) {
  const Json& type = command["alg_type"];
  if (type == "RTE_DIST_ALG_BURST" || type == "RTE_DIST_ALG_SINGLE") return std::nullopt;
  return "alg_type is " + type.dump() + R"(; it must be "RTE_DIST_ALG_BURST" or )" +
         R"("RTE_DIST_ALG_SINGLE")";
}

std::optional<std::string> instance_refusal(const Json& command) {
  const auto why = handed_out_refusal("distributor", command["d"], distributor_of(command));
  return why ? why : packets_refusal(command);
}

std::optional<std::string> burst_refusal(const Json& command) {
  if (auto why = instance_refusal(command)) return why;
  const auto n = command["mbufs"].size();
  if (n <= kBurst) return std::nullopt;
  return "mbufs are " + std::to_string(n) + "; a worker gives back at most " +
         std::to_string(kBurst);
}

// No function of DPDK finds an instance by its name: an application tells its address.
Json distributor_create(const Call& call) {
  const auto type =
      call.command["alg_type"] == "RTE_DIST_ALG_SINGLE" ? RTE_DIST_ALG_SINGLE : RTE_DIST_ALG_BURST;
  rte_errno = 0;
  const rte_distributor* d = rte_distributor_create(
      call.command["name"].get_ref<const std::string&>().c_str(),
      static_cast<unsigned>(SOCKET_ID_ANY), call.command["num_workers"].get<unsigned>(), type);
  return {{"d", text_of(d)}, {"shared", handed_out(d)}, {"rte_errno", errno_name(rte_errno)}};
}

Json distributor_process(const Call& call) {
  auto mbufs = Packets(call.command).named(call.command);
  return with_errno(rte_distributor_process(distributor_of(call.command), mbufs.data(),
                                            static_cast<unsigned>(mbufs.size())));
}

Json distributor_flush(const Call& call) {
  return with_errno(rte_distributor_flush(distributor_of(call.command)));
}

Json distributor_returned_pkts(const Call& call) {
  std::array<rte_mbuf*, kMostReturned> mbufs{};
  const int n =
      rte_distributor_returned_pkts(distributor_of(call.command), mbufs.data(), kMostReturned);
  return {{"mbufs", Packets(call.command).numbers(mbufs.data(), static_cast<std::size_t>(n))}};
}

// Asks for mbufs, and gives back those that the worker had.
Json distributor_request_pkt(const Call& call) {
  auto mbufs = Packets(call.command).named(call.command);
  rte_distributor_request_pkt(distributor_of(call.command), worker_of(call.command), mbufs.data(),
                              static_cast<unsigned>(mbufs.size()));
  return Json::object();
}

// -1 where the worker has been given none yet.
Json distributor_poll_pkt(const Call& call) {
  std::array<rte_mbuf*, kBurst> mbufs{};
  const int ret =
      rte_distributor_poll_pkt(distributor_of(call.command), worker_of(call.command), mbufs.data());
  const auto n = static_cast<std::size_t>(ret < 0 ? 0 : ret);
  return {{"ret", ret}, {"mbufs", Packets(call.command).numbers(mbufs.data(), n)}};
}

Json distributor_return_pkt(const Call& call) {
  auto mbufs = Packets(call.command).named(call.command);
  return with_errno(rte_distributor_return_pkt(distributor_of(call.command),
                                               worker_of(call.command), mbufs.data(),
                                               static_cast<int>(mbufs.size())));
}

}  // namespace

void add_distributor_verbs(Verbs& verbs) {
  const Key d = {"d", Type::kPointer, Need::kRequired};
  const Key pool = {"pool", Type::kString, Need::kRequired};
  const Key mbufs = {"mbufs", Type::kObjects, Need::kRequired};
  const Key worker = {"worker_id", Type::kUnsigned, Need::kRequired};
  verbs.add("distributor_create", {{{"name", Type::kString, Need::kRequired},
                                    {"num_workers", Type::kUnsigned, Need::kRequired},
                                    {"alg_type", Type::kString, Need::kRequired}},
                                   distributor_create,
                                   alg_refusal});
  verbs.add("distributor_process", {{d, pool, mbufs}, distributor_process, instance_refusal});
  verbs.add("distributor_flush", {{d, pool}, distributor_flush, instance_refusal});
  verbs.add("distributor_returned_pkts", {{d, pool}, distributor_returned_pkts, instance_refusal});
  verbs.add("distributor_request_pkt",
            {{d, worker, pool, mbufs}, distributor_request_pkt, burst_refusal});
  verbs.add("distributor_poll_pkt", {{d, worker, pool}, distributor_poll_pkt, instance_refusal});
  verbs.add("distributor_return_pkt",
            {{d, worker, pool, mbufs}, distributor_return_pkt, burst_refusal});
}

}  // namespace gauntlet
