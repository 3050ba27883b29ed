# SPDX-License-Identifier: BSD-3-Clause
"""net_tap: the queues' descriptors go from the primary to secondaries that probe, and at each start."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from conformance.roles import settle
from conformance.ipc_users.ports import bring_up, frames, set_up
from faults.process import FewDescriptors
from faults.relay import Relay, Rule
from targets.outcome import Unavailable
from targets.peer import Peer
from targets.scene import Scene
from traffic.ports.tap import Tap
from traffic.wire import Wire

TAP = Tap("gtap0")
TUN = "/dev/net/tun"


@dataclass
class Taps:
    """A primary that owns a tap port, and a secondary beside it."""

    scene: Scene
    primary: Peer
    secondary: Peer
    port_id: int

    def start(self):
        """(Re)starts the port, and waits until the secondary has handled what it was sent."""
        self.primary.call("eth_dev_stop", port_id=self.port_id)
        ret = self.primary.call("eth_dev_start", port_id=self.port_id).ret
        settle(self.primary, self.secondary)
        return ret

    def of_a_pair(self):
        """The number of descriptors that an rx and a tx queue have: from 24.07 on, one for both."""
        return 1 if self.secondary.greeting.version[:2] >= [24, 7] else 2

    def descriptors(self):
        """The number of descriptors of taps in the secondary."""
        return self.secondary.open_paths().count(TUN)

    def works(self):
        """(received, sent): whether the secondary gets frames from the wire, and the wire its."""
        with _wire(self.scene) as wire:
            polling = self.secondary.tell(
                "eth_rx_burst", port_id=self.port_id, queue_id=0, nb_pkts=3
            )
            wire.send([bytes.fromhex(frame) for frame in frames(3)])
            received = polling.answer().frames
            self.secondary.call(
                "eth_tx_burst", port_id=self.port_id, queue_id=0, frames=frames(2), pool="mbufs"
            )
            until_ns = time.monotonic_ns() + int(self.scene.speed.deadline_s * 1e9)
            sent: list[str] = []
            while len(sent) < 2 and time.monotonic_ns() < until_ns:
                sent += [seen.data.hex() for seen in wire.receive(until_ns)]
        return received == frames(3), sent == frames(2)


@contextmanager
def _wire(scene: Scene):
    wire = Wire(TAP.wire)
    scene.isolation.inside(wire.__enter__)
    try:
        yield wire
    finally:
        wire.__exit__()


def _need_tap(scene: Scene):
    scene.need_network()
    why = TAP.unavailable()
    if why:
        raise Unavailable(f"{TAP.kind}: {why}")


def _owner(scene: Scene, *eal: str):
    """A primary with the tap, not configured, its interface up and silent."""
    _need_tap(scene)
    primary = scene.primary(*TAP.eal_args(), *eal)
    scene.isolation.inside(TAP.link_up)
    return primary


WHEN = ("before-the-queues", "before-the-start", "after-the-start")


def _taps(scene: Scene, queues=1, when="after-the-start"):
    """A started tap, and a secondary that has come at one of the times of WHEN."""
    primary = _owner(scene)
    there = []
    for step in WHEN:
        if step == "before-the-start":
            port_id = set_up(primary, TAP.device, queues)
        if step == "after-the-start":
            assert primary.call("eth_dev_start", port_id=port_id).ret == 0
        if step == when:
            there.append(scene.secondary())
    taps = Taps(scene, primary, there[0], port_id)
    settle(primary, taps.secondary)
    return taps


@pytest.mark.parametrize("when", ["before-the-start", "after-the-start"])
def test_secondary_sends_and_receives(scene: Scene, when):
    """A secondary receives and sends on the primary's started tap.

    Source: guide, "Tun|Tap Poll Mode Driver", "Multi-process sharing": "it can be used for ... Rx/Tx"
    Since: 22.03   Strength: documented
    """
    assert _taps(scene, when=when).works() == (True, True)


@pytest.mark.parametrize("when", WHEN)
def test_each_queue_is_shared(scene: Scene, when):
    """A secondary holds one descriptor of each rx and of each tx queue; from 24.07 on, one of each pair.

    Source: guide, "Tun|Tap Poll Mode Driver", "Multi-process sharing": "access to ... the queues";
        72ab1dc1598e (24.07): one descriptor for an rx and a tx queue
    Since: 22.03   Strength: documented
    """
    taps = _taps(scene, queues=2, when=when)
    assert taps.descriptors() == 2 * taps.of_a_pair()


def test_restarted_port_works(scene: Scene):
    """After the primary has stopped and started its tap, the secondary still receives and sends.

    Source: guide, "Tun|Tap Poll Mode Driver", "Multi-process sharing"
    Since: 22.03   Strength: documented
    """
    taps = _taps(scene)
    assert taps.start() == 0
    assert taps.works() == (True, True)


def test_restarts_keep_no_descriptors(scene: Scene):
    """However often the primary starts its tap, a secondary holds one descriptor of each queue.

    Source: rte_eth_tap.c, tap_mp_req_start_rxtx: the descriptors in use are replaced
    Since: 22.03   Strength: observed
    """
    taps = _taps(scene)
    for _ in range(5):
        assert taps.start() == 0
    assert taps.descriptors() == taps.of_a_pair()


def test_restarts_do_not_silence_a_secondary(scene: Scene):
    """A secondary with few free descriptors still answers requests after many starts of the tap.

    Source: guide, "Multi-process Support", "Receiving and responding to messages"
    Since: 18.05   Strength: documented
    """
    taps = _taps(scene)
    taps.secondary.call("mp_action_register", name="ping", manner="reply")
    with FewDescriptors(taps.secondary, free=8):
        for _ in range(10):
            taps.primary.call("eth_dev_stop", port_id=taps.port_id)
            taps.primary.call("eth_dev_start", port_id=taps.port_id)
        r = taps.primary.call("mp_request_sync", name="ping", timeout="patience")
    answered = "answered" if r.nb_received == 1 else "no answer"
    assert answered == "answered"


def _plugged(scene: Scene):
    """A tap that was plugged in, set up and started beside a secondary."""
    _need_tap(scene)
    primary = scene.primary()
    secondary = scene.secondary()
    plugged = primary.call("dev_probe", devargs=f"{TAP.device},iface={TAP.iface}")
    assert plugged.ret == 0
    scene.isolation.inside(TAP.link_up)
    port_id = bring_up(primary, TAP.device)
    settle(primary, secondary)
    return Taps(scene, primary, secondary, port_id)


def test_hot_plugged_tap_is_shared(scene: Scene):
    """A secondary that was there before the tap was plugged in holds a descriptor of each queue.

    Source: guide, "Tun|Tap Poll Mode Driver", "Multi-process sharing" (c36ce7099c21)
    Since: 22.03   Strength: observed
    """
    taps = _plugged(scene)
    assert taps.descriptors() == taps.of_a_pair()


def test_hot_plugged_tap_works(scene: Scene):
    """A secondary that was there before the tap was plugged in receives and sends on it.

    Source: rte_eth_tap.c, tap_mp_req_start_rxtx (c36ce7099c21): what the descriptors are sent for
    Since: 22.03   Strength: observed
    """
    assert _plugged(scene).works() == (True, True)


def test_closed_port_leaves_no_descriptors(scene: Scene):
    """A secondary that closes its tap port closes the descriptors of its queues.

    Source: rte_ethdev.h, rte_eth_dev_close: "The function frees all port resources"
    Since: 18.05   Strength: must
    """
    taps = _taps(scene)
    assert taps.secondary.call("eth_dev_close", port_id=taps.port_id).ret == 0
    assert taps.descriptors() == 0


def test_unknown_port_brings_no_descriptors(scene: Scene):
    """A secondary that does not have the port keeps nothing of what its start sends.

    Source: rte_eth_tap.c, tap_mp_req_start_rxtx
    Since: 22.03   Strength: observed
    """
    primary = _owner(scene, "--vdev=net_tap1")
    port_id = set_up(primary, TAP.device)
    secondary = scene.secondary()
    secondary.call("eth_dev_close", port_id=port_id)
    before = secondary.open_paths().count(TUN)
    taps = Taps(scene, primary, secondary, port_id)
    assert [taps.start() for _ in range(3)] == [0] * 3
    assert taps.descriptors() - before == 0


@pytest.mark.parametrize("queues", [4, 5, 16])
def test_many_queues_start(scene: Scene, queues):
    """A tap starts with as many queues as it says it has, with secondaries there.

    Source: rte_ethdev.h, struct rte_eth_dev_info: "max_rx_queues"; guide: "Maximum 8 queues shared"
    Since: 18.05   Strength: must
    """
    primary, secondary = _owner(scene), scene.secondary()
    port_id = set_up(primary, TAP.device, queues)
    started = primary.call("eth_dev_start", port_id=port_id)
    settle(primary, secondary)
    assert started.ret == 0


def test_many_queues_are_asked_for(scene: Scene):
    """A secondary that starts beside a tap of more queues than a message takes does the primary no
    harm.

    Source: guide, "Tun|Tap Poll Mode Driver", "Multi-process sharing": "Maximum 8 queues shared"
    Since: 18.11   Strength: documented
    """
    primary = _owner(scene)
    set_up(primary, TAP.device, 8)
    scene.secondary()
    assert primary.call("eth_dev_count_avail").ret == 1


@pytest.mark.parametrize("action", ["ignore", "drop"])
def test_unanswered_secondary_has_no_port(scene: Scene, action):
    """A secondary whose question for the descriptors is not answered starts, without that port.

    Source: rte_eth_tap.c, tap_mp_attach_queues (7dccd4e02bcf); 1 s is what it waits
    Since: 19.05   Strength: observed
    """
    primary = _owner(scene)
    bring_up(primary, TAP.device)
    with Relay(scene, scene.socket_of(primary), Rule(action, "tap_mp_sync_queues")):
        secondary = scene.secondary()
    assert secondary.call("eth_dev_count_avail").ret == 0
