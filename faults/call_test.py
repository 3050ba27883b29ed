# SPDX-License-Identifier: BSD-3-Clause
"""Proves faults/call.py: exactly the calls that are meant fail, and one that never came is told."""

from __future__ import annotations

import errno
from typing import Any

import pytest

from faults.call import (
    ERRORS,
    CallDelayed,
    CallFails,
    CallHeld,
    CallInterrupted,
    WallClockStepped,
    breakable,
)
from targets.outcome import HarnessFault, Inconclusive
from targets.peer import Peer, Refused
from targets.scene import Scene


def _send(peer: Peer) -> tuple[int, str | None]:
    sent = peer.call("mp_sendmsg", name="ping")
    return sent.ret, sent.rte_errno


def test_the_nth_call_fails_and_no_other(scene: Scene) -> None:
    peer = breakable(scene).primary()
    with CallFails(peer, "opendir", "EMFILE", nth=2, times=2) as fault:
        seen = [_send(peer) for _ in range(4)]
    assert seen == [(0, None), (-1, "EMFILE"), (-1, "EMFILE"), (0, None)]
    assert fault.bites == 2


def test_healed_it_fails_no_more(scene: Scene) -> None:
    peer = breakable(scene).primary()
    with CallFails(peer, "opendir", "EIO"):
        assert _send(peer) == (-1, "EIO")
    assert _send(peer) == (0, None)


def test_a_call_that_never_comes_is_told(scene: Scene) -> None:
    peer = breakable(scene).primary()
    with pytest.raises(Inconclusive, match="socket of primary1 fails with EMFILE did not bite"):
        with CallFails(peer, "socket", "EMFILE"):
            _send(peer)


def test_calls_of_another_library_do_not_count(scene: Scene) -> None:
    peer = breakable(scene).primary()
    with pytest.raises(Inconclusive):
        with CallFails(peer, "opendir", "EIO", library="librte_ring"):
            assert _send(peer) == (0, None)


def test_calls_on_another_thread_do_not_count(scene: Scene) -> None:
    peer = breakable(scene).primary()
    with pytest.raises(Inconclusive):
        with CallFails(peer, "opendir", "EIO", thread="rte_mp_handle"):
            assert _send(peer) == (0, None)


def test_calls_about_another_path_do_not_count(scene: Scene) -> None:
    peer = breakable(scene).primary()
    with CallFails(peer, "opendir", "EIO", path="/dpdk/rte"):
        assert _send(peer) == (-1, "EIO")
    with pytest.raises(Inconclusive):
        with CallFails(peer, "opendir", "EIO", path="/dpdk/other"):
            assert _send(peer) == (0, None)


def test_a_peer_without_the_library_refuses(scene: Scene) -> None:
    peer = scene.primary()
    with pytest.raises(Refused, match="was not started with faults/call.py's library"):
        CallFails(peer, "opendir", "EIO").inject()


@pytest.mark.parametrize(
    "keys, why",
    [
        ({"function": "fork"}, "fork cannot be made to fail; these can: bind, calloc"),
        ({"function": "open", "nth": 0}, "nth is 0 and times is 1: both count from 1"),
    ],
)
def test_nonsense_is_told(scene: Scene, keys: dict[str, Any], why: str) -> None:
    peer = scene.primary()
    with pytest.raises(ValueError, match=why):
        CallFails(peer, error="EIO", **keys)


def test_a_name_that_is_too_long_is_our_fault(scene: Scene) -> None:
    peer = breakable(scene).primary()
    with pytest.raises(HarnessFault, match="has more than 31 characters"):
        CallFails(peer, "opendir", "EIO", library="librte_" + 25 * "x").inject()


def test_more_rules_than_there_is_room_for_are_our_fault(scene: Scene) -> None:
    peer = breakable(scene).primary()
    for _ in range(128):
        CallFails(peer, "opendir", "EIO").inject()
    with pytest.raises(HarnessFault, match="primary1 takes no more rules"):
        CallFails(peer, "opendir", "EIO").inject()


