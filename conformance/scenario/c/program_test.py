# SPDX-License-Identifier: BSD-3-Clause
"""Proves that a scenario's C file is built by a plain compiler, and fails as the scenario does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conformance.scenario.c import built
from conformance.scenario.c.program import program
from conformance.scenario.text import TextError, parse

ANSWERS = Path(__file__).parents[1] / "examples" / "answers.scenario"


def test_program_holds_where_the_scenario_does(verbs: Any, tmp_path: Path) -> None:
    status, said = built.run(program(parse(ANSWERS.read_text(), verbs)), tmp_path)
    assert (status, said.splitlines()[-1]) == (0, "All is as the scenario expects."), said


@pytest.mark.parametrize(
    "text, said",
    [
        (
            "relay primary1: drop request x; primary1 lives",
            "line 1, column 1: relay: a relay has no form",
        ),
        (
            "schedule 1=time; primary1 lives",
            "line 1, column 1: schedule: a schedule has no form",
        ),
        (
            "primary1 does heap_in_use; primary1 lives",
            "line 1, column 1: heap_in_use: in C there are",
        ),
        (
            "a: primary1 does malloc size=1; primary1 does dev_remove dev=$a.ret; primary1 lives",
            "line 1, column 1: dev_remove: in C there are",
        ),
        (
            "a: primary1 does mp_sendmsg name=x; expect a took_ns=1",
            "took_ns: in C this answer has ret",
        ),
        ("primary1 does release_action name=x; primary1 lives", "x: no action of this name waits"),
        (
            "calls primary1: fail malloc ENOMEM; primary1 lives",
            "line 1, column 1: malloc: in C these can be met: bind, close,",
        ),
        (
            "primary1 dies at mmap; primary1 has died; secondary1 starts; secondary1 lives",
            "line 1, column 1: mmap: in C these can be met: bind, close,",
        ),
        (
            "primary1 does mp_sendmsg name=x msg=null; primary1 lives",
            "mp_sendmsg msg=: in C it takes",
        ),
        (
            "primary1 does library_create library=acl name=x; primary1 lives",
            "library=acl: in C there is rib",
        ),
        (
            "a: primary1 does timer_new; primary1 does timer_reset tim=$a.tim ticks=1 type=X "
            "tim_lcore=0; "
            "primary1 lives",
            "type=X: expected SINGLE or PERIODICAL",
        ),
        (
            "ghost1 appears; b: ghost1 gets message x; a: primary1 does mp_disable; expect a ret=$b.name",
            "$b.name: in C only answers and events give values",
        ),
    ],
)
def test_what_has_no_form_in_c_is_told(text: str, said: str, verbs: Any) -> None:
    with pytest.raises(TextError) as error:
        program(parse(f"primary1 starts; {text}", verbs))
    assert said in str(error.value)


def test_comment_of_the_scenario_cannot_end_that_of_the_file(verbs: Any, tmp_path: Path) -> None:
    text = "primary1 starts # */ int x = y;\nprimary1 lives"
    assert built.build(program(parse(text, verbs)), tmp_path).exists()


@pytest.mark.parametrize(
    "text",
    [
        "secondary1 starts lcore=1 namespaces=net,uts limits=nofile:64,core:0 closed=0; secondary1 lives",
        "secondary1 starts namespaces=pid; secondary1 lives",
        "secondary1 fails to start hugetlbfs=own",
        "secondary1 starts held; secondary1 does eal_init; secondary1 says ready; secondary1 lives",
        "directory is full of files; secondary1 fails to start; directory is as before; "
        "secondary2 starts; "
        "secondary2 lives",
        "directory is gone; directory is as before; secondary1 starts; secondary1 lives",
        "directory is locked; directory is as before; secondary1 starts; secondary1 lives",
        "calls primary1: fail sendmsg ENOBUFS nth 2; ghost1 appears; a: primary1 does "
        "mp_sendmsg name=x; b: "
        "primary1 does mp_sendmsg name=x; expect a ret=0; expect b ret=-1",
        "ghost1 appears; calls primary1: delay sendmsg 20ms; a: primary1 does mp_sendmsg "
        "name=x; ghost1 gets "
        "message x; expect a ret=0",
        "ghost1 appears; calls primary1: hold sendmsg; a: primary1 begins mp_sendmsg name=x; "
        "calls primary1: "
        "release sendmsg; ghost1 gets message x; expect a ret=0",
        "ghost1 appears; primary1 registers x: silent; primary1 dies at sendmsg 1; primary1 "
        "begins mp_sendmsg "
        "name=x; primary1 has died; secondary1 starts; secondary1 lives",
        "primary1 has 0 descriptors left; primary1 has descriptors as before; primary1 lives",
        "primary1 has 1 descriptors left; a: primary1 does open path=/dev/null; b: primary1 does open "
        "path=/dev/null; expect a ret!=-1; expect b ret=-1",
        "secondary1 starts; primary1 registers x: silent; secondary1 does mp_sendmsg name=x fds=1; e: "
        "primary1 says action; expect e msg.num_fds=1; c: primary1 does close "
        "fd=$e.msg.fds.0.fd; expect c "
        "ret=0",
        "a: primary1 does timer_new; primary1 does timer_subsystem_init; primary1 does timer_init "
        "tim=$a.tim; primary1 does timer_reset tim=$a.tim ticks=0 type=SINGLE "
        "tim_lcore=0; b: primary1 does "
        "timer_manage; expect b ret=0 ran.0=$a.tim",
        'ghost1 appears; primary1 does mp_request_async name=x timeout=brief inside="mp_sendmsg name=y"; '
        "ghost1 gets request x; ghost1 gets message y; primary1 lives",
    ],
)
def test_what_goes_wrong_goes_wrong_in_c(text: str, verbs: Any, tmp_path: Path) -> None:
    status, said = built.run(program(parse(f"primary1 starts; {text}", verbs)), tmp_path)
    assert status == 0, said


@pytest.mark.parametrize(
    "text",
    [
        "calls primary1: fail opendir ENOMEM; primary1 lives",
        "calls primary1: hold opendir; calls primary1: release opendir; primary1 lives",
        "primary1 dies at opendir; primary1 begins mp_disable; primary1 has died; secondary1 "
        "fails to start",
    ],
)
def test_call_that_never_comes_tells_nothing(text: str, verbs: Any, tmp_path: Path) -> None:
    written = program(parse(f"primary1 starts; {text}", verbs))
    status, said = built.run(written, tmp_path, "-DDEADLINE_MS=500")
    assert (status, "primary1 has not come to that call" in said) == (2, True), said


def test_interrupted_program_leaves_nothing(verbs: Any, tmp_path: Path) -> None:
    text = "primary1 starts; primary1 says action"
    # It says nothing while it waits for what never comes: its primary has a socket by then.
    until = "until [ -e /var/run/dpdk/*/mp_socket ]; do :; done; kill -INT $!; wait $!"
    program_text = program(parse(text, verbs))
    status, said = built.run(program_text, tmp_path, wrap=f'"$@" & {until}')
    assert (status, said) == (2, "")
