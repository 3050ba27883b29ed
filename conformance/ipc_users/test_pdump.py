# SPDX-License-Identifier: BSD-3-Clause
"""mp_pdump: a secondary asks its primary to copy what goes through a port into a ring."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from conformance.ipc_users.capture import ALL_QUEUES, COPIES, DEVICE, RING_SIZE, RX, RXTX, TX
from conformance.ipc_users.capture import joined, knows, ready_to_capture, result
from conformance.ipc_users.ports import frames
from faults.process import Killed
from targets.scene import Scene

PCAPNG = 4


@pytest.mark.parametrize("flags", [RX, TX, RXTX], ids=["rx", "tx", "rxtx"])
def test_frames_are_captured(scene: Scene, flags):
    """Every frame in the direction asked for is copied into the ring, once, in order, intact.

    Source: guide, "Packet Capture Library": "mirror the packets to the new mempool and enqueue them"
    Since: 18.05   Strength: documented
    """
    capture = ready_to_capture(scene)
    assert capture.enable(flags) == (0, None)
    sent = frames(5)
    capture.send_around(sent)
    # All are sent before any is received.
    assert capture.taken() == sent * len(flags)


def test_disabled_capture_stops(scene: Scene):
    """After rte_pdump_disable nothing more is copied, and every copy is back in the pool.

    Source: rte_pdump.h, rte_pdump_disable: "Disables packet capturing on given port and queue"
    Since: 18.05   Strength: must
    """
    capture = ready_to_capture(scene)
    capture.enable()
    capture.send_around(frames(5))
    before = len(capture.taken())
    off = capture.disable()
    capture.send_around(frames(5))
    assert (before, off, capture.taken(), capture.free_copies()) == (10, (0, None), [], COPIES)


def test_one_direction_can_be_disabled(scene: Scene):
    """Disabling one direction of a capture of both leaves the other.

    Source: rte_pdump.h, rte_pdump_disable: flags say "on which packet capturing should be enabled"
    Since: 18.05   Strength: must
    """
    capture = ready_to_capture(scene)
    capture.enable(RXTX)
    assert capture.disable(RX) == (0, None)
    capture.send_around(frames(4))
    assert (len(capture.taken()), capture.disable(TX)) == (4, (0, None))


@pytest.mark.parametrize("queue, captured", [(0, 3), (1, 4), (ALL_QUEUES, 7)])
def test_queues_are_told_apart(scene: Scene, queue, captured):
    """A capture of one queue takes that queue's frames; UINT16_MAX takes those of all.

    Source: rte_pdump.h, rte_pdump_enable: "UINT16_MAX to enable packet capturing on all queues"
    Since: 18.05   Strength: must
    """
    capture = ready_to_capture(scene, queues=2)
    assert capture.enable(TX, queue) == (0, None)
    capture.send_around(frames(3), queue=0)
    capture.send_around(frames(4), queue=1)
    assert (len(capture.taken()), capture.disable(TX, queue)) == (captured, (0, None))


def test_device_is_named(scene: Scene):
    """The calls by device id do what the calls by port number do, and either ends the other's.

    Source: rte_pdump.h, rte_pdump_enable_by_deviceid: "device_id can be name or pci address"
    Since: 18.05   Strength: must
    """
    capture = ready_to_capture(scene)
    by_id: dict[str, Any] = {"device_id": DEVICE, "queue": 0, "flags": RXTX}
    where: dict[str, Any] = {"ring": "captured", "mp": "copies"}
    on = capture.secondary.call("pdump_enable_by_deviceid", **by_id, **where)
    capture.send_around(frames(2))
    off = capture.disable()
    capture.enable()
    also_off = capture.secondary.call("pdump_disable_by_deviceid", **by_id)
    capture.send_around(frames(2))
    seen = (result(on), off, result(also_off), len(capture.taken()))
    assert seen == ((0, None), (0, None), (0, None), 4)


def test_length_is_limited(scene: Scene):
    """With snaplen a copy holds that many bytes of the frame, and the frame itself stays whole.

    Source: rte_pdump.h, rte_pdump_enable_bpf: "The upper limit on bytes to copy"
    Since: 21.11   Strength: must
    """
    capture = ready_to_capture(scene)
    knows(capture.secondary, [21, 11])
    capture.enable(TX, snaplen=20)
    sent = frames(2)
    capture.send_around(sent)
    assert capture.taken() == [frame[: 2 * 20] for frame in sent]


def test_pcapng_blocks_hold_the_frame(scene: Scene):
    """With RTE_PDUMP_FLAG_PCAPNG a copy is an enhanced packet block around the frame.

    Source: guide, "Packet Capture Library": "extended with header and trailer to match the format"
    Since: 21.11   Strength: documented
    """
    capture = ready_to_capture(scene)
    knows(capture.secondary, [21, 11])
    capture.enable(TX, more_flags=PCAPNG)
    (sent,) = frames(1)
    capture.send_around([sent])
    block = bytes.fromhex(capture.taken()[0])
    kind, length, _, _, _, captured, original = struct.unpack_from("=7I", block)
    held = block[28 : 28 + captured].hex()
    assert (kind, length, original, held) == (6, len(block), len(sent) // 2, sent)


def test_capture_is_enabled_once(scene: Scene):
    """Enabling what is enabled fails with EEXIST, whoever asks, and the first capture goes on.

    Source: rte_pdump.h, rte_pdump_enable: "-1 on error, rte_errno is set accordingly"
    Since: 18.05   Strength: must
    """
    capture = ready_to_capture(scene)
    capture.enable()
    other = joined(scene)
    again = capture.enable(), result(other.call("pdump_enable", **capture.to()))
    capture.send_around(frames(3))
    assert (again, len(capture.taken())) == (((-1, "EEXIST"), (-1, "EEXIST")), 6)


def test_another_secondary_can_disable(scene: Scene):
    """A capture belongs to the port: a secondary that did not enable it can disable it.

    Source: guide, "Packet Capture Library": the primary "disables the packet capture by removing"
    Since: 18.05   Strength: observed
    """
    capture = ready_to_capture(scene)
    capture.enable()
    assert capture.disable(by=joined(scene)) == (0, None)
    assert capture.disable() == (-1, "EINVAL")


def test_idle_secondary_is_not_in_the_way(scene: Scene):
    """A secondary that has nothing to do with captures neither delays nor fails one.

    Source: guide, "Packet Capture Library": the primary "takes this request and enables"
    Since: 18.05   Strength: documented
    """
    capture = ready_to_capture(scene)
    scene.secondary()
    assert capture.enable() == (0, None)
    capture.send_around(frames(3))
    assert len(capture.taken()) == 6


def test_statistics_count_every_copy(scene: Scene):
    """rte_pdump_stats counts what was copied, what found the ring full and what found no mbuf, for
    primary and secondary alike.

    Source: rte_pdump.h, struct rte_pdump_stats
    Since: 21.11   Strength: must
    """
    capture = ready_to_capture(scene, copies=RING_SIZE + 1)
    knows(capture.secondary, [21, 11])
    capture.enable(TX)
    for _ in range(3):
        capture.send_around(frames(32))
    both = [
        peer.call("pdump_stats", port_id=capture.port_id)
        for peer in (capture.primary, capture.secondary)
    ]
    seen = [(s.ret, s.accepted, s.filtered, s.nombuf, s.ringfull) for s in both]
    # The ring keeps 63; of the third burst there are mbufs for two, which find it full.
    kept = len(capture.taken())
    assert (kept, seen) == (RING_SIZE - 1, [(0, 66, 0, 30, 3)] * 2)


def test_statistics_begin_with_the_capture(scene: Scene):
    """The statistics of a capture that was disabled do not count in the next one.

    Source: rte_pdump.c, pdump_register_tx_callbacks (b8392fa204ed; 22.11.8, 23.11.4, 24.11.2)
    Since: 25.03   Strength: observed
    """
    capture = ready_to_capture(scene)
    for count in (5, 2):
        capture.enable(TX)
        capture.send_around(frames(count))
        accepted = capture.secondary.call("pdump_stats", port_id=capture.port_id).accepted
        capture.disable(TX)
    assert accepted == 2


def test_pdump_can_begin_again(scene: Scene):
    """After rte_pdump_uninit another rte_pdump_init works, and so does a capture.

    Source: rte_pdump.h, rte_pdump_init (53caecb8445b)
    Since: 21.11   Strength: must
    """
    capture = ready_to_capture(scene)
    again = [capture.primary.call(verb).ret for verb in ("pdump_uninit", "pdump_init") * 2]
    capture.enable()
    capture.send_around(frames(3))
    assert (again, len(capture.taken())) == ([0] * 4, 6)


def test_second_init_changes_nothing(scene: Scene):
    """A second rte_pdump_init fails with -1, and captures go on working.

    Source: rte_pdump.h, rte_pdump_init: "0 on success, -1 on error"
    Since: 21.11   Strength: observed
    """
    capture = ready_to_capture(scene)
    assert capture.primary.call("pdump_init").ret == -1
    capture.enable()
    capture.send_around(frames(3))
    assert len(capture.taken()) == 6


def test_uninit_of_a_secondary_is_its_own(scene: Scene):
    """rte_pdump_uninit in a secondary that has read the statistics leaves the primary's captures.

    Source: rte_pdump.h, rte_pdump_uninit: "Unregister the IPC action", this process's own
    Since: 21.11   Strength: must
    """
    capture = ready_to_capture(scene)
    knows(capture.secondary, [21, 11])
    capture.enable()
    watcher = joined(scene)
    watcher.call("pdump_stats", port_id=capture.port_id)
    watcher.call("pdump_uninit")
    capture.send_around(frames(3))
    assert len(capture.taken()) == 6


def test_uninit_leaves_the_port_working(scene: Scene):
    """After rte_pdump_uninit in a primary with a capture enabled the port still sends and receives.

    Source: guide, "Packet Capture Library": "uninitializes the packet capture framework"
    Since: 18.05   Strength: documented
    """
    capture = ready_to_capture(scene)
    capture.enable()
    assert capture.primary.call("pdump_uninit").ret == 0
    capture.send_around(frames(3))


def test_capture_outlives_its_secondary(scene: Scene):
    """A secondary that is killed while it captures does no harm: the port works, the ring fills and
    what does not fit is given back; another secondary takes what is there and ends the capture.

    Source: guide, "Packet Capture Library"; it is silent on death
    Since: 18.05   Strength: measured
    """
    capture = ready_to_capture(scene)
    capture.enable(TX)
    with Killed(capture.secondary):
        for _ in range(4):
            capture.send_around(frames(32))
        heir = joined(scene)
        kept = len(capture.taken(by=heir))
        ended = capture.disable(TX, by=heir)
        assert (kept, ended, capture.free_copies()) == (RING_SIZE - 1, (0, None), COPIES)
