# SPDX-License-Identifier: BSD-3-Clause
"""What a port that is a device asks for, and a port of software does not: its limits and its link."""

from __future__ import annotations

from conformance.ethdev.queues import has_link
from targets import host_network
from targets.outcome import Unavailable
from targets.peer import Peer
from targets.scene import Scene
from traffic.ports.port import Port

# RTE_ETH_RSS_NONFRAG_IPV4_UDP, 20.11 to 26.07: frames in a tunnel differ in their UDP ports only.
SPREADS_UDP = 1 << 5


def limits(owner: Peer, port_id: int, queues: int, descriptors: int) -> dict[str, int]:
    """The hash that spreads flows over so many queues, and numbers of descriptors that the driver takes.
    Unavailable where it has fewer queues, or no such hash."""
    info = owner.call("eth_dev_info_get", port_id=port_id)
    most = min(info.max_rx_queues, info.max_tx_queues)
    if queues > most:
        raise Unavailable(f"needs {queues} queues each way: {info.driver_name} has {most} here")
    if queues > 1 and not info.flow_type_rss_offloads & SPREADS_UDP:
        raise Unavailable(f"needs RSS of UDP: {info.driver_name} does not spread flows over queues")
    fit = owner.call(
        "eth_dev_adjust_nb_rx_tx_desc",
        port_id=port_id,
        nb_rx_desc=descriptors,
        nb_tx_desc=descriptors,
    )
    return {
        "rss_hf": info.flow_type_rss_offloads if queues > 1 else 0,
        "nb_rx_desc": fit.nb_rx_desc,
        "nb_tx_desc": fit.nb_tx_desc,
    }


def wait_for_link(scene: Scene, port: Port, owner: Peer, port_id: int) -> None:
    """Waits until both ends of the cable have a link."""
    scene.wait_until(
        lambda: has_link(owner, port_id),
        f"the link of {port.device} to come up",
    )
    host_network.inside(port.carrying)
