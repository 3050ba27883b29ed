# SPDX-License-Identifier: BSD-3-Clause
"""Proves what the model says, with and without what releases are on record for, and what it refuses."""

from __future__ import annotations

import pytest

from conformance import expected
from conformance.model.script import parse
from conformance.model.world import WORST, Habits, NotPossible, Outcome, World

PAIR = "primary1 starts; secondary1 starts;"
TRIO = "primary1 starts; secondary1 starts; secondary2 starts;"


def _after(text: str, habits: Habits = Habits()) -> tuple[World, Outcome]:
    """The world after a script, and the outcome of its last step."""
    world = World(habits)
    for step in parse(text):
        outcome = world.take(step)
    return world, outcome


def _lines(text: str, where: str, habits: Habits = Habits()) -> list[str]:
    return _after(text, habits)[1].said.get(where, [])


def test_request_is_answered() -> None:
    text = PAIR + "secondary1 registers ping: reply; primary1 requests ping"
    assert _lines(text, "secondary1, IPC thread") == [
        "action ping: ping m2 from mp_socket",
        "mp_reply to ping = 0",
    ]
    assert _lines(text, "primary1, calls") == [
        "#2 mp_request_sync ping = 0; 1 sent, 1 received: ping r1"
    ]


def test_silence_takes_its_timeout() -> None:
    _, outcome = _after(PAIR + "secondary1 requests ping async")
    assert outcome.timeout == "brief"
    assert outcome.said["secondary1, interrupt thread"] == [
        "#1 calls back, ping m1: 1 sent, 0 received: no msgs"
    ]


# The one that comes last is asked first.
PARTIAL = TRIO + "secondary1 registers ping: reply; primary1 requests ping"


def test_contract_keeps_partial_answers_and_a_release_may_not() -> None:
    kept = "#2 mp_request_sync ping = 0; 2 sent, 1 received: ping r1"
    lost = "#2 mp_request_sync ping = -1 ETIMEDOUT; 1 sent, 0 received: no msgs"
    assert _lines(PARTIAL, "primary1, calls") == [kept]
    assert _lines(PARTIAL, "primary1, calls", WORST) == [lost]
    assert _lines(PARTIAL, "secondary1, IPC thread", WORST) == []


LATE = PAIR + (
    "secondary1 registers ping: late; primary1 requests ping; primary1 requests ping patiently;"
    "secondary1 releases ping"
)


def test_late_reply_answers_the_next_only_on_record() -> None:
    matched = "#3 mp_request_sync ping = 0; 1 sent, 1 received: ping r1"
    assert _lines(LATE, "primary1, calls") == []
    assert _lines(LATE, "primary1, calls", WORST) == [matched]


def test_nobody_calls_back_unless_on_record() -> None:
    text = "primary1 starts; primary1 requests ping async"
    assert _lines(text, "primary1, interrupt thread") == [
        "#1 calls back, ping m1: 0 sent, 0 received: no msgs"
    ]
    assert _lines(text, "primary1, interrupt thread", WORST) == []


FAILED = (
    "primary1 starts; secondary1 starts; secondary1 registers ping: late;"
    "primary1 requests ping async patiently; secondary2 starts; primary1 requests ping async"
)


def test_failed_request_calls_back_only_on_record() -> None:
    assert _lines(FAILED, "primary1, calls") == ["#3 mp_request_async ping = -1 EEXIST"]
    assert _lines(FAILED, "primary1, interrupt thread") == []
    assert len(_lines(FAILED, "primary1, interrupt thread", WORST)) == 1


def test_habits_are_what_is_on_record() -> None:
    assert Habits.of([]) == Habits()
    recorded = expected.load((22, 11, 11))
    assert Habits.of(recorded).late_reply_matches == {"primary", "secondary"}
    assert Habits.of(recorded).hides and not Habits.of(recorded).nobody_calls_back


