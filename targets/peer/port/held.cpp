// SPDX-License-Identifier: BSD-3-Clause
// Stops a burst by the processor's trap flag: no driver has to call anything for that.
#include "targets/peer/port/held.hpp"

#include <rte_ethdev.h>
#include <rte_version.h>

#include "targets/peer/stepping/self_step.hpp"

namespace gauntlet {
namespace {

// Where a process has a port's functions; a table of their own has them since 21.11.
#if RTE_VERSION < RTE_VERSION_NUM(21, 11, 0, 0)
const rte_eth_dev& functions_of(std::uint16_t port_id) { return rte_eth_devices[port_id]; }
#else
// Type and table have one name.
const struct rte_eth_fp_ops& functions_of(std::uint16_t port_id) { return rte_eth_fp_ops[port_id]; }
#endif

}  // namespace

std::uintptr_t rx_of_driver(std::uint16_t port_id) {
  return reinterpret_cast<std::uintptr_t>(functions_of(port_id).rx_pkt_burst);
}

std::uintptr_t tx_of_driver(std::uint16_t port_id) {
  return reinterpret_cast<std::uintptr_t>(functions_of(port_id).tx_pkt_burst);
}

void burst_or_held(const Call& call, std::uintptr_t driver, const std::function<void()>& burst) {
  if (!call.command.value("hold", false)) {
    burst();
    return;
  }
  interrupt_inside(driver, 0, burst, [&call] {
    call.control.event("held", {{"of", call.command["id"]}});
    call.job.wait_for_release();
  });
}

}  // namespace gauntlet
