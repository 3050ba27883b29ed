# SPDX-License-Identifier: BSD-3-Clause
"""Proves faults/call.py: exactly the calls that are meant fail, and one that never came is told."""

from __future__ import annotations

from typing import Any

import pytest

from faults.call import CallFails, WallClockStepped, breakable
from targets.outcome import Inconclusive
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
