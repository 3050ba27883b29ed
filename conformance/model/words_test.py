# SPDX-License-Identifier: BSD-3-Clause
"""Proves that a difference between model and peers is seen, and an open order is none."""

from __future__ import annotations

from conformance.model import words


def test_same_is_no_difference() -> None:
    said = {"primary1, IPC thread": ["a", "b"], "directory": ["mp_socket"]}
    assert words.compare(said, dict(said)) is None


def test_what_is_missing_or_too_much_is_told() -> None:
    said = {"primary1, calls": ["a"]}
    assert words.compare(said, {}) == ("primary1, calls: a", "primary1, calls: nothing")
    assert words.compare({}, said) == ("primary1, calls: nothing", "primary1, calls: a")


def test_order_counts_on_one_thread_only() -> None:
    for where in ("primary1, IPC thread", "primary1, interrupt thread", "directory"):
        assert words.compare({where: ["a", "b"]}, {where: ["b", "a"]}) is not None
    for where in ("primary1, calls", "primary1, a thread of its own"):
        assert words.compare({where: ["a", "b"]}, {where: ["b", "a"]}) is None


def test_errno_counts_where_a_call_failed() -> None:
    assert words.call(1, "mp_sendmsg", "ping", 0, "ECONNREFUSED") == "#1 mp_sendmsg ping = 0"
    assert words.call(1, "mp_sendmsg", "ping", -1, "EBADF") == "#1 mp_sendmsg ping = -1 EBADF"


def test_untouched_reply_is_not_an_empty_one() -> None:
    assert words.replies(0, 0, None) != words.replies(0, 0, "untouched") != words.replies(0, 0, [])
