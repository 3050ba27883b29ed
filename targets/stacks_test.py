# SPDX-License-Identifier: BSD-3-Clause
"""Proves targets/stacks.py: which of DPDK's functions a thread is in, and nothing of the others."""

from __future__ import annotations

import signal

import pytest

from targets import stacks
from targets.outcome import Died
from targets.scene import Scene

SAID = """PID 15 - process
TID 15:
#0  0x00007f7d03af1df2 pause
TID 29:
#0  0x00007f7d03f0ff52 rte_mcfg_tailq_write_lock
#1  0x00007f7d042b8722
#2  0x00007f7d042b8722 rte_ring_create_elem
#3  0x00007f7d03b278ec __clone3
TID 291:
#0  0x00007f7d03b278ec rte_pause
"""


def test_public_functions_of_one_thread() -> None:
    assert stacks.public_functions(SAID, 29) == [
        "rte_ring_create_elem",
        "rte_mcfg_tailq_write_lock",
    ]
    assert stacks.public_functions(SAID, 15) == []
    assert stacks.public_functions(SAID, 2) == []


CORE = """PID 3 - core
TID 10:
#0  0x00007fe60f01188b rte_mp_disable - librte_eal.so.23
#1  0x00007fe60f01188c - librte_eal.so.23
#2  0x000055953d2b2da8 mp_disable - peer
#3  0x00007fe60eaa71f5 start_thread - libc.so.6
TID 11:
#0  0x00007fe60eaa71f5 read - libc.so.6
"""


def test_innermost_frames_are_those_of_the_thread_that_died() -> None:
    assert stacks.innermost(CORE, "peer") == [
        "rte_mp_disable in librte_eal.so.23",
        "? in librte_eal.so.23",
    ]
    assert stacks.innermost(CORE.replace("librte_eal.so.23", "peer"), "peer") == [
        "rte_mp_disable in peer"
    ]
    assert stacks.innermost("eu-stack is not installed\n", "peer") == []


def test_death_says_where(scene: Scene) -> None:
    primary = scene.primary()
    primary.call("eal_cleanup")
    with pytest.raises(Died, match="primary1 died: SIGSEGV\nrte_mp_disable in librte_eal"):
        primary.call("mp_disable")
    primary.may_end(signal=signal.SIGSEGV)


def test_thread_that_waits_for_a_lock(scene: Scene) -> None:
    primary, secondary = scene.primary(), scene.secondary()
    secondary.call("mcfg_tailq_write_lock")
    pending = primary.tell("ring_create", name="r", count=8)
    scene.wait_until(lambda: len(primary.threads_named("peer-verb")) == 1, "the verb's thread")
    (tid,) = primary.threads_named("peer-verb")
    scene.wait_until(lambda: primary.cpu_s(tid) > 0.05, "a thread that spins")
    assert stacks.calls(primary.pid, tid)[-1] == "rte_mcfg_tailq_write_lock"
    secondary.call("mcfg_tailq_write_unlock")
    assert pending.answer().ring
    assert primary.threads_named("no such thread") == set()
    scene.wait_until(lambda: primary.cpu_s(tid) == 0, "the end of the thread")
