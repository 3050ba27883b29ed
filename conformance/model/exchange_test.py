# SPDX-License-Identifier: BSD-3-Clause
"""Proves what messages and requests come to, with and without what releases are on record for."""

from __future__ import annotations

import pytest

from conformance.model.alone import PAIR, TRIO, after, lines
from conformance.model.habits import WORST
from conformance.model.outcome import NotPossible


def test_request_is_answered() -> None:
    text = PAIR + "secondary1 registers ping: reply; primary1 requests ping"
    assert lines(text, "secondary1, IPC thread") == [
        "action ping: ping m2 from mp_socket",
        "mp_reply to ping = 0",
    ]
    assert lines(text, "primary1, calls") == [
        "#2 mp_request_sync ping = 0; 1 sent, 1 received: ping r1"
    ]


def test_silence_takes_its_timeout() -> None:
    _, outcome = after(PAIR + "secondary1 requests ping async")
    assert outcome.timeout == "brief"
    assert outcome.said["secondary1, interrupt thread"] == [
        "#1 calls back, ping m1: 1 sent, 0 received: no msgs"
    ]


# The one that comes last is asked first.
PARTIAL = TRIO + "secondary1 registers ping: reply; primary1 requests ping"


def test_contract_keeps_partial_answers_and_a_release_may_not() -> None:
    kept = "#2 mp_request_sync ping = 0; 2 sent, 1 received: ping r1"
    lost = "#2 mp_request_sync ping = -1 ETIMEDOUT; 1 sent, 0 received: no msgs"
    assert lines(PARTIAL, "primary1, calls") == [kept]
    assert lines(PARTIAL, "primary1, calls", WORST) == [lost]
    assert lines(PARTIAL, "secondary1, IPC thread", WORST) == []


LATE = PAIR + (
    "secondary1 registers ping: late; primary1 requests ping; primary1 requests ping patiently;"
    "secondary1 releases ping"
)


def test_late_reply_answers_the_next_only_on_record() -> None:
    matched = "#3 mp_request_sync ping = 0; 1 sent, 1 received: ping r1"
    assert lines(LATE, "primary1, calls") == []
    assert lines(LATE, "primary1, calls", WORST) == [matched]


def test_nobody_calls_back_unless_on_record() -> None:
    text = "primary1 starts; primary1 requests ping async"
    assert lines(text, "primary1, interrupt thread") == [
        "#1 calls back, ping m1: 0 sent, 0 received: no msgs"
    ]
    assert lines(text, "primary1, interrupt thread", WORST) == []


FAILED = (
    "primary1 starts; secondary1 starts; secondary1 registers ping: late;"
    "primary1 requests ping async patiently; secondary2 starts; primary1 requests ping async"
)


def test_failed_request_calls_back_only_on_record() -> None:
    assert lines(FAILED, "primary1, calls") == ["#3 mp_request_async ping = -1 EEXIST"]
    assert lines(FAILED, "primary1, interrupt thread") == []
    assert len(lines(FAILED, "primary1, interrupt thread", WORST)) == 1


def test_dead_entry_goes_with_the_next_broadcast() -> None:
    text = PAIR + "secondary1 exits"
    assert after(text)[0].entries() == ["mp_socket", "secondary1"]
    assert after(text + "; primary1 sends ping")[0].entries() == ["mp_socket"]
    assert after(PAIR + "secondary1 leaves")[0].entries() == ["mp_socket"]


@pytest.mark.parametrize(
    "end, error", [("dies", "ECONNREFUSED"), ("exits", "ECONNREFUSED"), ("leaves", "ENOENT")]
)
def test_secondary_is_told_that_its_primary_is_gone(end: str, error: str) -> None:
    text = PAIR + f"primary1 {end}; secondary1 sends ping"
    assert lines(text, "secondary1, calls") == [f"#1 mp_sendmsg ping = -1 {error}"]


def test_reply_into_a_full_queue_is_refused() -> None:
    text = TRIO + (
        "primary1 registers pong: hold; secondary1 registers ping: reply; secondary2 sends pong;"
        "secondary2 sends pong 12 times; primary1 sends ping"
    )
    with pytest.raises(NotPossible, match="queue of primary1 is full"):
        after(text)


def test_two_replies_at_once_are_a_race() -> None:
    text = PAIR + (
        "secondary1 registers ping: late; primary1 requests ping; secondary1 unregisters ping;"
        "secondary1 registers ping: late; primary1 requests ping patiently; primary1 stops;"
        "secondary1 releases ping; secondary1 releases ping; primary1 continues"
    )
    with pytest.raises(NotPossible, match="which reply counts"):
        after(text, WORST)
