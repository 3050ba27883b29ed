# SPDX-License-Identifier: BSD-3-Clause
"""Proves conformance/fuzz.py: harm is found, told and made short; a full queue holds nobody up."""

from __future__ import annotations

import signal

from conformance.fuzz import ENOUGH, Chance, Fuzz
from faults.lies import LAYOUTS, Lie
from targets.peer import Peer
from targets.scene import Scene
from traffic.datagram import MpType, decode, encode

LAYOUT = LAYOUTS["until 24.11"]


def _starter(scene: Scene):  # type: ignore[no-untyped-def]
    def start() -> Peer:
        peer = scene.primary()
        peer.may_end(signal=signal.SIGKILL)
        return peer

    return start


def test_all_sorts_are_made() -> None:
    chance = Chance(LAYOUT, 8, seed=1)
    made = [chance() for _ in range(300)]
    seen = {(lie.sound, decode(LAYOUT, lie.data).name == "ping") for lie in made}
    assert seen == {(sound, named) for sound in (True, False) for named in (True, False)}
    again = Chance(LAYOUT, 8, seed=1)
    assert [again() for _ in range(300)] == made


def test_harm_is_found_and_made_short(scene: Scene) -> None:
    fuzz = Fuzz(scene, _starter(scene), wanted=10**6, seed=1, manner="die")
    fuzz.run()
    assert fuzz.outcome["sound"] == "it died: SIGKILL"
    assert fuzz.worst is not None and len(fuzz.worst.told) == 1
    found = decode(fuzz.layout, fuzz.worst.told[0].data)
    assert found.name == "ping"
    assert str(fuzz.worst).startswith("it died: SIGKILL: ")


def test_malformed_ones_that_did_harm_are_enough_some_time(scene: Scene) -> None:
    fuzz = Fuzz(scene, _starter(scene), wanted=200, seed=1)
    fuzz.run()
    assert fuzz.worst is None and fuzz.sent >= 200
    if "malformed" in fuzz.outcome:  # As most releases have it.
        assert fuzz.tally["malformed that did harm"] == ENOUGH
        assert fuzz.tally["malformed withheld"] > 0
    assert fuzz.tally["sound"] > 0


def test_nobody_who_reads_is_told(scene: Scene) -> None:
    fuzz = Fuzz(scene, _starter(scene), wanted=1, seed=1)
    end = Lie("", "", b"", sound=False)
    true = Lie("", "", encode(fuzz.layout, MpType.MP_MSG, "nobody's"))
    assert fuzz._sent([true] * 30) == ""
    # After the first one nobody reads, and the queue is full soon.
    assert fuzz._sent([end] + [true] * 30) == "its IPC thread ends"
    assert fuzz._sent([true]) == ""


def test_scene_ends_cleanly(make_scene) -> None:  # type: ignore[no-untyped-def]
    scene = make_scene()
    Fuzz(scene, _starter(scene), wanted=50, seed=2, manner="die").run()
    scene.close()
