# SPDX-License-Identifier: BSD-3-Clause
"""The words in which model and peers describe events: the same words for the same fact, so that lines
compare.

A "call" is the number under which a command was given; "#7 mp_sendmsg ping = 0". Counts and messages are
what C returned. rte_errno means something only where the call failed.
"""

from __future__ import annotations

from typing import Sequence

IPC = "IPC thread"
INTERRUPT = "interrupt thread"
OTHER = "a thread of its own"
CALLS = "calls"

# What happened: where ("secondary1, IPC thread") and, in order, what.
Said = dict[str, list[str]]


def place(who: str, thread: str) -> str:
    """The place of an event: a process and a thread."""
    return f"{who}, {thread}"


def result(ret: object, rte_errno: object) -> str:
    """The return value of a call, in words."""
    return f"{ret}" if ret == 0 or rte_errno is None else f"{ret} {rte_errno}"


def call(number: int, verb: str, name: str, ret: object, rte_errno: object = None) -> str:
    """A call that has returned."""
    return f"#{number} {verb} {name} = {result(ret, rte_errno)}"


def replies(sent: object, received: object, msgs: Sequence[tuple[str, str]] | str | None) -> str:
    """A struct rte_mp_reply. msgs: name and parameter of each, None for a NULL pointer."""
    if msgs is None or isinstance(msgs, str):
        content = "no msgs" if msgs is None else msgs
    else:
        content = ", ".join(f"{name} {param}" for name, param in msgs)
    return f"{sent} sent, {received} received: {content}"


def action(name: str, msg_name: str, param: str, peer: str) -> str:
    """A registered action has run."""
    return f"action {name}: {msg_name} {param} from {peer}"


def replied(name: str, ret: object, rte_errno: object) -> str:
    """rte_mp_reply of a manner has returned."""
    return f"mp_reply to {name} = {result(ret, rte_errno)}"


def callback(number: int, name: str, param: str, reply: str) -> str:
    """The callback of an asynchronous request has run."""
    return f"#{number} calls back, {name} {param}: {reply}"


def compare(expected: Said, observed: Said) -> tuple[str, str] | None:
    """The difference between the lines of the model and the lines that were seen; None if they
    agree."""
    wrong = [
        where for where in sorted({*expected, *observed}) if not _same(where, expected, observed)
    ]
    if not wrong:
        return None
    return _show(wrong, expected), _show(wrong, observed)


def _same(where: str, one: Said, two: Said) -> bool:
    mine, theirs = one.get(where, []), two.get(where, [])
    if where.endswith((IPC, INTERRUPT, "directory")):
        return mine == theirs
    return sorted(mine) == sorted(theirs)  # Different threads: the order is open.


def _show(places: list[str], said: Said) -> str:
    lines = []
    for where in places:
        lines += [f"{where}: {line}" for line in said.get(where, [])] or [f"{where}: nothing"]
    return "\n".join(lines)
