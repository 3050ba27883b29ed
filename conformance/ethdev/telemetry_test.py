# SPDX-License-Identifier: BSD-3-Clause
"""The telemetry of a primary is heard, and a command that it does not know is answered with nothing."""

from __future__ import annotations

import pytest

from conformance.ethdev import telemetry
from conformance.ethdev.telemetry import Question
from faults.call import CallHeld, breakable
from faults.process import Killed
from targets.scene import Scene


def test_telemetry_is_heard(scene: Scene) -> None:
    primary = scene.primary()
    assert telemetry.ask(scene, "/info")["version"] == primary.greeting.dpdk
    assert telemetry.ask(scene, "/nosuch,0") is None
    scene.close()


def test_an_answer_may_be_long_in_coming(scene: Scene) -> None:
    primary = breakable(scene).primary("--vdev=net_null0")
    with CallHeld(primary, "malloc", library="librte_") as held:
        question = Question(scene, "/ethdev/info,0")
        held.wait()
        early = question.answered
    assert (early, question.answer()["name"]) == (False, "net_null0")
    scene.close()


def test_a_process_that_dies_answers_nothing(scene: Scene) -> None:
    primary = breakable(scene).primary("--vdev=net_null0")
    with CallHeld(primary, "malloc", library="librte_") as held:
        question = Question(scene, "/ethdev/info,0")
        held.wait()
        with Killed(primary):
            assert (question.answer(), question.answered) == (None, True)
    scene.close()


def test_no_telemetry_is_told(scene: Scene) -> None:
    scene.start("primary", "--no-telemetry").expect("ready")
    with pytest.raises(FileNotFoundError):
        telemetry.ask(scene, "/info")
    scene.close()
