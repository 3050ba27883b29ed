# SPDX-License-Identifier: BSD-3-Clause
"""Proves what a diagram is told of a timeline: who spoke to whom, and what is left out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conformance.verdicts import sequence

SOCKET = "/var/run/dpdk/rte/mp_socket"


def line(who: str, what: str, at: int = 1000, **facts: Any) -> dict[str, Any]:
    return {"at": at, "who": who, "what": what, **facts}


BEGIN = [
    line("scene", "begin"),
    line("primary1", "start", command=["peer", "--", "--no-pci"]),
    line("primary1", "event greeting", pid=3),
    line("secondary1", "start", command=["peer", "--", "--no-pci"]),
    line("secondary1", "event greeting", pid=9),
]


def _last(*lines: dict[str, Any]) -> dict[str, Any]:
    return sequence.of([*BEGIN, *lines])[-1]


def test_process_starts_and_ends() -> None:
    events = sequence.of([*BEGIN, line("primary1", "end", 5_001_000, how="SIGKILL")])
    assert [(e["who"], e["what"], e["text"]) for e in events] == [
        ("primary1", "start", "--no-pci"),
        ("secondary1", "start", "--no-pci"),
        ("primary1", "end", "SIGKILL"),
    ]
    assert (events[0]["at_us"], events[2]["at_us"]) == (0, 5000)


@pytest.mark.parametrize(
    ("told", "who", "what", "text", "to"),
    [
        (
            line("secondary1", "event action", action="ping", peer=SOCKET, msg={"len_param": 4}),
            *("primary1", "message", "ping (4 bytes)", "secondary1"),
        ),
        (
            line("primary1", "event action", action="ping", peer=f"{SOCKET}_9_7f", msg={}),
            *("secondary1", "message", "ping (0 bytes)", "primary1"),
        ),
        (
            {**line("relay", "drop", name="ping", to="mp_socket_9_7f"), "from": SOCKET},
            *("primary1", "datagram", "drop ping", "secondary1"),
        ),
        (
            line("ghost", "send", to=SOCKET, size=332),
            *("ghost", "datagram", "332 bytes", "primary1"),
        ),
        (
            {**line("ghost", "received", name="ping"), "from": SOCKET},
            *("primary1", "datagram", "ping", "ghost"),
        ),
    ],
)
def test_arrow_leads_from_the_sender_to_the_receiver(
    told: dict[str, Any], who: str, what: str, text: str, to: str
) -> None:
    assert _last(told) == {"at_us": 0, "who": who, "what": what, "text": text, "to": to}


def test_reply_goes_back_to_who_asked() -> None:
    asked = line("secondary1", "event action", action="ping", peer=SOCKET, msg={})
    replied = line("secondary1", "event replied", action="ping", ret=0, rte_errno=None)
    reply = _last(asked, replied)
    assert (reply["who"], reply["to"], reply["text"]) == ("secondary1", "primary1", "ping: 0")


def test_new_primary_owns_the_socket() -> None:
    again = line("primary2", "start", command=["peer", "--"])
    assert _last(again, line("ghost", "send", to=SOCKET, size=1))["to"] == "primary2"


@pytest.mark.parametrize(
    ("told", "text"),
    [
        (line("fault", "begin killed", about="secondary1 is killed"), "begin secondary1 is killed"),
        (line("fault", "end killed", bit=False), "end killed, without effect"),
        (line("scene", "failed", why="assert 1 == 2"), "assert 1 == 2"),
        (line("secondary1", "tell mp_reply", id=1, verb="mp_reply", name="x"), "mp_reply name=x"),
        (
            line("secondary1", "answer mp_reply", re=1, ret=-1, rte_errno="EINVAL", took_ns=12),
            "mp_reply: -1 EINVAL",
        ),
        (line("relay", "placed", before=SOCKET), f"placed before={SOCKET}"),
    ],
)
def test_rest_is_told_in_words(told: dict[str, Any], text: str) -> None:
    assert _last(told)["text"] == text


def test_long_text_is_cut() -> None:
    text = _last(line("scene", "failed", why="x" * 500))["text"]
    assert len(text) == sequence.WIDTH and text.endswith(" ...")


def test_of_many_events_the_first_and_the_last_are_kept() -> None:
    many = [line("relay", "left", at, before=str(at)) for at in range(1000, 1300)]
    events = sequence.of([*BEGIN, *many])
    assert len(events) == sequence.MOST + 1
    gap = events[sequence.MOST // 2]
    assert (gap["who"], gap["text"]) == ("scene", "182 events are not shown")
    assert events[-1]["text"] == "left before=1299"


def test_lines_are_read_in_the_order_of_what_happened(tmp_path: Path) -> None:
    path = tmp_path / "timeline.jsonl"
    assert sequence.lines_of(path) == []
    path.write_text("".join(json.dumps(line("scene", "x", at)) + "\n" for at in (3, 1, 2)))
    assert [one["at"] for one in sequence.lines_of(path)] == [1, 2, 3]
