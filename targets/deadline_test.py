# SPDX-License-Identifier: BSD-3-Clause
"""Proves that a deadline stands still for processes that get no CPU, and for nobody else."""

from __future__ import annotations

import os
import select
import subprocess
import time
from contextlib import ExitStack, contextmanager
from typing import Callable, Iterator

import pytest

from targets.deadline import MOST, TURN_S, Deadline, kept_waiting_s
from targets.outcome import Hang, TooSlow
from targets.scene import Scene
from targets.threads import Scheduled, scheduled

LOOP = ["/usr/bin/python3", "-c", "while True: pass"]


@contextmanager
def _running(command: list[str], before: Callable[[], None] | None = None) -> Iterator[int]:
    process = subprocess.Popen(command, preexec_fn=before)
    try:
        yield process.pid
    finally:
        process.kill()
        process.wait()


def _on_one_cpu() -> None:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def _last_of_all() -> None:
    _on_one_cpu()
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


@contextmanager
def _busy(loops: int, before: Callable[[], None] | None = None) -> Iterator[None]:
    with ExitStack() as stack:
        for _ in range(loops):
            stack.enter_context(_running(LOOP, before))
        yield


def _passed_s(pid: int, wall_s: float) -> float:
    """How far a deadline for this process comes in so much time."""
    deadline = Deadline(100, lambda: [pid])
    until = time.monotonic() + wall_s
    while time.monotonic() < until:
        select.select([], [], [], deadline.sleep_s())
    return deadline.passed_s


BEFORE = Scheduled("S", 1.0, 2.0, 10)


@pytest.mark.parametrize(
    "now, ours, kept_s",
    [
        (Scheduled("S", 1.0, 2.0, 10), False, 0.0),  # It waits for something else.
        (Scheduled("S", 1.1, 2.3, 12), False, 0.3),  # It was ready, ran, and waits again.
        (Scheduled("S", 1.0, 9.0, 11), False, 1 - TURN_S),  # No more than the time that has passed.
        (Scheduled("R", 1.0, 2.0, 10), False, 1.0),  # It is ready, and has not run at all.
        (Scheduled("R", 2.0, 2.0, 11), False, 0.0),  # It has run all the time.
        (Scheduled("R", 1.2, 2.0, 11), False, 0.8),  # It has run for a part of it.
        (
            Scheduled("R", 1.0, 2.0, 110),
            False,
            1 - 100 * TURN_S,
        ),  # It gives each turn back at once.
        (Scheduled("R", 1.0, 2.1, 10), True, 0.1),  # We look: of course we are ready to run.
        (Scheduled("D", 1.0, 2.0, 10), False, 1.0),  # The kernel has not let it go yet.
    ],
)
def test_what_the_machine_keeps_from_a_thread(now: Scheduled, ours: bool, kept_s: float) -> None:
    assert kept_waiting_s(BEFORE, now, 1.0, ours=ours) == pytest.approx(kept_s)


def test_thread_that_gets_no_cpu_has_time() -> None:
    with _busy(2, _on_one_cpu), _running(LOOP, _last_of_all) as pid:
        ran_s = [seen.ran_s for seen in scheduled(pid).values()][0]
        passed_s = _passed_s(pid, 1.5)
        ran_s = [seen.ran_s for seen in scheduled(pid).values()][0] - ran_s
    assert passed_s < 0.5 + ran_s


def test_thread_that_waits_for_something_else_has_none() -> None:
    with _busy(2, _on_one_cpu), _running(["sleep", "100"], _on_one_cpu) as pid:
        assert _passed_s(pid, 1.5) > 0.7


def test_machine_that_gives_nothing_can_judge_nothing() -> None:
    with _busy(2, _on_one_cpu), _running(LOOP, _last_of_all) as pid:
        deadline = Deadline(0.1, lambda: [pid])
        deadline._begun -= MOST * 0.1
        deadline.sleep_s()
        with pytest.raises(TooSlow, match="the machine gave"):
            deadline.sleep_s()


@pytest.mark.parametrize("spins", [False, True])
def test_hang_on_a_busy_machine_is_a_hang(scene: Scene, spins: bool) -> None:
    """Of a process that waits, and of one that spins: a negative timeout makes a request do so."""
    scene.primary().call("mp_action_register", name="ping", manner="silent")
    peer = scene.secondary()
    if spins:
        for_ever = {"sec": 0, "nsec": -(10**18)}
        peer.forget(peer.tell("mp_request_sync", name="ping", timeout=for_ever))
    with _busy(8), pytest.raises(Hang, match="event never"):
        peer.expect("never", deadline_s=0.5)
    peer.kill()
    scene.close()


def test_process_that_is_kept_from_running_is_no_hang(scene: Scene) -> None:
    """The peer gets no CPU for longer than the limit, and then answers."""
    peer = scene.primary()
    for thread in scheduled(peer.pid):
        os.sched_setscheduler(thread, os.SCHED_IDLE, os.sched_param(0))
        os.sched_setaffinity(thread, {min(os.sched_getaffinity(0))})
    with _busy(2, _on_one_cpu):
        assert all(peer.tell("nothing").comes(0.2) for _ in range(3))
        peer.forget_all()
    scene.close()