def test_full_queue_blocks_and_a_death_frees() -> None:
    text = (
        PAIR + "secondary1 registers ping: silent; secondary1 stops; primary1 sends ping 12 times"
    )
    world, outcome = _after(text)
    assert (outcome.blocks, len(world.processes["secondary1"].queue)) == (True, 11)
    assert len(outcome.said["primary1, calls"]) == 11
    assert _lines(text + "; secondary1 dies", "primary1, calls") == ["#13 mp_sendmsg ping = 0"]
    assert len(_lines(text + "; secondary1 continues", "secondary1, IPC thread")) == 12


def test_dead_entry_goes_with_the_next_broadcast() -> None:
    text = PAIR + "secondary1 exits"
    assert _after(text)[0].entries() == ["mp_socket", "secondary1"]
    assert _after(text + "; primary1 sends ping")[0].entries() == ["mp_socket"]
    assert _after(PAIR + "secondary1 leaves")[0].entries() == ["mp_socket"]


@pytest.mark.parametrize(
    "end, error", [("dies", "ECONNREFUSED"), ("exits", "ECONNREFUSED"), ("leaves", "ENOENT")]
)
def test_secondary_is_told_that_its_primary_is_gone(end: str, error: str) -> None:
    text = PAIR + f"primary1 {end}; secondary1 sends ping"
    assert _lines(text, "secondary1, calls") == [f"#1 mp_sendmsg ping = -1 {error}"]


@pytest.mark.parametrize(
    "text, why",
    [
        ("secondary1 starts", "its primary must answer"),
        (PAIR + "secondary1 stops; secondary1 sends ping", "cannot be told"),
        (PAIR + "primary1 requests ping patiently", "would wait for its timeout"),
        (PAIR + "secondary1 releases ping", "nothing to release"),
        (PAIR + "primary1 requests ping while secondary1 dies", "cannot be seen"),
        (
            PAIR + "secondary1 registers ping: hold; primary1 requests ping patiently;"
            "secondary1 dies",
            "would wait for its timeout",
        ),
        (
            PAIR + "secondary1 registers ping: hold; primary1 requests ping patiently;"
            "secondary2 starts",
            "locked",
        ),
        (PAIR + "primary1 dies; primary2 starts", "somebody lives"),
    ],
)
def test_what_nobody_can_foretell_is_refused(text: str, why: str) -> None:
    with pytest.raises(NotPossible, match=why):
        _after(text)


def test_reply_into_a_full_queue_is_refused() -> None:
    text = TRIO + (
        "primary1 registers pong: hold; secondary1 registers ping: reply; secondary2 sends pong;"
        "secondary2 sends pong 12 times; primary1 sends ping"
    )
    with pytest.raises(NotPossible, match="queue of primary1 is full"):
        _after(text)


def test_request_that_waits_unseen_is_told() -> None:
    text = PAIR + "secondary1 registers ping: reply; secondary1 stops;"
    assert _after(text + "primary1 requests ping patiently")[1].queued == ["secondary1"]
    with pytest.raises(NotPossible, match="cannot be seen"):
        _after(text + "primary1 sends ping; primary1 requests ping patiently")


def test_two_replies_at_once_are_a_race() -> None:
    text = PAIR + (
        "secondary1 registers ping: late; primary1 requests ping; secondary1 unregisters ping;"
        "secondary1 registers ping: late; primary1 requests ping patiently; primary1 stops;"
        "secondary1 releases ping; secondary1 releases ping; primary1 continues"
    )
    with pytest.raises(NotPossible, match="which reply counts"):
        _after(text, WORST)


def test_way_out_leaves_nothing() -> None:
    text = TRIO + (
        "secondary1 registers ping: hold; primary1 requests ping async patiently; secondary2 stops"
    )
    world, _ = _after(
        text.replace("primary1 requests", "secondary2 registers ping: late; primary1 requests")
    )
    while (step := world.way_out()) is not None:
        world.take(step)
    assert [p for p in world.living() if p.requests or p.jobs or p.queue or p.stopped] == []
