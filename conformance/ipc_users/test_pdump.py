# SPDX-License-Identifier: BSD-3-Clause
"""mp_pdump: a secondary asks its primary to copy what goes through a port into a ring."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import pytest

from conformance.ipc_users.ports import bring_up, frames
from faults.process import Killed
from faults.relay import Relay, Rule
from targets.outcome import Unavailable
from targets.peer import Peer
from targets.scene import Scene

RX, TX = ["RTE_PDUMP_FLAG_RX"], ["RTE_PDUMP_FLAG_TX"]
RXTX = RX + TX
PCAPNG = 4
ALL_QUEUES = 0xFFFF
COPIES = 255
RING_SIZE = 64
DEVICE = "net_ring0"  # What it sends on a queue it receives on the same.


@dataclass
class Capture:
    """A primary that has called rte_pdump_init, its started port, and a secondary that captures."""

    primary: Peer
    secondary: Peer
    port_id: int

    def to(self, flags=RXTX, queue=0, **others):
        """Arguments of pdump_enable."""
        where = {"port": self.port_id, "ring": "captured", "mp": "copies", **others}
        return {"queue": queue, "flags": flags, **where}

    def enable(self, flags=RXTX, queue=0, **others):
        return _result(self.secondary.call("pdump_enable", **self.to(flags, queue, **others)))

    def disable(self, flags=RXTX, queue=0, by=None):
        keys = {"port": self.port_id, "queue": queue, "flags": flags}
        return _result((by or self.secondary).call("pdump_disable", **keys))

    def send_around(self, sent, queue=0):
        """The primary sends frames on its port and receives them again."""
        where = {"port_id": self.port_id, "queue_id": queue}
        took = self.primary.call("eth_tx_burst", frames=sent, pool="mbufs", **where).ret
        got = self.primary.call("eth_rx_burst", nb_pkts=len(sent), **where).frames
        assert (took, got) == (len(sent), sent)

    def taken(self, by=None):
        """What waits in the ring, which is then empty."""
        return (by or self.secondary).call("ring_take_pktmbufs", name="captured").frames

    def free_copies(self):
        return self.primary.call("mempool_avail_count", name="copies").ret


def _result(answer):
    return answer.ret, answer.rte_errno


def _knows(peer: Peer, verb_since=None):
    """Unavailable for a DPDK whose pdump has no such function."""
    if verb_since and peer.greeting.version[:2] < verb_since:
        raise Unavailable(f"needs DPDK {verb_since[0]}.{verb_since[1]} or later")


def _joined(scene: Scene):
    """A secondary that may capture. From 25.11 on it takes part in captures, and must say so."""
    secondary = scene.secondary()
    if secondary.greeting.version[:2] >= [25, 11]:
        secondary.call("pdump_init")
    return secondary


def _capture(scene: Scene, queues=1, init=True, copies=COPIES):
    primary = scene.primary(f"--vdev={DEVICE}")
    if init:
        assert primary.call("pdump_init").ret == 0
    port_id = bring_up(primary, DEVICE, queues)
    primary.call("pktmbuf_pool_create", name="copies", n=copies)
    primary.call("ring_create", name="captured", count=RING_SIZE)
    return Capture(primary, _joined(scene), port_id)


@pytest.mark.parametrize("flags", [RX, TX, RXTX], ids=["rx", "tx", "rxtx"])
def test_frames_are_captured(scene: Scene, flags):
    """Every frame in the direction asked for is copied into the ring, once, in order, intact.

    Source: guide, "Packet Capture Library": "mirror the packets to the new mempool and enqueue them"
    Since: 18.05   Strength: documented
    """
    capture = _capture(scene)
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
    capture = _capture(scene)
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
    capture = _capture(scene)
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
    capture = _capture(scene, queues=2)
    assert capture.enable(TX, queue) == (0, None)
    capture.send_around(frames(3), queue=0)
    capture.send_around(frames(4), queue=1)
    assert (len(capture.taken()), capture.disable(TX, queue)) == (captured, (0, None))


def test_device_is_named(scene: Scene):
    """The calls by device id do what the calls by port number do, and either ends the other's.

    Source: rte_pdump.h, rte_pdump_enable_by_deviceid: "device_id can be name or pci address"
    Since: 18.05   Strength: must
    """
    capture = _capture(scene)
    by_id = {"device_id": DEVICE, "queue": 0, "flags": RXTX}
    where = {"ring": "captured", "mp": "copies"}
    on = capture.secondary.call("pdump_enable_by_deviceid", **by_id, **where)
    capture.send_around(frames(2))
    off = capture.disable()
    capture.enable()
    also_off = capture.secondary.call("pdump_disable_by_deviceid", **by_id)
    capture.send_around(frames(2))
    seen = (_result(on), off, _result(also_off), len(capture.taken()))
    assert seen == ((0, None), (0, None), (0, None), 4)


def test_length_is_limited(scene: Scene):
    """With snaplen a copy holds that many bytes of the frame, and the frame itself stays whole.

    Source: rte_pdump.h, rte_pdump_enable_bpf: "The upper limit on bytes to copy"
    Since: 21.11   Strength: must
    """
    capture = _capture(scene)
    _knows(capture.secondary, [21, 11])
    capture.enable(TX, snaplen=20)
    sent = frames(2)
    capture.send_around(sent)
    assert capture.taken() == [frame[: 2 * 20] for frame in sent]


def test_pcapng_blocks_hold_the_frame(scene: Scene):
    """With RTE_PDUMP_FLAG_PCAPNG a copy is an enhanced packet block around the frame.

    Source: guide, "Packet Capture Library": "extended with header and trailer to match the format"
    Since: 21.11   Strength: documented
    """
    capture = _capture(scene)
    _knows(capture.secondary, [21, 11])
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
    capture = _capture(scene)
    capture.enable()
    other = _joined(scene)
    again = capture.enable(), _result(other.call("pdump_enable", **capture.to()))
    capture.send_around(frames(3))
    assert (again, len(capture.taken())) == (((-1, "EEXIST"), (-1, "EEXIST")), 6)


def test_another_secondary_can_disable(scene: Scene):
    """A capture belongs to the port: a secondary that did not enable it can disable it.

    Source: guide, "Packet Capture Library": the primary "disables the packet capture by removing"
    Since: 18.05   Strength: observed
    """
    capture = _capture(scene)
    capture.enable()
    assert capture.disable(by=_joined(scene)) == (0, None)
    assert capture.disable() == (-1, "EINVAL")


def test_idle_secondary_is_not_in_the_way(scene: Scene):
    """A secondary that has nothing to do with captures neither delays nor fails one.

    Source: guide, "Packet Capture Library": the primary "takes this request and enables"
    Since: 18.05   Strength: documented
    """
    capture = _capture(scene)
    scene.secondary()
    assert capture.enable() == (0, None)
    capture.send_around(frames(3))
    assert len(capture.taken()) == 6


WRONG = {
    "no-such-port": ({"port": 7}, "EINVAL"),
    "port-out-of-range": ({"port": 0xFFFF}, "EINVAL"),
    "no-such-queue": ({"queue": 7}, "EINVAL"),
    "no-direction": ({"flags": []}, "EINVAL"),
    "unknown-flag": ({"more_flags": 64}, "ENOTSUP"),
    "no-ring": ({"ring": None}, "EINVAL"),
    "no-pool": ({"mp": None}, "EINVAL"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_argument_is_refused(scene: Scene, wrong):
    """A wrong argument of rte_pdump_enable gives -1 with rte_errno, and captures nothing.

    Source: rte_pdump.h, rte_pdump_enable: "-1 on error, rte_errno is set accordingly"
    Since: 21.11   Strength: must
    """
    capture = _capture(scene)
    _knows(capture.secondary, [21, 11])
    keys, why = WRONG[wrong]
    found = capture.enable(**keys)
    capture.send_around(frames(2))
    assert (found, capture.taken()) == ((-1, why), [])


@pytest.mark.parametrize("mode", ["RING_F_SP_ENQ", "RING_F_SC_DEQ"])
def test_ring_of_one_user_is_refused(scene: Scene, mode):
    """A ring for a single producer or a single consumer is refused with EINVAL.

    Source: rte_pdump.c, pdump_validate_ring_mp: "must have MP and MC set"
    Since: 18.05   Strength: observed
    """
    capture = _capture(scene)
    capture.primary.call("ring_create", name="single", count=RING_SIZE, flags=[mode])
    assert capture.enable(ring="single") == (-1, "EINVAL")


@pytest.mark.parametrize("mode", ["MEMPOOL_F_SP_PUT", "MEMPOOL_F_SC_GET"])
def test_pool_of_one_user_is_refused(scene: Scene, mode):
    """A pool for a single producer or a single consumer is refused with EINVAL.

    Source: rte_pdump.c, pdump_validate_ring_mp: "must have MP and MC set"
    Since: 18.05   Strength: observed
    """
    capture = _capture(scene)
    capture.primary.call("mempool_create", name="single", n=63, elt_size=2304, flags=[mode])
    assert capture.enable(mp="single") == (-1, "EINVAL")


def test_unknown_device_is_refused(scene: Scene):
    """A device id that the primary does not know gives -1 with EINVAL, enabling and disabling.

    Source: rte_pdump.h, rte_pdump_enable_by_deviceid: "-1 on error, rte_errno is set accordingly"
    Since: 18.05   Strength: must
    """
    capture = _capture(scene)
    nobody = {"device_id": "net_nobody", "queue": 0, "flags": RXTX}
    where = {"ring": "captured", "mp": "copies"}
    on = capture.secondary.call("pdump_enable_by_deviceid", **nobody, **where)
    off = capture.secondary.call("pdump_disable_by_deviceid", **nobody)
    assert (_result(on), _result(off)) == ((-1, "EINVAL"), (-1, "EINVAL"))


def test_disabling_nothing_is_refused(scene: Scene):
    """Disabling what was not enabled gives -1 with EINVAL, and does not disturb a later capture.

    Source: rte_pdump.h, rte_pdump_disable: "-1 on error, rte_errno is set accordingly"
    Since: 18.05   Strength: must
    """
    capture = _capture(scene)
    assert (capture.disable(), capture.enable()) == ((-1, "EINVAL"), (0, None))


def test_failed_enable_captures_nothing(scene: Scene):
    """An rte_pdump_enable that fails for one direction captures nothing in the other.

    Source: rte_pdump.h, rte_pdump_enable: "-1 on error"
    Since: 18.05   Strength: observed
    """
    capture = _capture(scene)
    capture.enable(TX)
    assert capture.enable(RXTX) == (-1, "EEXIST")
    capture.disable(TX)
    capture.send_around(frames(3))
    assert len(capture.taken()) == 0


@pytest.mark.parametrize("verb", ["pdump_enable", "pdump_disable"])
def test_primary_may_not_ask(scene: Scene, verb):
    """In a primary the calls fail with -1 and rte_errno, and nothing else happens to it.

    Source: rte_pdump.h, rte_pdump_enable: "-1 on error, rte_errno is set accordingly"
    Since: 22.11   Strength: must
    """
    capture = _capture(scene)
    keys = {"port": capture.port_id, "queue": 0, "flags": RXTX}
    where = {"ring": "captured", "mp": "copies"} if verb == "pdump_enable" else {}
    r = capture.primary.call(verb, **keys, **where)
    assert (r.ret, r.rte_errno is not None) == (-1, True)


def test_primary_without_pdump_is_waited_for(scene: Scene):
    """Where the primary has not called rte_pdump_init the calls fail with -1 and ETIMEDOUT, every
    way of asking.

    Source: rte_pdump.h, rte_pdump_enable: "-1 on error, rte_errno is set accordingly"
    Since: 18.05   Strength: must
    """
    capture = _capture(scene, init=False)
    others = _joined(scene), _joined(scene)
    by_id = {"device_id": DEVICE, "queue": 0, "flags": RXTX}
    # Together, because each is waited for: 5 s.
    asked = [
        capture.secondary.tell("pdump_enable", **capture.to()),
        others[0].tell("pdump_enable_by_deviceid", **by_id, ring="captured", mp="copies"),
        others[1].tell("pdump_disable_by_deviceid", **by_id),
    ]
    assert [_result(each.answer()) for each in asked] == [(-1, "ETIMEDOUT")] * 3


def test_absent_primary_is_an_error(scene: Scene):
    """A primary that counts as not being there (MP_IGN) makes the call fail with -1.

    Source: guide, "Misc considerations": such a peer is "non-existing"; rte_pdump.h: "-1 on error"
    Since: 18.11   Strength: must
    """
    capture = _capture(scene)
    with Relay(scene, scene.socket_of(capture.primary), Rule("ignore", "mp_pdump")):
        ret, _ = capture.enable()
    assert ret == -1


def test_primary_says_why(scene: Scene):
    """The error that the primary answers with is the caller's rte_errno.

    Source: rte_pdump.h, rte_pdump_enable: "rte_errno is set accordingly" (5ec9575d8c0a)
    Since: 18.05   Strength: must
    """
    capture = _capture(scene, init=False)
    answer = struct.pack("=HHi", 1, 2, -19)
    capture.primary.call("mp_action_register", name="mp_pdump", manner="reply", reply_param=answer)
    assert capture.enable() == (-1, "ENODEV")


def test_request_of_another_size_is_answered(scene: Scene):
    """A request that is none is answered with -EINVAL, and the next capture works.

    Source: rte_pdump.c, pdump_server: len_param is compared with the request's size
    Since: 18.05   Strength: observed
    """
    capture = _capture(scene)
    ask = {"name": "mp_pdump", "timeout": "ample"}
    r = capture.secondary.call("mp_request_sync", param=b"short", **ask)
    (error,) = struct.unpack_from("=i", bytes.fromhex(r.msgs[0].param), 4)
    assert (r.nb_received, error, capture.enable()) == (1, -22, (0, None))


def test_statistics_count_every_copy(scene: Scene):
    """rte_pdump_stats counts what was copied, what found the ring full and what found no mbuf, for
    primary and secondary alike.

    Source: rte_pdump.h, struct rte_pdump_stats
    Since: 21.11   Strength: must
    """
    capture = _capture(scene, copies=RING_SIZE + 1)
    _knows(capture.secondary, [21, 11])
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
    capture = _capture(scene)
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
    capture = _capture(scene)
    again = [capture.primary.call(verb).ret for verb in ("pdump_uninit", "pdump_init") * 2]
    capture.enable()
    capture.send_around(frames(3))
    assert (again, len(capture.taken())) == ([0] * 4, 6)


def test_second_init_changes_nothing(scene: Scene):
    """A second rte_pdump_init fails with -1, and captures go on working.

    Source: rte_pdump.h, rte_pdump_init: "0 on success, -1 on error"
    Since: 21.11   Strength: observed
    """
    capture = _capture(scene)
    assert capture.primary.call("pdump_init").ret == -1
    capture.enable()
    capture.send_around(frames(3))
    assert len(capture.taken()) == 6


def test_uninit_of_a_secondary_is_its_own(scene: Scene):
    """rte_pdump_uninit in a secondary that has read the statistics leaves the primary's captures.

    Source: rte_pdump.h, rte_pdump_uninit: "Unregister the IPC action", this process's own
    Since: 21.11   Strength: must
    """
    capture = _capture(scene)
    _knows(capture.secondary, [21, 11])
    capture.enable()
    watcher = _joined(scene)
    watcher.call("pdump_stats", port_id=capture.port_id)
    watcher.call("pdump_uninit")
    capture.send_around(frames(3))
    assert len(capture.taken()) == 6


def test_uninit_leaves_the_port_working(scene: Scene):
    """After rte_pdump_uninit in a primary with a capture enabled the port still sends and receives.

    Source: guide, "Packet Capture Library": "uninitializes the packet capture framework"
    Since: 18.05   Strength: documented
    """
    capture = _capture(scene)
    capture.enable()
    assert capture.primary.call("pdump_uninit").ret == 0
    capture.send_around(frames(3))


def test_capture_outlives_its_secondary(scene: Scene):
    """A secondary that is killed while it captures does no harm: the port works, the ring fills and
    what does not fit is given back; another secondary takes what is there and ends the capture.

    Source: guide, "Packet Capture Library"; it is silent on death
    Since: 18.05   Strength: measured
    """
    capture = _capture(scene)
    capture.enable(TX)
    with Killed(capture.secondary):
        for _ in range(4):
            capture.send_around(frames(32))
        heir = _joined(scene)
        kept = len(capture.taken(by=heir))
        ended = capture.disable(TX, by=heir)
        assert (kept, ended, capture.free_copies()) == (RING_SIZE - 1, (0, None), COPIES)