def test_a_rule_that_is_not_there_harms_nobody(scene: Scene) -> None:
    peer = breakable(scene).primary()
    asked = [peer.call(verb, rule=n).ret for verb in ("call_bites", "call_heal") for n in (-1, 0)]
    assert (asked, peer.alive) == ([-1, -1, -1, -1], True)


def test_a_delayed_call_takes_longer_and_goes_through(scene: Scene) -> None:
    peer = breakable(scene).primary()
    quick = peer.call("mp_request_sync", name="ping", timeout="brief").took_ns
    with CallDelayed(peer, "opendir", 0.2) as fault:
        slow = peer.call("mp_request_sync", name="ping", timeout="brief")
    assert (slow.ret, fault.bites) == (0, 1)
    assert slow.took_ns >= 0.2e9 > quick


def test_a_delay_ends_when_it_is_healed(scene: Scene) -> None:
    peer = breakable(scene).primary()
    with CallDelayed(peer, "opendir", 1e6) as fault:
        sending = peer.tell("mp_sendmsg", name="ping")
        scene.wait_until(lambda: fault.bites == 1, "a delayed call")
    assert sending.answer().ret == 0


def test_a_held_call_begins_when_the_block_ends(scene: Scene) -> None:
    peer = breakable(scene).primary()
    with CallHeld(peer, "opendir") as held:
        sending = peer.tell("mp_sendmsg", name="ping")
        held.wait()
        assert _send(peer) == (0, None)  # Only the first is held.
        assert not sending.answered
    assert sending.answer().ret == 0


def test_a_held_copy_of_a_name_goes_through(scene: Scene) -> None:
    peer = breakable(scene).primary("--vdev=net_null0")
    names = peer.call("eth_xstats_get_names", port_id=0).xstats_names
    with CallHeld(peer, "strlcpy", library="librte_ethdev") as held:
        reading = peer.tell("eth_xstats_get_names", port_id=0)
        held.wait()
        assert not reading.answered
    assert reading.answer().xstats_names == names
    assert "rx_good_packets" in names


def test_a_held_call_that_never_comes_is_told(scene: Scene) -> None:
    peer = breakable(scene).primary()
    with pytest.raises(Inconclusive, match="socket of primary1 held did not bite"):
        with CallHeld(peer, "socket"):
            pass


def test_an_interrupted_call_is_seen(scene: Scene) -> None:
    peer = breakable(scene).primary()
    with CallInterrupted(peer, "flock") as fault:
        assert _send(peer) == (-1, "EINTR")
    assert fault.bites == 1


def test_a_dead_peer_still_tells_what_was_seen(scene: Scene) -> None:
    peer = breakable(scene).primary()
    with CallFails(peer, "opendir", "EIO") as fault:
        _send(peer)
        assert fault.bites == 1
        peer.kill()
    assert fault.bites == 1


def test_every_error_has_a_number() -> None:
    assert not [name for errors in ERRORS.values() for name in errors if not hasattr(errno, name)]


def test_what_never_waits_is_not_interrupted(scene: Scene) -> None:
    peer = scene.primary()
    with pytest.raises(ValueError, match="bind is never interrupted; these may be: flock, open"):
        CallInterrupted(peer, "bind")
    with pytest.raises(ValueError, match="delay_s is 0: a delay takes time"):
        CallDelayed(peer, "bind", 0)


def test_a_stepped_wall_clock_is_seen_and_healed(scene: Scene) -> None:
    peer = breakable(scene).primary()
    with WallClockStepped(peer, -3600):
        pass  # Had the peer not seen it, this would be inconclusive.
    healed = peer.call("wall_clock_step", seconds=0)
    assert healed.after - healed.before < 2


def test_a_wall_clock_that_was_not_stepped_is_told(scene: Scene) -> None:
    peer = breakable(scene).primary()
    with pytest.raises(Inconclusive, match="stepped by 0 s did not bite"):
        with WallClockStepped(peer, 0):
            pass
