# SPDX-License-Identifier: BSD-3-Clause
"""Proves that a scenario is read as it is meant, and that what is wrong is told with its place."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest

from conformance.scenario.steps import (
    Becomes,
    DiesAt,
    DirectoryIs,
    Expects,
    FailsToStart,
    GhostAppears,
    GhostGoes,
    GhostSends,
    HasDescriptors,
    MeetsCalls,
    Reference,
    Relays,
    Says,
    Schedules,
    Starts,
    Tells,
)
from conformance.scenario.text import TextError, parse
from faults.schedule import Switch

EXAMPLES = sorted(Path(__file__).parents[1].rglob("*.scenario"))


@pytest.mark.parametrize("path", EXAMPLES, ids=[path.stem for path in EXAMPLES])
def test_examples_can_be_read_and_promise_something(path: Path, verbs: Any) -> None:
    assert parse(path.read_text(), verbs).promise.endswith(".")


@pytest.mark.parametrize(
    "text, expected",
    [
        ("primary1 starts --no-telemetry", Starts(1, "primary1", ("--no-telemetry",))),
        (
            'primary1 starts\na: primary1 begins mp_request_sync name=x timeout=300ms param="a;b#"',
            Tells(
                2,
                "primary1",
                "mp_request_sync",
                {"name": "x", "timeout": {"sec": 0, "nsec": 300_000_000}, "param": b"a;b#"},
                "a",
                waits=False,
            ),
        ),
        (
            "primary1 starts; primary1 requests ping async",
            Tells(1, "primary1", "mp_request_async", {"name": "ping", "timeout": "ample"}),
        ),
        (
            "primary1 starts; primary1 registers ping: twice",
            Tells(1, "primary1", "mp_action_register", {"name": "ping", "manner": "twice"}),
        ),
        (
            'primary1 starts; primary1 does mp_action_register name=x inside="mp_sendmsg name=y"',
            Tells(
                1,
                "primary1",
                "mp_action_register",
                {"name": "x", "inside": {"verb": "mp_sendmsg", "name": "y"}},
            ),
        ),
        (
            "primary1 starts; a: primary1 does malloc size=9; primary1 does free ptr=$a.addr",
            Tells(1, "primary1", "free", {"ptr": Reference("a", "addr")}),
        ),
        (
            "primary1 starts; primary1 has said action 2 times msg.name=x",
            Says(1, "primary1", "action", {"msg.name": "x"}, times=2),
        ),
        (
            'primary1 starts; a: primary1 does mp_sendmsg name=x; expect a ret=0 rte_errno=null why=""',
            Expects(1, "a", {"ret": 0, "rte_errno": None, "why": ""}),
        ),
        (
            "primary1 starts; relay primary1: drop request ping times 1  # why",
            Relays(1, "primary1", "drop request ping times 1"),
        ),
        (
            "primary1 starts; relay primary1: drop request ping; relay primary1: pass request x",
            Relays(1, "primary1", "drop request ping\npass request x"),
        ),
        (
            "primary1 starts; ghost1 appears; ghost1 sends ignore x to=primary1 num_fds=-1",
            GhostSends(1, "ghost1", "ignore", "x", "primary1", {"num_fds": -1}),
        ),
        ("primary1 starts; primary1 lives", Becomes(1, "primary1", "lives")),
        ("primary1 starts held --no-pci", Starts(1, "primary1", ("--no-pci",), held=True)),
        (
            "primary1 starts held lcore=1 namespaces=pid,net user=65534 limits=nofile:64 closed=0,1 "
            "-d x=y",
            Starts(
                1,
                "primary1",
                ("-d", "x=y"),
                {
                    "lcore": 1,
                    "namespaces": ["pid", "net"],
                    "user": 65534,
                    "limits": {"nofile": 64},
                    "closed": [0, 1],
                },
                held=True,
            ),
        ),
        (
            "primary1 starts; secondary1 fails to start hugetlbfs=own",
            FailsToStart(1, "secondary1", (), {"hugetlbfs": True}),
        ),
        ("primary1 starts; primary1 has 0 descriptors left", HasDescriptors(1, "primary1", 0)),
        (
            "primary1 starts; primary1 has 3 descriptors left; primary1 has descriptors as before",
            HasDescriptors(1, "primary1", None),
        ),
        (
            "ghost1 appears with abstract address",
            GhostAppears(1, "ghost1", bound=False, abstract=True),
        ),
        (
            "primary1 starts; f: secondary1 fails to start --x",
            FailsToStart(1, "secondary1", ("--x",), label="f"),
        ),
        (
            "primary1 starts; primary1 dies at sendmsg 2 in ipc",
            DiesAt(1, "primary1", "sendmsg", 2, "ipc"),
        ),
        ("primary1 starts; primary1 dies at close", DiesAt(1, "primary1", "close", 1)),
        (
            "primary1 starts; calls primary1: fail recvmsg ENOMEM nth 2 times 3 thread ipc",
            MeetsCalls(
                1,
                "primary1",
                "fail",
                "recvmsg",
                "ENOMEM",
                0,
                {"nth": 2, "times": 3, "thread": "ipc"},
            ),
        ),
        (
            "primary1 starts; calls primary1: delay sendmsg 20ms",
            MeetsCalls(1, "primary1", "delay", "sendmsg", delay_ns=20_000_000),
        ),
        ("directory is full of files", DirectoryIs(1, "full of files")),
        ("primary1 starts; ghost1 appears without address", GhostAppears(1, "ghost1", bound=False)),
        ("primary1 starts; ghost1 appears; ghost1 goes", GhostGoes(1, "ghost1")),
        ("primary1 starts\nschedule", Schedules(2)),
        (
            "primary1 starts; schedule 3=time 17=primary1.thread2",
            Schedules(1, (Switch(3, "time"), Switch(17, "primary1.thread2"))),
        ),
    ],
    ids=itertools.count(1),
)
def test_step_is_read(text: str, expected: Any, verbs: Any) -> None:
    assert expected in parse(f"primary9 starts; {text}\nprimary9 lives", verbs).steps


@pytest.mark.parametrize(
    "text, place, said",
    [
        ("primary1 starts", (1, 1), "a scenario that can never fail"),
        ("", (1, 1), "a scenario that can never fail"),
        ("primary1 starts\nprimary1 does mp_requst_sync x=1", (2, 15), "mp_request_sync"),
        ("primary1 starts; primary1 does mp_sendmsg nam=x", (1, 43), "mp_sendmsg takes fds"),
        ("primary1 starts; primary1 does mp_request_sync name=x", (1, 32), "needs timeout"),
        ("primary1 starts; primary1 does mp_sendmsg name=x name=y", (1, 50), "each key once"),
        ("primary1 starts; primary1 does mp_sendmsg name=x num_fds=2147483648", (1, 58), "C int"),
        ("primary1 starts; primary1 does mp_request_sync timeout=soon", (1, 56), "300ms"),
        ("primary1 starts; primary1 does mp_sendmsg name=x param=xyz", (1, 56), "hexadecimal"),
        ("primary1 starts; primary1 does free ptr=12", (1, 41), "a pointer"),
        ("primary1 starts; primary1 does free ptr=$a.addr", (1, 32), "a name that stands before"),
        ("secondary1 lives", (1, 1), "is there by then: nobody"),
        ("primary1 starts; primary1 dies; primary1 lives", (1, 33), "it is gone by then"),
        ("primary1 starts; primary1 starts", (1, 18), "it has started before"),
        ("primary1 starts; expect a ret=0", (1, 25), "there is none"),
        ("primary1 starts; a: primary1 dies", (1, 21), "has an answer to name"),
        (
            "primary1 starts; a: primary1 does nothing; a: primary1 does nothing",
            (1, 44),
            "is taken",
        ),
        ("primary1 starts; a: primary1 does nothing; expect a", (1, 52), "expected KEY=VALUE"),
        ("primary1 starts; relay primary1: dorp request x", (1, 34), "expected one of pass, drop"),
        (
            "primary1 starts; relay primary1: pass * x; primary1 lives; relay primary1: pass * y",
            (1, 66),
            "it has a relay already",
        ),
        ("primary1 starts; primary1 lives today", (1, 33), "the end of the step"),
        ("primary1 starts; primary1 hops", (1, 27), "expected what primary1 does: starts"),
        ("primary1 starts; ghost1 sends ignore x", (1, 18), "is there by then: primary1"),
        ("primary1 starts; ghost1 appears; ghost1 answers a reply", (1, 49), "there is none"),
        ('primary1 starts "--x', (1, 17), "a quoted text ends with a quote"),
        ("primary1 starts\nschedule 3=time 3=director", (2, 17), "larger than the one before"),
        ("primary1 starts\nschedule x=time", (2, 10), "expected NUMBER=WHO"),
        ("primary1 starts\nschedule 1=nobody", (2, 10), "such as primary1.ipc"),
        ("primary1 starts\nschedule; schedule", (2, 11), "one schedule"),
        ("schedule; primary1 starts", (1, 11), "before the line with schedule"),
        (
            "primary1 starts; schedule; relay primary1: drop request x",
            (1, 34),
            "take no turns",
        ),
        (
            "primary1 starts; relay primary1: drop request x; schedule",
            (1, 50),
            "take no turns",
        ),
        ("someone starts", (1, 1), "expected a process (primary1"),
        ("primary1 starts quickly", (1, 17), "expected EAL arguments, or, before them, lcore="),
        ("primary1 starts cpu=1", (1, 17), "before them, lcore="),
        ("primary1 starts lcore=one", (1, 23), "expected a number, 0 to 2147483647"),
        ("primary1 starts lcore=1 lcore=2", (1, 25), "each of them once"),
        ("primary1 starts namespaces=pid,time", (1, 28), "'time' is none of ipc, mount, net"),
        ("primary1 starts hugetlbfs=none", (1, 27), "expected own"),
        ("primary1 starts user=nobody", (1, 22), "expected a number"),
        ("primary1 starts limits=files:3", (1, 24), "expected such as nofile:64, of nofile,"),
        ("primary1 starts limits=nofile", (1, 24), "expected a number"),
        ("primary1 starts closed=out", (1, 24), "expected a number"),
        ("primary1 starts; primary1 has few", (1, 31), "expected died, said, N descriptors left"),
        ("primary1 starts; primary1 has 3 files left", (1, 33), "expected descriptors"),
        ("primary1 starts; primary1 has descriptors as before", (1, 31), "it has them"),
        (
            "primary1 starts; primary1 has 3 descriptors left; primary1 has 4 descriptors left",
            (1, 64),
            "expected descriptors as before in between",
        ),
        ("primary1 has 3 descriptors left", (1, 1), "is there by then: nobody"),
        (
            "primary1 starts; calls primary1: break open",
            (1, 34),
            "fail, skip, delay, hold, release",
        ),
        (
            "primary1 starts; calls primary1: fail mmap ENOMEM",
            (1, 39),
            "expected one of bind, calloc",
        ),
        ("primary1 starts; calls primary1: fail malloc EPERM", (1, 46), "malloc fails with ENOMEM"),
        ("primary1 starts; calls primary1: hold open nth 0", (1, 48), "a number, 1 or more"),
        ("primary1 starts; calls primary1: hold open nth 1 nth 2", (1, 50), "each of them once"),
        ("primary1 starts; calls primary1: release open", (1, 34), "no open of primary1 is held"),
        ("calls primary1: hold open", (1, 7), "is there by then: nobody"),
        ("directory is wet", (1, 14), "expected full, full of files"),
        ("directory is as before", (1, 11), "it is as before"),
        ("directory is full; directory is gone", (1, 30), "expected as before in between"),
        ("primary1 starts; primary1 dies at SEND", (1, 35), "expected a system call"),
        (
            "primary1 starts; primary2 starts; primary1 dies at open; primary2 dies at open",
            (1, 58),
            "primary1 is followed until it has died",
        ),
        ("primary1 starts; primary1 has died", (1, 18), "expected one that dies at a call"),
        ("primary1 fails to start; primary1 lives", (1, 26), "it is gone by then"),
        (
            "primary1 starts; ghost1 appears; ghost1 goes; ghost1 goes",
            (1, 47),
            "it is gone by then",
        ),
    ],
)
def test_wrong_text_is_told_with_its_place(
    text: str, place: tuple[int, int], said: str, verbs: Any
) -> None:
    with pytest.raises(TextError) as error:
        parse(text, verbs)
    assert ((error.value.line, error.value.column), said in str(error.value)) == (place, True), str(
        error.value
    )
    assert "\n" not in str(error.value)
