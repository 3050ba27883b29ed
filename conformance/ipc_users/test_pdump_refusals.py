# SPDX-License-Identifier: BSD-3-Clause
"""mp_pdump: who and what a capture is refused to, and that the caller is told why."""

from __future__ import annotations

import struct

import pytest

from conformance.ipc_users.capture import DEVICE, RING_SIZE, RXTX, TX
from conformance.ipc_users.capture import joined, knows, ready_to_capture, result
from conformance.ipc_users.ports import frames
from faults.relay import Relay, Rule
from targets.scene import Scene


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
    capture = ready_to_capture(scene)
    knows(capture.secondary, [21, 11])
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
    capture = ready_to_capture(scene)
    capture.primary.call("ring_create", name="single", count=RING_SIZE, flags=[mode])
    assert capture.enable(ring="single") == (-1, "EINVAL")


@pytest.mark.parametrize("mode", ["MEMPOOL_F_SP_PUT", "MEMPOOL_F_SC_GET"])
def test_pool_of_one_user_is_refused(scene: Scene, mode):
    """A pool for a single producer or a single consumer is refused with EINVAL.

    Source: rte_pdump.c, pdump_validate_ring_mp: "must have MP and MC set"
    Since: 18.05   Strength: observed
    """
    capture = ready_to_capture(scene)
    capture.primary.call("mempool_create", name="single", n=63, elt_size=2304, flags=[mode])
    assert capture.enable(mp="single") == (-1, "EINVAL")


def test_unknown_device_is_refused(scene: Scene):
    """A device id that the primary does not know gives -1 with EINVAL, enabling and disabling.

    Source: rte_pdump.h, rte_pdump_enable_by_deviceid: "-1 on error, rte_errno is set accordingly"
    Since: 18.05   Strength: must
    """
    capture = ready_to_capture(scene)
    nobody = {"device_id": "net_nobody", "queue": 0, "flags": RXTX}
    where = {"ring": "captured", "mp": "copies"}
    on = capture.secondary.call("pdump_enable_by_deviceid", **nobody, **where)
    off = capture.secondary.call("pdump_disable_by_deviceid", **nobody)
    assert (result(on), result(off)) == ((-1, "EINVAL"), (-1, "EINVAL"))


def test_disabling_nothing_is_refused(scene: Scene):
    """Disabling what was not enabled gives -1 with EINVAL, and does not disturb a later capture.

    Source: rte_pdump.h, rte_pdump_disable: "-1 on error, rte_errno is set accordingly"
    Since: 18.05   Strength: must
    """
    capture = ready_to_capture(scene)
    assert (capture.disable(), capture.enable()) == ((-1, "EINVAL"), (0, None))


def test_failed_enable_captures_nothing(scene: Scene):
    """An rte_pdump_enable that fails for one direction captures nothing in the other.

    Source: rte_pdump.h, rte_pdump_enable: "-1 on error"
    Since: 18.05   Strength: observed
    """
    capture = ready_to_capture(scene)
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
    capture = ready_to_capture(scene)
    keys = {"port": capture.port_id, "queue": 0, "flags": RXTX}
    where = {"ring": "captured", "mp": "copies"} if verb == "pdump_enable" else {}
    r = capture.primary.call(verb, **keys, **where)
    assert (r.ret, r.rte_errno is not None) == (-1, True)


def test_primary_without_pdump_is_waited_for(scene: Scene):
    """The calls fail with -1 and ETIMEDOUT, in each of their forms, where the primary has not called
    rte_pdump_init.

    Source: rte_pdump.h, rte_pdump_enable: "-1 on error, rte_errno is set accordingly"
    Since: 18.05   Strength: must
    """
    capture = ready_to_capture(scene, init=False)
    others = joined(scene), joined(scene)
    by_id = {"device_id": DEVICE, "queue": 0, "flags": RXTX}
    # Together, because each is waited for: 5 s.
    asked = [
        capture.secondary.tell("pdump_enable", **capture.to()),
        others[0].tell("pdump_enable_by_deviceid", **by_id, ring="captured", mp="copies"),
        others[1].tell("pdump_disable_by_deviceid", **by_id),
    ]
    assert [result(each.answer()) for each in asked] == [(-1, "ETIMEDOUT")] * 3


def test_absent_primary_is_an_error(scene: Scene):
    """A primary that counts as not being there (MP_IGN) makes the call fail with -1.

    Source: guide, "Misc considerations": such a peer is "non-existing"; rte_pdump.h: "-1 on error"
    Since: 18.11   Strength: must
    """
    capture = ready_to_capture(scene)
    with Relay(scene, scene.socket_of(capture.primary), Rule("ignore", "mp_pdump")):
        ret, _ = capture.enable()
    assert ret == -1


def test_primary_says_why(scene: Scene):
    """The error that the primary answers with is the caller's rte_errno.

    Source: rte_pdump.h, rte_pdump_enable: "rte_errno is set accordingly" (5ec9575d8c0a)
    Since: 18.05   Strength: must
    """
    capture = ready_to_capture(scene, init=False)
    answer = struct.pack("=HHi", 1, 2, -19)
    capture.primary.call("mp_action_register", name="mp_pdump", manner="reply", reply_param=answer)
    assert capture.enable() == (-1, "ENODEV")


def test_request_of_another_size_is_answered(scene: Scene):
    """A request that is none is answered with -EINVAL, and the next capture works.

    Source: rte_pdump.c, pdump_server: len_param is compared with the request's size
    Since: 18.05   Strength: observed
    """
    capture = ready_to_capture(scene)
    ask = {"name": "mp_pdump", "timeout": "ample"}
    r = capture.secondary.call("mp_request_sync", param=b"short", **ask)
    (error,) = struct.unpack_from("=i", bytes.fromhex(r.msgs[0].param), 4)
    assert (r.nb_received, error, capture.enable()) == (1, -22, (0, None))
