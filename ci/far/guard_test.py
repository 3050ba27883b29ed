# SPDX-License-Identifier: BSD-3-Clause
"""The guard passes on what a command prints, and ends it when nobody is there any more."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Iterator

import pytest

ROOT = Path(__file__).resolve().parents[2]
# It says when a signal can be taken; it ends by SIGTERM in order.
ORDERLY = "trap 'echo put back; exit 2' TERM; echo begun; while :; do sleep 9 & wait; done"


class Guarded:
    """A guard with a command of bash."""

    def __init__(self, script: str, *limits: float) -> None:
        call = f"sys.exit(guard.main(sys.argv[1:], *{limits!r}))"
        code = f"import sys; from ci.far import guard; {call}"
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, "bash", "-c", script],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def line(self) -> bytes:
        """The next line that the command prints."""
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def hang_up(self) -> None:
        """The end of the connection, one way."""
        assert self.process.stdin is not None
        self.process.stdin.close()


@pytest.fixture
def guarded() -> Iterator[list[Guarded]]:
    """Guards, which have ended with the test."""
    made: list[Guarded] = []
    yield made
    for one in made:
        one.process.kill()
        one.process.wait()


def test_what_is_printed_and_the_status_come_out(guarded: list[Guarded]) -> None:
    guarded.append(one := Guarded("echo out; echo err >&2; exit 7"))
    assert [one.line(), one.line(), one.line()] == [b"out\n", b"err\n", b""]
    assert one.process.wait(30) == 7


def test_a_signal_is_told_as_a_shell_does(guarded: list[Guarded]) -> None:
    guarded.append(one := Guarded("kill -9 $$"))
    assert one.process.wait(30) == 128 + 9


def test_the_end_of_the_connection_ends_the_command_in_order(guarded: list[Guarded]) -> None:
    guarded.append(one := Guarded(ORDERLY))
    assert one.line() == b"begun\n"
    one.hang_up()
    assert one.line() == b"put back\n"
    assert one.process.wait(30) == 2


def test_nobody_who_reads_is_no_reason_to_end_early(guarded: list[Guarded]) -> None:
    guarded.append(one := Guarded(ORDERLY.replace("exit 2", "head -c 200000 /dev/zero; exit 3")))
    assert one.line() == b"begun\n"
    assert one.process.stdout is not None
    one.process.stdout.close()
    one.hang_up()
    assert one.process.wait(30) == 3


def test_silence_is_the_end_of_the_connection(guarded: list[Guarded]) -> None:
    guarded.append(one := Guarded(ORDERLY, 0.5))
    assert [one.line(), one.line()] == [b"begun\n", b"put back\n"]
    assert one.process.wait(30) == 2


def test_a_command_that_does_not_end_is_killed(guarded: list[Guarded]) -> None:
    guarded.append(one := Guarded("trap '' TERM; echo begun; while :; do :; done", 60.0, 0.5))
    assert one.line() == b"begun\n"
    one.hang_up()
    assert one.process.wait(30) == 128 + 9


def test_a_reader_who_does_not_read_ends_the_command(guarded: list[Guarded]) -> None:
    """A cable that is out: what is printed stays where it is."""
    guarded.append(one := Guarded(ORDERLY.replace("echo begun", "head -c 1000000 /dev/zero"), 0.5))
    assert one.process.wait(30) == 2
