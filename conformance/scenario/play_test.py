# SPDX-License-Identifier: BSD-3-Clause
"""Proves that a scenario that is played fails exactly where an expectation is missed."""

from __future__ import annotations

import itertools
from typing import Any, Callable

import pytest

from conformance.scenario.play import failure
from conformance.scenario.text import parse
from targets.outcome import CannotRun, Died, Hang, Inconclusive
from targets.scene import Scene

PAIR = "primary1 starts; secondary1 starts; secondary1 registers ping: reply; "


@pytest.mark.parametrize(
    "text, observed",
    [
        ("a: primary1 does mp_request_sync name=ping timeout=ample; expect a ret=0 nb_sent=1", ""),
        (
            "a: primary1 does mp_request_sync name=ping timeout=ample; expect a ret=0 nb_sent=2",
            "line 1: ret=0 nb_sent=1",
        ),
        (
            "a: primary1 does mp_request_sync name=ping timeout=ample; expect a msgs.1.name=x",
            "line 1: msgs.1.name=nothing of that name",
        ),
        ("primary1 sends ping; secondary1 says action msg.name=ping", ""),
        ("secondary1 has said action 1 times", "line 1: 0"),
        ("secondary1 dies; primary1 lives", ""),
        ("secondary1 exits; primary1 lives", ""),
        ("secondary1 leaves; primary1 lives", ""),
        (
            "secondary1 stops; a: primary1 does mp_request_sync name=ping timeout=brief; secondary1 "
            "continues; expect a rte_errno=ETIMEDOUT",
            "",
        ),
        (
            "relay secondary1: answer ignore request ping; a: primary1 does mp_request_sync name=ping "
            "timeout=ample; expect a ret=0 nb_received=0",
            "",
        ),
        (
            "ghost1 appears; a: primary1 begins mp_request_sync name=x timeout=ample; b: ghost1 gets "
            'request x; ghost1 answers b reply param="z"; ghost1 sends message ping to=secondary1; '
            "a ends; secondary1 says action; primary1 lives",
            "",
        ),
        (
            "a: primary1 does malloc size=64; primary1 does free ptr=$a.ret; primary1 lives",
            "",
        ),
        (
            "a: primary1 does malloc size=64; primary1 does free ptr=$a.addr; primary1 lives",
            "line 1: $a.addr: a has no addr; it has at, re, ret, took_ns",
        ),
        (
            "secondary3 starts; primary1 lives",
            "line 1: secondary3 starts, and would be secondary2: number them as they start",
        ),
    ],
    ids=itertools.count(1),
)
def test_scenario_fails_where_an_expectation_is_missed(
    scene: Scene, text: str, observed: str, verbs: Any
) -> None:
    try:
        found = failure(parse(PAIR + text, verbs), scene)
    except CannotRun as error:
        assert str(error) == observed
    else:
        assert (found.observed if found else "") == observed


@pytest.mark.parametrize(
    "text, observed",
    [
        (
            "calls primary1: fail sendmsg EPERM; a: primary1 does mp_sendmsg name=ping; expect a ret=-1",
            "",
        ),
        (
            "calls secondary1: hold sendmsg thread ipc; a: primary1 begins mp_request_sync name=ping "
            "timeout=ample; primary1 lives; calls secondary1: release sendmsg; expect a nb_received=1",
            "",
        ),
        (
            "calls primary1: skip sendmsg; a: primary1 does mp_sendmsg name=ping; secondary1 has said "
            "action 0 times; expect a ret=1",
            "line 1: ret=-1",
        ),
        (
            "secondary1 dies at sendmsg; secondary1 begins mp_sendmsg name=x; secondary1 has died",
            "",
        ),
        ("secondary2 starts held; secondary2 does eal_init; secondary2 says ready", ""),
        ("directory is full; directory is as before; secondary2 starts", ""),
        (
            "f: secondary2 fails to start --main-lcore=99; expect f rte_errno=x",
            "line 1: rte_errno=EINVAL",
        ),
        ("secondary2 fails to start", "line 1: secondary2 starts"),
        ("ghost1 appears; ghost1 goes; a: primary1 does mp_sendmsg name=x; expect a ret=0", ""),
    ],
    ids=itertools.count(1),
)
def test_what_goes_wrong_goes_wrong(scene: Scene, text: str, observed: str, verbs: Any) -> None:
    found = failure(parse(f"{PAIR}{text}; primary1 lives", verbs), scene)
    assert (found.observed if found else "") == observed


@pytest.mark.parametrize(
    "text, said",
    [
        ("calls primary1: fail sendmsg EPERM", "sendmsg of primary1 fails with EPERM did not bite"),
        (
            "calls primary1: hold sendmsg; calls primary1: release sendmsg",
            "no sendmsg of primary1 came",
        ),
        ("primary1 dies at sendmsg; primary1 has died", "primary1 has not come to that call"),
        (
            "primary1 dies at sendmsg",
            "death of primary1 at sendmsg 1 of peer-reader>1 did not bite",
        ),
    ],
)
def test_what_does_not_go_wrong_is_inconclusive(
    scene: Scene, text: str, said: str, verbs: Any
) -> None:
    scene.news.deadline_s = 1.0
    with pytest.raises(Inconclusive, match=said):
        failure(parse(f"{PAIR}secondary1 lives; {text}", verbs), scene)


def test_death_and_hang_are_what_is_observed(make_scene: Callable[[], Scene], verbs: Any) -> None:
    scenes = [make_scene(), make_scene()]
    scenes[1].news.deadline_s = 1.0
    for scene, text, kind in (
        (scenes[0], "primary1 does eal_cleanup; primary1 does mp_disable; primary1 lives", Died),
        (scenes[1], "primary1 says action", Hang),
    ):
        assert isinstance(failure(parse(f"primary1 starts; {text}", verbs), scene), kind)
