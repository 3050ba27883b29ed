// SPDX-License-Identifier: BSD-3-Clause
// Verbs that read and change what a port is told: modes, addresses, MTU, link, VLAN, RSS, queues.
#include <rte_ethdev.h>
#include <rte_version.h>

#include <algorithm>

#include "targets/peer/answer.hpp"
#include "targets/peer/families.hpp"

namespace gauntlet {
namespace {

std::uint16_t u16(const Call& call, const char* key) {
  return call.command[key].get<std::uint16_t>();
}

std::uint16_t port_of(const Call& call) { return u16(call, "port_id"); }

// A function of the port alone, or of the port and one of its queues.
template <int (*function)(std::uint16_t)>
Json of_port(const Call& call) {
  return with_errno(function(port_of(call)));
}

template <int (*function)(std::uint16_t, std::uint16_t)>
Json of_queue(const Call& call) {
  return with_errno(function(port_of(call), u16(call, "queue_id")));
}

// -- addresses ------------------------------------------------------------------------------------

rte_ether_addr address_of(const Call& call) {
  const auto bytes = bytes_of(call.command["mac_addr"].get<std::string>());
  rte_ether_addr address{};
  std::copy_n(bytes.begin(), sizeof address.addr_bytes, address.addr_bytes);
  return address;
}

std::optional<std::string> address_refusal(const Json& command) {
  if (command["mac_addr"].get_ref<const std::string&>().size() == 2 * sizeof(rte_ether_addr)) {
    return std::nullopt;
  }
  return "mac_addr is an address of six bytes";
}

Json eth_macaddr_get(const Call& call) {
  rte_ether_addr address{};
  Json answer = with_errno(rte_eth_macaddr_get(port_of(call), &address));
  answer["mac_addr"] = hex_of(address.addr_bytes, sizeof address.addr_bytes);
  return answer;
}

// The default address, and those that were added.
#if RTE_VERSION >= RTE_VERSION_NUM(21, 11, 0, 0)
Json eth_macaddrs_get(const Call& call) {
  std::vector<rte_ether_addr> found(call.command["num"].get<unsigned>());
  const auto size = static_cast<unsigned>(found.size());
  const int count = rte_eth_macaddrs_get(port_of(call), found.data(), size);
  Json answer = with_errno(count);
  Json addresses = Json::array();
  for (int i = 0; i < count; ++i) {
    const auto& bytes = found[static_cast<unsigned>(i)].addr_bytes;
    addresses.push_back(hex_of(bytes, sizeof bytes));
  }
  answer["mac_addrs"] = addresses;
  return answer;
}
#endif

Json eth_dev_mac_addr_add(const Call& call) {
  rte_ether_addr address = address_of(call);
  const auto pool = call.command.value("pool", std::uint32_t{0});
  return with_errno(rte_eth_dev_mac_addr_add(port_of(call), &address, pool));
}

Json eth_dev_mac_addr_remove(const Call& call) {
  rte_ether_addr address = address_of(call);
  return with_errno(rte_eth_dev_mac_addr_remove(port_of(call), &address));
}

Json eth_dev_default_mac_addr_set(const Call& call) {
  rte_ether_addr address = address_of(call);
  return with_errno(rte_eth_dev_default_mac_addr_set(port_of(call), &address));
}

// -- MTU, VLAN, RSS -------------------------------------------------------------------------------

Json eth_dev_get_mtu(const Call& call) {
  std::uint16_t mtu = 0;
  Json answer = with_errno(rte_eth_dev_get_mtu(port_of(call), &mtu));
  answer["mtu"] = mtu;
  return answer;
}

Json eth_dev_set_mtu(const Call& call) {
  return with_errno(rte_eth_dev_set_mtu(port_of(call), u16(call, "mtu")));
}

Json eth_dev_set_vlan_offload(const Call& call) {
  return with_errno(
      rte_eth_dev_set_vlan_offload(port_of(call), call.command["offload_mask"].get<int>()));
}

Json eth_dev_rss_hash_conf_get(const Call& call) {
  rte_eth_rss_conf conf{};  // Without room for a key, none is read.
  Json answer = with_errno(rte_eth_dev_rss_hash_conf_get(port_of(call), &conf));
  answer["rss_hf"] = conf.rss_hf;
  return answer;
}

Json eth_dev_rss_hash_update(const Call& call) {
  rte_eth_rss_conf conf{};
  conf.rss_hf = call.command["rss_hf"].get<std::uint64_t>();
  return with_errno(rte_eth_dev_rss_hash_update(port_of(call), &conf));
}

#if RTE_VERSION < RTE_VERSION_NUM(21, 11, 0, 0)
constexpr std::uint16_t kGroup = RTE_RETA_GROUP_SIZE;
#else
constexpr std::uint16_t kGroup = RTE_ETH_RETA_GROUP_SIZE;
#endif

// All entries of a table of this size, which the driver must have.
Json eth_dev_rss_reta_query(const Call& call) {
  const std::uint16_t size = u16(call, "reta_size");
  std::vector<rte_eth_rss_reta_entry64> groups(size / kGroup + 1U);
  for (auto& group : groups) group.mask = ~std::uint64_t{0};
  Json answer = with_errno(rte_eth_dev_rss_reta_query(port_of(call), groups.data(), size));
  Json entries = Json::array();
  for (unsigned i = 0; i < size; ++i) entries.push_back(groups[i / kGroup].reta[i % kGroup]);
  answer["reta"] = entries;
  return answer;
}

// -- statistics -----------------------------------------------------------------------------------

Json eth_xstats_get_names(const Call& call) {
  const int count = rte_eth_xstats_get_names(port_of(call), nullptr, 0);
  if (count < 0) return with_errno(count);
  std::vector<rte_eth_xstat_name> found(static_cast<unsigned>(count));
  const auto size = static_cast<unsigned>(found.size());
  Json answer = with_errno(rte_eth_xstats_get_names(port_of(call), found.data(), size));
  Json names = Json::array();
  for (const auto& one : found) names.push_back(one.name);
  answer["xstats_names"] = names;
  return answer;
}

// Each as [id, value].
Json eth_xstats_get(const Call& call) {
  const int count = rte_eth_xstats_get(port_of(call), nullptr, 0);
  if (count < 0) return with_errno(count);
  std::vector<rte_eth_xstat> found(static_cast<unsigned>(count));
  const auto size = static_cast<unsigned>(found.size());
  Json answer = with_errno(rte_eth_xstats_get(port_of(call), found.data(), size));
  Json values = Json::array();
  for (const auto& one : found) values.push_back({one.id, one.value});
  answer["xstats"] = values;
  return answer;
}

// -- queues ---------------------------------------------------------------------------------------

template <class Info>
void add_state(Json& answer, const Info& info) {
#if RTE_VERSION >= RTE_VERSION_NUM(21, 5, 0, 0)
  answer["queue_state"] = info.queue_state;
#else
  static_cast<void>(info);
  answer["queue_state"] = nullptr;
#endif
}

Json eth_rx_queue_info_get(const Call& call) {
  rte_eth_rxq_info info{};
  Json answer = with_errno(rte_eth_rx_queue_info_get(port_of(call), u16(call, "queue_id"), &info));
  answer.update({{"mp", info.mp != nullptr ? Json(info.mp->name) : Json()},
                 {"scattered_rx", info.scattered_rx},
                 {"nb_desc", info.nb_desc},
                 {"rx_buf_size", info.rx_buf_size}});
  add_state(answer, info);
  return answer;
}

Json eth_tx_queue_info_get(const Call& call) {
  rte_eth_txq_info info{};
  Json answer = with_errno(rte_eth_tx_queue_info_get(port_of(call), u16(call, "queue_id"), &info));
  answer["nb_desc"] = info.nb_desc;
  add_state(answer, info);
  return answer;
}

}  // namespace

void add_control_verbs(Verbs& verbs) {
  const Key port = {"port_id", Type::kUint16, Need::kRequired};
  const Key queue = {"queue_id", Type::kUint16, Need::kRequired};
  const Key address = {"mac_addr", Type::kHex, Need::kRequired};
  verbs.add("eth_promiscuous_enable", {{port}, of_port<rte_eth_promiscuous_enable>});
  verbs.add("eth_promiscuous_disable", {{port}, of_port<rte_eth_promiscuous_disable>});
  verbs.add("eth_promiscuous_get", {{port}, of_port<rte_eth_promiscuous_get>});
  verbs.add("eth_allmulticast_enable", {{port}, of_port<rte_eth_allmulticast_enable>});
  verbs.add("eth_allmulticast_disable", {{port}, of_port<rte_eth_allmulticast_disable>});
  verbs.add("eth_allmulticast_get", {{port}, of_port<rte_eth_allmulticast_get>});
  verbs.add("eth_macaddr_get", {{port}, eth_macaddr_get});
#if RTE_VERSION >= RTE_VERSION_NUM(21, 11, 0, 0)
  verbs.add("eth_macaddrs_get",
            {{port, {"num", Type::kUnsigned, Need::kRequired}}, eth_macaddrs_get});
#else
  verbs.absent("eth_macaddrs_get");
#endif
  verbs.add("eth_dev_mac_addr_add",
            {{port, address, {"pool", Type::kUint32}}, eth_dev_mac_addr_add, address_refusal});
  verbs.add("eth_dev_mac_addr_remove", {{port, address}, eth_dev_mac_addr_remove, address_refusal});
  verbs.add("eth_dev_default_mac_addr_set",
            {{port, address}, eth_dev_default_mac_addr_set, address_refusal});
  verbs.add("eth_dev_get_mtu", {{port}, eth_dev_get_mtu});
  verbs.add("eth_dev_set_mtu", {{port, {"mtu", Type::kUint16, Need::kRequired}}, eth_dev_set_mtu});
  verbs.add("eth_dev_set_link_up", {{port}, of_port<rte_eth_dev_set_link_up>});
  verbs.add("eth_dev_set_link_down", {{port}, of_port<rte_eth_dev_set_link_down>});
  verbs.add("eth_dev_get_vlan_offload", {{port}, of_port<rte_eth_dev_get_vlan_offload>});
  verbs.add("eth_dev_set_vlan_offload",
            {{port, {"offload_mask", Type::kInt, Need::kRequired}}, eth_dev_set_vlan_offload});
  verbs.add("eth_dev_rss_hash_conf_get", {{port}, eth_dev_rss_hash_conf_get});
  verbs.add("eth_dev_rss_hash_update",
            {{port, {"rss_hf", Type::kUint64, Need::kRequired}}, eth_dev_rss_hash_update});
  verbs.add("eth_dev_rss_reta_query",
            {{port, {"reta_size", Type::kUint16, Need::kRequired}}, eth_dev_rss_reta_query});
  verbs.add("eth_stats_reset", {{port}, of_port<rte_eth_stats_reset>});
  verbs.add("eth_xstats_get_names", {{port}, eth_xstats_get_names});
  verbs.add("eth_xstats_get", {{port}, eth_xstats_get});
  verbs.add("eth_xstats_reset", {{port}, of_port<rte_eth_xstats_reset>});
  verbs.add("eth_dev_rx_intr_enable", {{port, queue}, of_queue<rte_eth_dev_rx_intr_enable>});
  verbs.add("eth_dev_rx_intr_disable", {{port, queue}, of_queue<rte_eth_dev_rx_intr_disable>});
  verbs.add("eth_dev_rx_queue_start", {{port, queue}, of_queue<rte_eth_dev_rx_queue_start>});
  verbs.add("eth_dev_rx_queue_stop", {{port, queue}, of_queue<rte_eth_dev_rx_queue_stop>});
  verbs.add("eth_rx_queue_info_get", {{port, queue}, eth_rx_queue_info_get});
  verbs.add("eth_tx_queue_info_get", {{port, queue}, eth_tx_queue_info_get});
}

}  // namespace gauntlet
