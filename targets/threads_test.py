# SPDX-License-Identifier: BSD-3-Clause
"""Proves that threads are told as they are, and that a process that is gone has none."""

from __future__ import annotations

import os
import subprocess
import threading
import time

from targets import threads

NOBODY = 2**22 + 1  # Above every pid_max.


def test_a_waiting_thread_is_told() -> None:
    go_on = threading.Event()
    other = threading.Thread(target=go_on.wait)
    other.start()
    tid, me = other.native_id, os.getpid()
    assert tid is not None
    try:
        assert {tid, me} <= set(threads.names(me))
        assert len(threads.states(me)) == len(threads.names(me)) == len(threads.wait_channels(me))
        assert threads.wait_channels(me, "no thread of this name") == []
    finally:
        go_on.set()
        other.join()
    while tid in threads.names(me):  # Python lets go of a thread before the kernel does.
        pass


def test_cpu_time_is_counted() -> None:
    before = threads.cpu_s(os.getpid())
    until = time.process_time() + 0.05
    while time.process_time() < until:
        pass
    assert threads.cpu_s(os.getpid()) - before > 0.02
    assert threads.cpu_s(os.getpid(), threading.get_native_id()) > 0


def test_who_is_gone_has_nothing() -> None:
    assert (threads.names(NOBODY), threads.scheduled(NOBODY)) == ({}, {})
    assert (threads.states(NOBODY), threads.wait_channels(NOBODY)) == ("", [])
    assert (threads.cpu_s(NOBODY), threads.cpu_s(os.getpid(), NOBODY)) == (0.0, 0.0)


def test_turns_of_a_thread_that_gives_way_to_all_are_not_counted() -> None:
    with subprocess.Popen(["sleep", "100"]) as child:
        (before,) = threads.scheduled(child.pid).values()
        os.sched_setscheduler(child.pid, os.SCHED_IDLE, os.sched_param(0))
        (after,) = threads.scheduled(child.pid).values()
        child.kill()
    assert before.turns > 0
    assert after.turns == 0
