# SPDX-License-Identifier: BSD-3-Clause
"""Virtual devices as the processes of a scene have them."""

from __future__ import annotations

from targets.observed import observed
from targets.peer import Peer


@observed
def ports(*peers: Peer) -> list[int]:
    """The number of ports of each peer."""
    return [peer.call("eth_dev_count_avail").ret for peer in peers]


@observed
def port_ids(name: str, *peers: Peer) -> list[int | None]:
    """Under which number each peer has the port of this name, None for who has not."""
    found = [peer.call("eth_dev_get_port_by_name", name=name) for peer in peers]
    return [answer.port_id if answer.ret == 0 else None for answer in found]


@observed
def on_bus(peer: Peer) -> dict[str, bool]:
    """The devices on a peer's vdev bus: whether each is driven by a driver."""
    devices = peer.call("dev_foreach", dev_str="bus=vdev").ret
    names = [device.name for device in devices]
    assert len(set(names)) == len(names), f"{peer.name} has a device twice: {names}"
    return {device.name: device.is_probed for device in devices}
