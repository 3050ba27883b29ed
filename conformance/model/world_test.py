# SPDX-License-Identifier: BSD-3-Clause
"""Proves what steps bring about, which are refused, and that there is always a way out."""

from __future__ import annotations

import pytest

from conformance.model.alone import PAIR, TRIO, after, lines
from conformance.model.outcome import NotPossible


def test_full_queue_blocks_and_a_death_frees() -> None:
    text = (
        PAIR + "secondary1 registers ping: silent; secondary1 stops; primary1 sends ping 12 times"
    )
    world, outcome = after(text)
    assert (outcome.blocks, len(world.processes["secondary1"].queue)) == (True, 11)
    assert len(outcome.said["primary1, calls"]) == 11
    assert lines(text + "; secondary1 dies", "primary1, calls") == ["#13 mp_sendmsg ping = 0"]
    assert len(lines(text + "; secondary1 continues", "secondary1, IPC thread")) == 12


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
        after(text)


def test_request_that_waits_unseen_is_told() -> None:
    text = PAIR + "secondary1 registers ping: reply; secondary1 stops;"
    assert after(text + "primary1 requests ping patiently")[1].queued == ["secondary1"]
    with pytest.raises(NotPossible, match="cannot be seen"):
        after(text + "primary1 sends ping; primary1 requests ping patiently")


def test_way_out_leaves_nothing() -> None:
    text = TRIO + (
        "secondary1 registers ping: hold; primary1 requests ping async patiently; secondary2 stops"
    )
    world, _ = after(
        text.replace("primary1 requests", "secondary2 registers ping: late; primary1 requests")
    )
    while (step := world.way_out()) is not None:
        world.take(step)
    assert [p for p in world.living() if p.requests or p.jobs or p.queue or p.stopped] == []
