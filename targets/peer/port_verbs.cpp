// SPDX-License-Identifier: BSD-3-Clause
// Verbs for ports and the mbuf pools behind them.
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>

#include "message.hpp"
#include "verbs.hpp"

namespace gauntlet {
namespace {

std::uint16_t u16(const Call& call, const char* key, std::uint16_t otherwise = 0) {
  return call.command.value(key, otherwise);
}

Json outcome(int ret) { return {{"ret", ret}, {"errno", ret < 0 ? errno_name(-ret) : Json()}}; }

Json pktmbuf_pool_create(const Call& call) {
  rte_errno = 0;
  const auto name = call.command["name"].get<std::string>();
  const rte_mempool* pool = rte_pktmbuf_pool_create(
      name.c_str(), call.command["n"].get<unsigned>(), call.command.value("cache_size", 0U),
      u16(call, "priv_size"), u16(call, "data_room_size", RTE_MBUF_DEFAULT_BUF_SIZE),
      SOCKET_ID_ANY);
  return {{"ret", pool != nullptr ? 0 : -1}, {"rte_errno", errno_name(rte_errno)}};
}

Json mempool_avail_count(const Call& call) {
  rte_errno = 0;
  const rte_mempool* pool = rte_mempool_lookup(call.command["name"].get<std::string>().c_str());
  if (pool == nullptr) return {{"ret", -1}, {"rte_errno", errno_name(rte_errno)}};
  return {{"ret", rte_mempool_avail_count(pool)}, {"rte_errno", nullptr}};
}

Json eth_dev_get_port_by_name(const Call& call) {
  std::uint16_t port_id = RTE_MAX_ETHPORTS;
  Json answer = outcome(
      rte_eth_dev_get_port_by_name(call.command["name"].get<std::string>().c_str(), &port_id));
  answer["port_id"] = port_id;
  return answer;
}

Json eth_dev_configure(const Call& call) {
  const rte_eth_conf conf{};
  return outcome(rte_eth_dev_configure(u16(call, "port_id"), u16(call, "nb_rx_queue"),
                                       u16(call, "nb_tx_queue"), &conf));
}

Json eth_rx_queue_setup(const Call& call) {
  rte_mempool* pool = rte_mempool_lookup(call.command["pool"].get<std::string>().c_str());
  return outcome(rte_eth_rx_queue_setup(u16(call, "port_id"), u16(call, "queue_id"),
                                        u16(call, "nb_desc"), SOCKET_ID_ANY, nullptr, pool));
}

Json eth_tx_queue_setup(const Call& call) {
  return outcome(rte_eth_tx_queue_setup(u16(call, "port_id"), u16(call, "queue_id"),
                                        u16(call, "nb_desc"), SOCKET_ID_ANY, nullptr));
}

Json eth_stats_get(const Call& call) {
  rte_eth_stats stats{};
  Json answer = outcome(rte_eth_stats_get(u16(call, "port_id"), &stats));
  answer.update({{"ipackets", stats.ipackets},
                 {"opackets", stats.opackets},
                 {"ibytes", stats.ibytes},
                 {"obytes", stats.obytes},
                 {"imissed", stats.imissed},
                 {"ierrors", stats.ierrors},
                 {"oerrors", stats.oerrors},
                 {"rx_nombuf", stats.rx_nombuf}});
  return answer;
}

}  // namespace

void add_port_verbs(Verbs& verbs) {
  const Key name = {"name", Type::kString, Need::kRequired};
  const Key port = {"port_id", Type::kCount, Need::kRequired};
  const Key queue = {"queue_id", Type::kCount, Need::kRequired};
  const Key descriptors = {"nb_desc", Type::kCount, Need::kRequired};
  verbs.add("pktmbuf_pool_create", {{name,
                                     {"n", Type::kCount, Need::kRequired},
                                     {"cache_size", Type::kCount},
                                     {"priv_size", Type::kCount},
                                     {"data_room_size", Type::kCount}},
                                    pktmbuf_pool_create});
  verbs.add("mempool_avail_count", {{name}, mempool_avail_count});
  verbs.add("eth_dev_get_port_by_name", {{name}, eth_dev_get_port_by_name});
  verbs.add("eth_dev_count_avail", {{}, [](const Call& /*call*/) {
                                      return Json{{"ret", rte_eth_dev_count_avail()}};
                                    }});
  verbs.add("eth_dev_configure", {{port,
                                   {"nb_rx_queue", Type::kCount, Need::kRequired},
                                   {"nb_tx_queue", Type::kCount, Need::kRequired}},
                                  eth_dev_configure});
  verbs.add(
      "eth_rx_queue_setup",
      {{port, queue, descriptors, {"pool", Type::kString, Need::kRequired}}, eth_rx_queue_setup});
  verbs.add("eth_tx_queue_setup", {{port, queue, descriptors}, eth_tx_queue_setup});
  verbs.add("eth_dev_start", {{port}, [](const Call& call) {
                                return outcome(rte_eth_dev_start(u16(call, "port_id")));
                              }});
  verbs.add("eth_dev_stop", {{port}, [](const Call& call) {
                               return outcome(rte_eth_dev_stop(u16(call, "port_id")));
                             }});
  verbs.add("eth_dev_close", {{port}, [](const Call& call) {
                                return outcome(rte_eth_dev_close(u16(call, "port_id")));
                              }});
  verbs.add("eth_stats_get", {{port}, eth_stats_get});
}

}  // namespace gauntlet
