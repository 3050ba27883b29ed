# SPDX-License-Identifier: BSD-3-Clause
"""Proves that a guest which hangs is told from one whose machine is slow."""

from __future__ import annotations

import os
import subprocess
import sys

from ci.nic_host.progress import BUSY_S, IDLE_LOOKS, Look, Progress, look

NOBODY = 2**22 + 1  # Above every pid_max.


def test_a_guest_that_spins_hangs() -> None:
    watched = Progress()
    assert watched.hangs(Look(BUSY_S, True)) is None
    assert "no sign of life in 181 s" in str(watched.hangs(Look(BUSY_S + 1, True)))


def test_a_guest_that_waits_for_ever_hangs() -> None:
    watched = Progress()
    assert not any(watched.hangs(Look(1.0, False)) for _ in range(IDLE_LOOKS))
    assert "nothing to do" in str(watched.hangs(Look(1.0, False)))


def test_a_machine_that_gives_it_no_time_is_only_slow() -> None:
    watched = Progress()
    assert not any(watched.hangs(Look(1.0, True)) for _ in range(100 * IDLE_LOOKS))


def test_a_sign_of_life_begins_anew() -> None:
    watched = Progress()
    for _ in range(IDLE_LOOKS):
        watched.hangs(Look(1.0, False))
    watched.alive(Look(BUSY_S, False))
    assert watched.hangs(Look(2 * BUSY_S, False)) is None


def test_what_a_process_does_is_seen() -> None:
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as waits:
        assert waits.stdin and waits.stdout
        waits.stdin.write(b"x")
        waits.stdin.flush()
        waits.stdout.read(1)  # It runs. Nothing comes any more, so it will wait.
        while look(waits.pid).wants_cpu:
            pass
    assert look(os.getpid()) != Look(0.0, False) and look(os.getpid()).wants_cpu
    assert look(NOBODY) == Look(0.0, False)


def test_a_name_may_look_like_fields() -> None:
    named = "open('/proc/self/comm', 'w').write('a) R 9 9 (b'); print(flush=True); input()"
    argv = [sys.executable, "-c", named]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as waits:
        assert waits.stdin and waits.stdout
        waits.stdout.readline()
        while look(waits.pid).wants_cpu:
            pass
        assert 0 <= look(waits.pid).cpu_s < 60
        waits.stdin.write(b"\n")
