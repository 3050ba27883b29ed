# SPDX-License-Identifier: BSD-3-Clause
"""Frames through a port that a primary owns and secondaries work for, accounted for one by one."""

import pytest

from conformance.ethdev import client_server
from conformance.ethdev.started import accounted
from conformance.ethdev.client_server import BURST
from faults.process import Killed
from targets.observed import observed
from targets.scene import Scene
from traffic.account import Window
from traffic.frame import build
from traffic.ports.port import Port

FRAMES = 2000
RING_MODES = {"SP-SC": "SP-SC", "MP-MC": "MP-MC", "RTS": "RTS-RTS", "HTS": "HTS-HTS"}


@observed
def _worked(arrivals):
    """For the frames that came back: the numbers of secondaries that had a frame in hand."""
    return {frame.worked for frame in arrivals.received if hasattr(frame, "worked")}


def test_secondary_sees_the_port(scene: Scene, port: Port):
    """A secondary finds the primary's port under the same name and number, without being told of it.

    Source: guide, "Multi-process Support"; drivers/bus/vdev, vdev_scan (broken 24.03 to 24.07)
    Since: 18.11   Strength: documented
    """
    deployment = client_server.start(scene, port)
    secondary = scene.secondary()
    found = secondary.call("eth_dev_get_port_by_name", name=port.device)
    count = secondary.call("eth_dev_count_avail").ret
    assert (found.ret, found.port_id, count) == (0, deployment.port_id, port.ports)


@pytest.mark.parametrize("mode", RING_MODES)
def test_every_frame_is_delivered(scene: Scene, port: Port, mode: str):
    """Every frame goes wire, primary, ring, secondary, ring, primary, wire: once, in order, intact.

    Source: guide, "Multi-process Sample Application", "Client-Server"; guide, "Ring Library": "FIFO"
    Since: 18.05   Strength: documented
    """
    deployment = client_server.start(scene, port, mode=RING_MODES[mode])
    deployment.serve()
    deployment.work(0)
    with deployment.pump() as pump:
        arrivals = pump.run(build(1, 0, FRAMES))
    server, workers = deployment.stop()
    assert arrivals.inconclusive is None
    assert str(accounted(arrivals)) == f"sent {FRAMES}, received {FRAMES}: exact"
    assert (_worked(arrivals), server.received, server.sent) == ({1}, FRAMES, FRAMES)
    assert [w.worked for w in workers.values()] == [FRAMES]


def test_frame_lengths_are_kept(scene: Scene, port: Port):
    """Frames of every length that the wire takes come back with that length.

    Source: guide, "Multi-process Sample Application", "Client-Server"
    Since: 18.05   Strength: documented
    """
    deployment = client_server.start(scene, port)
    deployment.serve()
    deployment.work(0)
    lengths = (64, 65, 127, 128, 1000, 1513, 1514)
    frames = [build(length, 0, 1, length)[0] for length in lengths]
    with deployment.pump() as pump:
        arrivals = pump.run(frames)
    deployment.stop()
    assert str(accounted(arrivals)) == "sent 7, received 7: exact"


def test_port_counts_every_frame(scene: Scene, port: Port):
    """The port's statistics count every frame received and sent, and no error.

    Source: rte_ethdev.h, rte_eth_stats_get
    Since: 18.05   Strength: must
    """
    deployment = client_server.start(scene, port)
    deployment.serve()
    deployment.work(0)
    with deployment.pump() as pump:
        arrivals = pump.run(build(1, 0, FRAMES))
    server, _ = deployment.stop()
    stats = deployment.server.call("eth_stats_get", port_id=deployment.port_id)
    assert arrivals.inconclusive is None
    assert (stats.ret, stats.ipackets - server.other, stats.opackets) == (0, FRAMES, FRAMES)
    assert (stats.imissed, stats.ierrors, stats.oerrors, stats.rx_nombuf) == (0, 0, 0, 0)


def test_two_secondaries_share_the_frames(scene: Scene, port: Port):
    """With two secondaries every frame is delivered once, and both have worked.

    Source: guide, "Multi-process Sample Application", "Client-Server"
    Since: 18.05   Strength: documented
    """
    deployment = client_server.start(scene, port, workers=2)
    deployment.serve()
    for number in range(2):
        deployment.work(number)
    with deployment.pump() as pump:
        arrivals = pump.run(build(1, 0, FRAMES))
    _, workers = deployment.stop()
    found = accounted(arrivals)
    assert arrivals.inconclusive is None
    # Two rings keep no order between them: that is not promised.
    assert (found.received, found.lost, found.doubled, found.corrupted) == (FRAMES, (), (), ())
    worked = [answer.worked for answer in workers.values()]
    assert (sum(worked), min(worked) > 0, _worked(arrivals)) == (FRAMES, True, {1})


def test_buffers_come_back(scene: Scene, port: Port):
    """When all frames are delivered every mbuf but those the driver holds is back in the pool.

    Source: guide, "Mbuf Library": an mbuf is returned to the pool it came from
    Since: 18.05   Strength: documented
    """
    deployment = client_server.start(scene, port)
    before = deployment.free_buffers()
    deployment.serve()
    deployment.work(0)
    for flow in (1, 2):
        with deployment.pump() as pump:
            pump.run(build(flow, 0, FRAMES))
    deployment.stop()
    assert deployment.free_buffers() == before


def test_killed_secondary_loses_what_it_held(scene: Scene, port: Port):
    """A secondary killed between two rings loses the burst in its hands and nothing else: the frames
    behind it wait in the ring, and a new secondary delivers them.

    Source: guide, "Ring Library"; guide, "Multi-process Support"; both are silent on death
    Since: 18.05   Strength: measured
    """
    deployment = client_server.start(scene, port)
    deployment.serve()
    victim = deployment.work(0, hold_after=FRAMES // 2)
    held: dict[str, int] = {}

    def kill_and_replace() -> None:
        holding = victim.expect("holding")
        held.update(frames=holding.frames, first=holding.worked)
        with Killed(victim):
            deployment.lose(victim)
            deployment.work(0)
        pump.forgive(holding.frames)

    with deployment.pump() as pump:
        # The victim has handed on all before its burst; when they are back, it holds or is about to.
        at = {FRAMES // 2 - BURST: kill_and_replace}
        arrivals = pump.run(build(1, 0, FRAMES), at)
    deployment.stop()
    lost = held["frames"]
    assert 0 < lost <= BURST
    assert arrivals.inconclusive is None
    last = held["first"] + lost - 1
    window = Window(1, held["first"], last, lost, "in the victim's hands")
    found = accounted(arrivals, [window])
    assert found.exact
    assert (len(found.excused), found.received) == (lost, FRAMES - lost)


def test_delivery_resumes_after_a_restart(scene: Scene, port: Port):
    """After a secondary was killed while idle and started again, every frame is delivered.

    Source: guide, "Multi-process Support"
    Since: 18.05   Strength: documented
    """
    deployment = client_server.start(scene, port)
    deployment.serve()
    found = []
    for flow in (1, 2, 3):
        worker = deployment.work(0)
        with deployment.pump() as pump:
            arrivals = pump.run(build(flow, 0, FRAMES // 4))
        found.append(str(accounted(arrivals)))
        if flow < 3:
            with Killed(worker):
                deployment.lose(worker)
    deployment.stop()
    assert found == [f"sent {FRAMES // 4}, received {FRAMES // 4}: exact"] * 3
