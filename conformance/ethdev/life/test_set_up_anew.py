# SPDX-License-Identifier: BSD-3-Clause
"""The owner stops the port, sets it up anew and starts it, beside a secondary that meanwhile waits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Mapping

import pytest

from conformance.ethdev import started
from conformance.ethdev.life.onlooker import (
    FRAMES,
    RETURNED,
    Onlooker,
    does_each,
)
from conformance.ethdev.needs import need
from conformance.ethdev.started import POOL, Started
from targets.outcome import Unavailable
from targets.scene import Scene
from traffic.ports.bridged import Bridged
from traffic.ports.no_wire import Ring
from traffic.ports.port import Port


@dataclass(frozen=True)
class Change:
    """What the owner does with its stopped port. before, after: how many queues it has each way."""

    before: int
    after: int
    do: Callable[[Started], None]

    def make(self, up: Started) -> None:
        """The owner stops the port, changes it and starts it."""
        up.stop_port()
        up.queues = self.after
        self.do(up)
        assert up.owner.call("eth_dev_start", port_id=up.port_id).ret == 0


def _set_up_a_queue(up: Started) -> None:
    ask = {"port_id": up.port_id, "queue_id": 0, "nb_desc": 512}
    assert up.owner.call("eth_rx_queue_setup", pool=POOL, **ask).ret == 0
    assert up.owner.call("eth_tx_queue_setup", **ask).ret == 0


CHANGES: Mapping[str, Change] = {
    "stopped-and-started": Change(1, 1, lambda up: None),
    "queue-set-up-anew": Change(1, 1, _set_up_a_queue),
    "configured-alike": Change(1, 1, started.set_up_port),
    "more-queues": Change(1, 2, started.set_up_port),
    "fewer-queues": Change(2, 1, started.set_up_port),
}


def _start(scene: Scene, port: Port, change: Change) -> Onlooker:
    """A secondary beside a started port, as it is before the change."""
    need(port, port.secondary_data_path)
    most = max(change.before, change.after)
    if isinstance(port, Ring) and most > 1:
        raise Unavailable(f"{port.kind}: the guide's form has one queue")
    if isinstance(port, Bridged):
        need(port, port.restarts)
    up = started.configure(scene, port, most)
    if change.before < most:
        Change(most, change.before, started.set_up_port).make(up)
    room = up.owner.call("eth_dev_info_get", port_id=up.port_id).max_rx_queues
    if room < most:
        raise Unavailable(
            f"{port.kind}: the driver has room for {room} queues, and {most} are needed"
        )
    onlooker = Onlooker(up, scene.secondary())
    if not onlooker.has_it:
        raise Unavailable(
            f"{port.kind}: a secondary does not get the port when it has {most} queues"
        )
    return onlooker


@does_each
@pytest.mark.parametrize("change", CHANGES)
def test_secondary_works_afterwards(scene: Scene, port: Port, change: str, does: str):
    """A secondary that neither polls nor sends while the owner stops the port, changes it and starts it
    receives and sends afterwards, by each queue that the port then has.

    Source: rte_ethdev.h: "it must call rte_eth_dev_stop() first to stop the device and then do the
    reconfiguration before calling rte_eth_dev_start() again"; guide, "Multi-process Support": "work
    together in a simple transparent manner"
    Since: 18.11   Strength: documented
    """
    onlooker = _start(scene, port, CHANGES[change])
    before = onlooker.carries(does)
    CHANGES[change].make(onlooker.up)
    onlooker.settles()
    assert (before, onlooker.carries(does)) == (FRAMES, FRAMES)


@does_each
def test_queue_that_is_gone_is_survived(scene: Scene, port: Port, does: str):
    """A secondary that polls a queue, or sends by it, which its owner has taken from the port meanwhile
    gets nothing, and lives.

    Source: nobody promises anything: rte_ethdev.h, rte_eth_rx_burst: "The value must be in the range
    [0, nb_rx_queue - 1]"; no call tells a secondary that the number has changed
    Since: 18.11   Strength: measured
    """
    fewer = CHANGES["fewer-queues"]
    onlooker = _start(scene, port, fewer)
    fewer.make(onlooker.up)
    assert onlooker.tries(does, queue_id=1) == RETURNED
