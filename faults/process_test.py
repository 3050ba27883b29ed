# SPDX-License-Identifier: BSD-3-Clause
"""Proves that faults bite, know it, heal on every way out, and are inconclusive when they did not."""

from __future__ import annotations

import pytest

from faults.fault import Fault
from faults.process import (
    ExitedWithoutCleanup,
    FewDescriptors,
    Killed,
    PrimaryReturns,
    RestartStorm,
    Stopped,
)
from targets.outcome import Inconclusive, Unavailable
from targets.scene import Scene


class Toothless(Fault):
    name = "toothless"
    healed = 0

    def inject(self) -> None:
        pass

    def took_effect(self) -> bool:
        return False

    def heal(self) -> None:
        self.healed += 1


class Gated(Toothless):
    @classmethod
    def unavailable(cls, scene: Scene) -> str | None:
        return "the moon is not full"


class Clumsy(Toothless):
    def inject(self) -> None:
        raise OSError("slipped")


def test_fault_that_does_not_bite_is_inconclusive(scene: Scene) -> None:
    fault = Toothless(scene)
    with pytest.raises(Inconclusive, match="toothless did not bite"):
        with fault:
            pass
    assert fault.healed == 1
    scene.close()


def test_failure_inside_is_not_hidden_and_heals(scene: Scene) -> None:
    fault = Toothless(scene)
    with pytest.raises(ZeroDivisionError):
        with fault:
            raise ZeroDivisionError
    assert fault.healed == 1
    scene.close()


def test_failed_inject_heals(scene: Scene) -> None:
    fault = Clumsy(scene)
    with pytest.raises(OSError):
        with fault:
            pass
    assert fault.healed == 1
    scene.close()


def test_gate_says_why(scene: Scene) -> None:
    with pytest.raises(Unavailable, match="toothless: the moon is not full"):
        with Gated(scene):
            pass
    scene.close()


def test_window_is_on_the_timeline(scene: Scene) -> None:
    primary = scene.primary()
    with Killed(primary):
        pass
    scene.close()
    text = scene.timeline.path.read_text()
    assert (
        text.index("begin SIGKILL") < text.index("SIGKILL of primary1") < text.index("end SIGKILL")
    )
    assert '"bit": true' in text


def test_stopped_stands_still_and_goes_on(scene: Scene) -> None:
    peer = scene.primary()
    with Stopped(peer):
        pending = peer.tell("heap_in_use")
        assert not pending.answered
    assert pending.answer().bytes > 0
    scene.close()


def test_stopped_that_is_continued_meanwhile_did_not_bite(scene: Scene) -> None:
    peer = scene.primary()
    with pytest.raises(Inconclusive, match="SIGSTOP of primary1"):
        with Stopped(peer):
            peer.resume()
            peer.call("heap_in_use")
    scene.close()


def test_exit_leaves_the_socket(scene: Scene) -> None:
    scene.primary()
    secondary = scene.secondary()
    with ExitedWithoutCleanup(secondary):
        assert len(scene.sockets()) == 1
    scene.close()


def test_few_descriptors_bite_and_heal(scene: Scene) -> None:
    peer = scene.primary()

    def opened() -> list[int]:
        return [peer.call("open", path=str(peer.directory / "file")).ret for _ in range(3)]

    with FewDescriptors(peer, free=2):
        few = opened()
    assert [fd > 0 for fd in few] == [True, True, False]
    assert min(opened()) > 0
    scene.close()


def test_few_descriptors_know_when_they_do_not_bite(scene: Scene) -> None:
    peer = scene.primary()
    with pytest.raises(Inconclusive, match="few descriptors of primary1 did not bite"):
        with FewDescriptors(peer, free=2) as fault:
            fault.heal()
    scene.close()


def test_storm_kills_all_of_them(scene: Scene) -> None:
    primary = scene.primary()
    with RestartStorm(primary, kills=4) as storm:
        assert isinstance(storm, RestartStorm) and len(storm.killed) == 4
    assert primary.alive
    scene.close()


def test_storm_without_a_kill_did_not_bite(scene: Scene) -> None:
    primary = scene.primary()
    with pytest.raises(Inconclusive, match="restart storm of 0 did not bite"):
        with RestartStorm(primary, kills=0):
            pass
    scene.close()


def test_storm_needs_secondaries(scene: Scene) -> None:
    primary = scene.primary()
    scene.isolation.no_secondary = "there is no room"
    with pytest.raises(Unavailable, match="restart storm: there is no room"):
        with RestartStorm(primary, kills=1):
            pass
    scene.close()


def test_primary_that_returns(scene: Scene) -> None:
    with PrimaryReturns(scene.primary()) as fault:
        assert fault.returned is not None and fault.refused is None
    scene.close()


def test_primary_that_is_refused(scene: Scene) -> None:
    primary, _ = scene.primary(), scene.secondary()
    with PrimaryReturns(primary) as fault:
        assert fault.returned is None and fault.refused is not None
    scene.close()
