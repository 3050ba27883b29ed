# SPDX-License-Identifier: BSD-3-Clause
"""Proves that a guest which hangs is told from one whose machine is slow."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from ci.nic_host.progress import BUSY_S, IDLE_LOOKS, Look, Progress, look


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


def test_what_a_process_does_is_seen(tmp_path: Path) -> None:
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as waits:
        assert waits.stdin and waits.stdout
        waits.stdin.write(b"x")
        waits.stdin.flush()
        waits.stdout.read(1)  # It runs. Nothing comes any more, so it will wait.
        while look(waits.pid).wants_cpu:
            pass
    assert look(os.getpid()) != Look(0.0, False) and look(os.getpid()).wants_cpu
    assert look(1, tmp_path) == Look(0.0, False)


def test_a_name_may_look_like_fields(tmp_path: Path) -> None:
    task = tmp_path / "7" / "task" / "7"
    task.mkdir(parents=True)
    ticks = os.sysconf("SC_CLK_TCK")
    fields = f"1 7 7 0 -1 0 0 0 0 0 {3 * ticks} {ticks} 0 0"
    (task / "stat").write_text(f"7 (a) S (b) R {fields}")
    assert look(7, tmp_path) == Look(4.0, True)
