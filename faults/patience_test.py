# SPDX-License-Identifier: BSD-3-Clause
"""Proves faults/patience.py: what waits or spins is a hang, what the machine keeps waiting is none."""

from __future__ import annotations

import pytest

from faults.patience import Patience
from targets.outcome import Died
from targets.scene import Scene
from targets.threads import cpu_s

LIMIT_S = 0.2


def test_what_comes_is_no_hang(scene: Scene) -> None:
    peer = scene.primary()
    patience = Patience(peer, LIMIT_S)
    pending = peer.tell("nothing")
    assert patience.comes(lambda: pending.answered)


def test_who_waits_for_what_never_comes_hangs(scene: Scene) -> None:
    peer = scene.primary()
    assert not Patience(peer, LIMIT_S).comes(lambda: False)


def test_who_spins_hangs_once_it_has_had_its_cpu_time(scene: Scene) -> None:
    """Broken as recorded: a negative timeout makes a request spin for ever."""
    scene.primary().call("mp_action_register", name="ping", manner="silent")
    peer = scene.secondary()
    patience = Patience(peer, LIMIT_S, spun_s=0.1)
    peer.forget(peer.tell("mp_request_sync", name="ping", timeout={"sec": 0, "nsec": -(10**18)}))
    before = cpu_s(peer.pid)
    assert not patience.comes(lambda: False)
    assert cpu_s(peer.pid) - before > 0.05


def test_who_ends_instead_is_told(scene: Scene) -> None:
    peer = scene.primary()
    patience = Patience(peer, LIMIT_S)
    peer.may_end(code=3)
    peer.forget(peer.tell("exit", code=3))
    with pytest.raises(Died, match="primary1 ended: exit 3"):
        patience.comes(lambda: False)
