// SPDX-License-Identifier: BSD-3-Clause
// Verbs for ports and the mbuf pools behind them.
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>
#include <rte_ring.h>
#include <rte_version.h>
#include <sched.h>

#include <algorithm>
#include <array>
#include <limits>

#include "targets/peer/answer.hpp"
#include "targets/peer/families.hpp"
#include "targets/peer/port/held.hpp"

namespace gauntlet {
namespace {

std::uint16_t u16(const Call& call, const char* key, std::uint16_t otherwise = 0) {
  return call.command.value(key, otherwise);
}

constexpr std::uint16_t kBurst = 32;
using Mbufs = std::array<rte_mbuf*, kBurst>;

// The frames of a burst as hexadecimal text, and the mbufs back to their pool.
void take(Json& frames, const Mbufs& burst, unsigned n) {
  for (unsigned i = 0; i < n; ++i) {
    std::vector<unsigned char> bytes(rte_pktmbuf_pkt_len(burst[i]));
    const auto size = static_cast<std::uint32_t>(bytes.size());
    const void* data = rte_pktmbuf_read(burst[i], 0, size, bytes.data());
    frames.push_back(data != nullptr ? hex_of(data, bytes.size()) : "");
    rte_pktmbuf_free(burst[i]);
  }
}

Json pktmbuf_pool_create(const Call& call) {
  rte_errno = 0;
  const auto name = call.command["name"].get<std::string>();
  const rte_mempool* pool = rte_pktmbuf_pool_create(
      name.c_str(), call.command["n"].get<unsigned>(), call.command.value("cache_size", 0U),
      u16(call, "priv_size"), u16(call, "data_room_size", RTE_MBUF_DEFAULT_BUF_SIZE),
      SOCKET_ID_ANY);
  return with_rte_errno(pool != nullptr ? 0 : -1);
}

Json eth_dev_count_avail(const Call& /*call*/) { return {{"ret", rte_eth_dev_count_avail()}}; }

Json eth_dev_get_port_by_name(const Call& call) {
  std::uint16_t port_id = RTE_MAX_ETHPORTS;
  Json answer = with_errno(
      rte_eth_dev_get_port_by_name(call.command["name"].get<std::string>().c_str(), &port_id));
  answer["port_id"] = port_id;
  return answer;
}

Json eth_dev_info_get(const Call& call) {
  rte_eth_dev_info info{};
  Json answer = with_errno(rte_eth_dev_info_get(u16(call, "port_id"), &info));
  answer.update({{"driver_name", info.driver_name != nullptr ? info.driver_name : ""},
                 {"max_rx_queues", info.max_rx_queues},
                 {"max_tx_queues", info.max_tx_queues},
                 {"flow_type_rss_offloads", info.flow_type_rss_offloads}});
  return answer;
}

Json eth_dev_adjust_nb_rx_tx_desc(const Call& call) {
  std::uint16_t rx = u16(call, "nb_rx_desc");
  std::uint16_t tx = u16(call, "nb_tx_desc");
  Json answer = with_errno(rte_eth_dev_adjust_nb_rx_tx_desc(u16(call, "port_id"), &rx, &tx));
  answer.update({{"nb_rx_desc", rx}, {"nb_tx_desc", tx}});
  return answer;
}

// The mode in which the device spreads flows by a hash; the name had no RTE_ before 21.11.
#if RTE_VERSION < RTE_VERSION_NUM(21, 11, 0, 0)
constexpr auto kSpread = ETH_MQ_RX_RSS;
#else
constexpr auto kSpread = RTE_ETH_MQ_RX_RSS;
#endif

Json eth_dev_configure(const Call& call) {
  rte_eth_conf conf{};
  conf.rx_adv_conf.rss_conf.rss_hf = call.command.value("rss_hf", std::uint64_t{0});
  if (conf.rx_adv_conf.rss_conf.rss_hf != 0) conf.rxmode.mq_mode = kSpread;
  conf.intr_conf.lsc = call.command.value("lsc", false) ? 1 : 0;
  conf.intr_conf.rxq = call.command.value("rxq", false) ? 1 : 0;
  return with_errno(rte_eth_dev_configure(u16(call, "port_id"), u16(call, "nb_rx_queue"),
                                          u16(call, "nb_tx_queue"), &conf));
}

Json eth_rx_queue_setup(const Call& call) {
  rte_mempool* pool = rte_mempool_lookup(call.command["pool"].get<std::string>().c_str());
  return with_errno(rte_eth_rx_queue_setup(u16(call, "port_id"), u16(call, "queue_id"),
                                           u16(call, "nb_desc"), SOCKET_ID_ANY, nullptr, pool));
}

Json eth_tx_queue_setup(const Call& call) {
  return with_errno(rte_eth_tx_queue_setup(u16(call, "port_id"), u16(call, "queue_id"),
                                           u16(call, "nb_desc"), SOCKET_ID_ANY, nullptr));
}

// Polls until nb_pkts frames have come, so many times ("polls"), or until told to stop. "polling"
// is said after the first poll, which came too early for a frame that is sent when it is heard.
// With "hold" the first poll is held inside the driver.
Json eth_rx_burst(const Call& call) {
  const auto wanted = u16(call, "nb_pkts");
  const auto port_id = u16(call, "port_id");
  const auto polls = call.command.value("polls", std::numeric_limits<std::uint64_t>::max());
  Json frames = Json::array();
  Mbufs burst{};
  for (std::uint64_t polled = 0; polled < polls && frames.size() < wanted && !call.job.stopped();
       ++polled) {
    const auto room = std::min<std::size_t>(kBurst, wanted - frames.size());
    std::uint16_t n = 0;
    const auto poll = [&] {
      n = rte_eth_rx_burst(port_id, u16(call, "queue_id"), burst.data(),
                           static_cast<std::uint16_t>(room));
    };
    if (polled == 0) {
      burst_or_held(call, rx_of_driver(port_id), poll);
      call.control.event("polling", {{"of", call.command["id"]}});
    } else {
      poll();
    }
    take(frames, burst, n);
    if (n == 0) sched_yield();
  }
  return {{"ret", frames.size()}, {"frames", frames}};
}

// One burst, up to the first frame that the pool has no mbuf or no room for; the frames that the
// port does not take are freed. With "hold" the burst is held inside the driver.
Json eth_tx_burst(const Call& call) {
  rte_mempool* pool = rte_mempool_lookup(call.command["pool"].get<std::string>().c_str());
  if (pool == nullptr) return {{"ret", -1}, {"why", "a pool of that name does not exist"}};
  Mbufs burst{};
  std::uint16_t made = 0;
  for (const auto& frame : call.command["frames"]) {
    const auto bytes = bytes_of(frame.get<std::string>());
    rte_mbuf* mbuf = rte_pktmbuf_alloc(pool);
    if (mbuf == nullptr) break;
    char* data = rte_pktmbuf_append(mbuf, static_cast<std::uint16_t>(bytes.size()));
    if (data == nullptr) {  // The pool's mbufs have no room for it: an empty frame is another one.
      rte_pktmbuf_free(mbuf);
      break;
    }
    std::copy(bytes.begin(), bytes.end(), data);
    burst[made++] = mbuf;
  }
  const auto port_id = u16(call, "port_id");
  std::uint16_t sent = 0;
  burst_or_held(call, tx_of_driver(port_id), [&] {
    sent = rte_eth_tx_burst(port_id, u16(call, "queue_id"), burst.data(), made);
  });
  for (std::uint16_t i = sent; i < made; ++i) rte_pktmbuf_free(burst[i]);
  return {{"ret", sent}};
}

std::optional<std::string> frames_refusal(const Json& command) {
  const Json& frames = command["frames"];
  if (frames.size() > kBurst) {
    return std::to_string(frames.size()) + " frames; there may be " + std::to_string(kBurst);
  }
  for (const auto& frame : frames) {
    const auto& text = frame.get_ref<const std::string&>();
    if (text.size() % 2 != 0 || text.find_first_not_of("0123456789abcdef") != std::string::npos ||
        text.size() / 2 > RTE_MBUF_DEFAULT_DATAROOM) {
      return "a frame is an mbuf's room of bytes at most, in hexadecimal digits, two a byte";
    }
  }
  return std::nullopt;
}

// All the mbufs that wait in a ring, their bytes, and the mbufs back to their pool.
Json ring_take_pktmbufs(const Call& call) {
  rte_ring* ring = rte_ring_lookup(call.command["name"].get<std::string>().c_str());
  if (ring == nullptr) return {{"ret", -1}, {"why", "a ring of that name does not exist"}};
  Json frames = Json::array();
  Mbufs burst{};
  while (const unsigned n = rte_ring_dequeue_burst(ring, reinterpret_cast<void**>(burst.data()),
                                                   kBurst, nullptr)) {
    take(frames, burst, n);
  }
  return {{"ret", frames.size()}, {"frames", frames}};
}

Json eth_link_get(const Call& call) {
  rte_eth_link link{};
  Json answer = with_errno(rte_eth_link_get_nowait(u16(call, "port_id"), &link));
  answer["link_status"] = static_cast<unsigned>(link.link_status);
  return answer;
}

Json eth_stats_get(const Call& call) {
  rte_eth_stats stats{};
  Json answer = with_errno(rte_eth_stats_get(u16(call, "port_id"), &stats));
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

// A new owner's id is taken under the lock of all ports.
Json eth_dev_owner_new(const Call& /*call*/) {
  std::uint64_t owner_id = 0;
  const int ret = rte_eth_dev_owner_new(&owner_id);
  return {{"ret", ret}, {"owner_id", owner_id}};
}

Json eth_dev_owner_set(const Call& call) {
  rte_eth_dev_owner owner{};
  owner.id = call.command["owner_id"].get<std::uint64_t>();
  return {{"ret", rte_eth_dev_owner_set(call.command["port_id"].get<std::uint16_t>(), &owner)}};
}

}  // namespace

void add_port_verbs(Verbs& verbs) {
  const Key name = {"name", Type::kString, Need::kRequired};
  const Key port = {"port_id", Type::kUint16, Need::kRequired};
  const Key queue = {"queue_id", Type::kUint16, Need::kRequired};
  const Key descriptors = {"nb_desc", Type::kUint16, Need::kRequired};
  verbs.add("pktmbuf_pool_create", {{name,
                                     {"n", Type::kUnsigned, Need::kRequired},
                                     {"cache_size", Type::kUnsigned},
                                     {"priv_size", Type::kUint16},
                                     {"data_room_size", Type::kUint16}},
                                    pktmbuf_pool_create});
  verbs.add("eth_dev_get_port_by_name", {{name}, eth_dev_get_port_by_name});
  verbs.add("eth_dev_count_avail", {{}, eth_dev_count_avail});
  verbs.add("eth_dev_info_get", {{port}, eth_dev_info_get});
  verbs.add("eth_dev_adjust_nb_rx_tx_desc", {{port,
                                              {"nb_rx_desc", Type::kUint16, Need::kRequired},
                                              {"nb_tx_desc", Type::kUint16, Need::kRequired}},
                                             eth_dev_adjust_nb_rx_tx_desc});
  verbs.add("eth_dev_configure", {{port,
                                   {"nb_rx_queue", Type::kUint16, Need::kRequired},
                                   {"nb_tx_queue", Type::kUint16, Need::kRequired},
                                   {"rss_hf", Type::kUint64},
                                   {"lsc", Type::kBool},
                                   {"rxq", Type::kBool}},
                                  eth_dev_configure});
  verbs.add(
      "eth_rx_queue_setup",
      {{port, queue, descriptors, {"pool", Type::kString, Need::kRequired}}, eth_rx_queue_setup});
  verbs.add("eth_tx_queue_setup", {{port, queue, descriptors}, eth_tx_queue_setup});
  verbs.add("eth_dev_start", {{port}, [](const Call& call) {
                                return with_errno(rte_eth_dev_start(u16(call, "port_id")));
                              }});
  verbs.add("eth_dev_stop", {{port}, [](const Call& call) {
                               return with_errno(rte_eth_dev_stop(u16(call, "port_id")));
                             }});
  verbs.add("eth_dev_close", {{port}, [](const Call& call) {
                                return with_errno(rte_eth_dev_close(u16(call, "port_id")));
                              }});
  verbs.add("eth_dev_owner_new", {{}, eth_dev_owner_new});
  verbs.add("eth_dev_owner_set", {{{"port_id", Type::kUint16, Need::kRequired},
                                   {"owner_id", Type::kUint64, Need::kRequired}},
                                  eth_dev_owner_set});
  verbs.add("eth_stats_get", {{port}, eth_stats_get});
  verbs.add("eth_link_get", {{port}, eth_link_get});
  verbs.add(
      "eth_rx_burst",
      {{port, queue, {"nb_pkts", Type::kUint16, Need::kRequired}, {"polls", Type::kCount}, kHold},
       eth_rx_burst});
  verbs.add("eth_tx_burst", {{port,
                              queue,
                              {"frames", Type::kStrings, Need::kRequired},
                              {"pool", Type::kString, Need::kRequired},
                              kHold},
                             eth_tx_burst,
                             frames_refusal});
  verbs.add("ring_take_pktmbufs", {{name}, ring_take_pktmbufs});
}

}  // namespace gauntlet
