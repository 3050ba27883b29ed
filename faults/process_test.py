# SPDX-License-Identifier: BSD-3-Clause
"""Proves that faults bite, know it, heal on every way out, and are inconclusive when they did not."""

from __future__ import annotations

import pytest

from faults.fault import Fault
from faults.process import ExitedWithoutCleanup, Killed, NoDescriptors, Stopped
from targets.outcome import Inconclusive, Unavailable
from targets.scene import Scene


class Toothless(Fault):
    name = "toothless"
    healed = 0

    def inject(self) -> None:
        pass

    def bit(self) -> bool:
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


def test_no_descriptors_is_felt_and_healed(scene: Scene) -> None:
    peer = scene.primary()
    path = str(peer.directory / "file")
    with NoDescriptors(peer):
        refused = peer.call("open", path=path)
    allowed = peer.call("open", path=path)
    assert (refused.errno, allowed.ret >= 0) == ("EMFILE", True)
    scene.close()


def test_no_descriptors_knows_that_one_was_to_be_had(scene: Scene) -> None:
    peer = scene.primary()
    fd = peer.call("open", path=str(peer.directory / "file")).ret
    with pytest.raises(Inconclusive, match="no descriptor left of primary1 did not bite"):
        with NoDescriptors(peer):
            peer.call("close", fd=fd)
    scene.close()
