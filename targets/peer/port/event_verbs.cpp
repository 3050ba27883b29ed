// SPDX-License-Identifier: BSD-3-Clause
// Verbs for what a process is told of a port: its events, the callbacks of its bursts, who owns it,
// and the descriptor of an rx interrupt.
#include <rte_ethdev.h>

#include <array>
#include <atomic>

#include "targets/peer/answer.hpp"
#include "targets/peer/families.hpp"

namespace gauntlet {
namespace {

std::uint16_t u16(const Call& call, const char* key) {
  return call.command[key].get<std::uint16_t>();
}

// -- events ---------------------------------------------------------------------------------------

struct Named {
  const char* name;
  rte_eth_event_type event;
};

constexpr std::array<Named, 5> kEvents = {{{"NEW", RTE_ETH_EVENT_NEW},
                                           {"DESTROY", RTE_ETH_EVENT_DESTROY},
                                           {"INTR_LSC", RTE_ETH_EVENT_INTR_LSC},
                                           {"INTR_RMV", RTE_ETH_EVENT_INTR_RMV},
                                           {"QUEUE_STATE", RTE_ETH_EVENT_QUEUE_STATE}}};

const char* name_of(rte_eth_event_type event) {
  for (const Named& one : kEvents) {
    if (one.event == event) return one.name;
  }
  return "another";
}

int say(std::uint16_t port_id, rte_eth_event_type event, void* control, void* /*of_event*/) {
  static_cast<Control*>(control)->event("eth_event",
                                        {{"port_id", port_id}, {"kind", name_of(event)}});
  return 0;
}

// Each event of the port, of all ports where none is given, is said as it comes.
Json eth_dev_callback_register(const Call& call) {
  const auto port_id = call.command.value("port_id", std::uint16_t{RTE_ETH_ALL});
  int ret = 0;
  for (const Named& one : kEvents) {
    if (ret == 0) ret = rte_eth_dev_callback_register(port_id, one.event, say, &call.control);
  }
  return with_errno(ret);
}

// -- callbacks of bursts --------------------------------------------------------------------------

// How many frames the callbacks of this process have been given.
struct Frames {
  std::atomic<std::uint64_t> rx{0};
  std::atomic<std::uint64_t> tx{0};
};

Frames& frames() {
  static Frames all;
  return all;
}

std::uint16_t count_rx(std::uint16_t /*port_id*/, std::uint16_t /*queue*/, rte_mbuf** /*burst*/,
                       std::uint16_t n, std::uint16_t /*most*/, void* counter) {
  *static_cast<std::atomic<std::uint64_t>*>(counter) += n;
  return n;
}

std::uint16_t count_tx(std::uint16_t /*port_id*/, std::uint16_t /*queue*/, rte_mbuf** /*burst*/,
                       std::uint16_t n, void* counter) {
  *static_cast<std::atomic<std::uint64_t>*>(counter) += n;
  return n;
}

Json eth_add_rx_callback(const Call& call) {
  rte_errno = 0;
  const auto* added =
      rte_eth_add_rx_callback(u16(call, "port_id"), u16(call, "queue_id"), count_rx, &frames().rx);
  return with_rte_errno(added != nullptr ? 0 : -1);
}

Json eth_add_tx_callback(const Call& call) {
  rte_errno = 0;
  const auto* added =
      rte_eth_add_tx_callback(u16(call, "port_id"), u16(call, "queue_id"), count_tx, &frames().tx);
  return with_rte_errno(added != nullptr ? 0 : -1);
}

Json callback_frames(const Call& /*call*/) {
  return {{"ret", 0}, {"rx", frames().rx.load()}, {"tx", frames().tx.load()}};
}

// -- owners, interrupts ---------------------------------------------------------------------------

Json eth_dev_owner_get(const Call& call) {
  rte_eth_dev_owner owner{};
  Json answer = with_errno(rte_eth_dev_owner_get(u16(call, "port_id"), &owner));
  answer["owner_id"] = owner.id;
  return answer;
}

Json eth_dev_owner_unset(const Call& call) {
  return with_errno(
      rte_eth_dev_owner_unset(u16(call, "port_id"), call.command["owner_id"].get<std::uint64_t>()));
}

Json eth_dev_rx_intr_ctl_q_get_fd(const Call& call) {
  return {{"ret", rte_eth_dev_rx_intr_ctl_q_get_fd(u16(call, "port_id"), u16(call, "queue_id"))}};
}

}  // namespace

void add_port_event_verbs(Verbs& verbs) {
  const Key port = {"port_id", Type::kUint16, Need::kRequired};
  const Key queue = {"queue_id", Type::kUint16, Need::kRequired};
  verbs.add("eth_dev_callback_register", {{{"port_id", Type::kUint16}}, eth_dev_callback_register});
  verbs.add("eth_add_rx_callback", {{port, queue}, eth_add_rx_callback});
  verbs.add("eth_add_tx_callback", {{port, queue}, eth_add_tx_callback});
  verbs.add("callback_frames", {{}, callback_frames});
  verbs.add("eth_dev_owner_get", {{port}, eth_dev_owner_get});
  verbs.add("eth_dev_owner_unset",
            {{port, {"owner_id", Type::kUint64, Need::kRequired}}, eth_dev_owner_unset});
  verbs.add("eth_dev_rx_intr_ctl_q_get_fd", {{port, queue}, eth_dev_rx_intr_ctl_q_get_fd});
}

}  // namespace gauntlet
