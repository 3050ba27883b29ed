# SPDX-License-Identifier: BSD-3-Clause
"""Proves faults/README.md: its commands work as they are printed, in the one shell that they need, and
print what it says they print."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import IO

import pytest

from ci import markdown
from ci.readme_test import kind

ROOT = Path(__file__).resolve().parent.parent
README = "faults/README.md"
SHELL = "ci/validate --shell"
BLOCKS = markdown.blocks(README, markdown.read(README))

_NUMBER = re.compile(r"(?<![A-Za-z0-9])[0-9a-f]*\d[0-9a-f]*(?![A-Za-z0-9])")

NOT_RUN = {"wireshark": "a graphical program that Gauntlet does not install"}

# What a reader sees before the next line is typed, besides the prompt.
SEEN_AFTER = [
    (r"faults/attack (watch|relay) .*&$", "in place; Ctrl-C ends it"),
    (r"faults/attack kill .*&$", "waiting for `"),
    (r"faults/attack ghost .*&$", "is there; Ctrl-C ends it"),
    (r"echo port attach net_null7 ", "REP eal_dev_mp_request.*net_null7"),
    (r"echo port attach net_null8 ", "REP eal_dev_mp_request.*net_null8"),
    (r"echo port attach net_null9 ", "REP eal_dev_mp_request.*attach rollback net_null9"),
    (r"echo port attach net_null10 ", "IGN eal_dev_mp_request"),
    (r"echo port attach net_null12 ", "is dead"),
    (r"echo port attach net_null13 ", "IGN eal_dev_mp_request"),
    (r"kill -INT", "datagrams? (seen|heard)"),
]


def commands() -> list[str]:
    """The lines to type, in their order, after the one that starts the shell."""
    lines = [line for block in BLOCKS if kind(block) == "commands" for line in block.commands]
    assert lines[0] == SHELL
    return [line for line in lines[1:] if line.split()[0] not in NOT_RUN]


def masked(line: str) -> str:
    """A line without what differs from run to run: numbers, times, the width of a column."""
    return re.sub(r"\s+", " ", _NUMBER.sub("N", line)).strip()


class Shell:
    """With-block: the shell of `ci/validate --shell`, and the lines that it has printed."""

    def __init__(self, log: Path) -> None:
        self.printed: list[str] = []
        self._log = log

    def __enter__(self) -> Shell:
        self._process = subprocess.Popen(
            SHELL.split(),
            cwd=ROOT,
            env={**os.environ, "SHELL": "/bin/bash"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            bufsize=1,
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._keyboard: IO[str] = self._process.stdin
        self._screen: IO[str] = self._process.stdout
        return self

    def __exit__(self, *_: object) -> None:
        self._keyboard.close()
        for line in self._screen:
            self.printed.append(line)
        self._process.wait()

    def type(self, line: str) -> None:
        """Types a line, and reads on until it is done and has shown what it should."""
        end = f"typed {len(self.printed)}"
        wanted = [rf"^{end}: 0$"]
        wanted += [seen for pattern, seen in SEEN_AFTER if re.match(pattern, line)]
        self._keyboard.write(f"{line}\necho {end}: $?\n")
        while wanted:
            said = self._screen.readline()
            assert said, f"the shell ended after {line}:\n{''.join(self.printed[-20:])}"
            self.printed.append(said)
            self._log.write_text("".join(self.printed), encoding="utf-8")
            failed = re.match(rf"{end}: ([1-9]\d*)$", said)
            assert not failed, f"{line} ends with {said}:\n{''.join(self.printed[-20:])}"
            wanted = [pattern for pattern in wanted if not re.search(pattern, said)]


@pytest.mark.skipif(os.geteuid() != 0, reason="faults/attack and hugepages need root")
@pytest.mark.skipif(not shutil.which("dpdk-testpmd"), reason="there is no dpdk-testpmd")
@pytest.mark.timeout(600)
def test_pair_is_attacked_as_the_readme_has_it(tmp_path: Path) -> None:
    with Shell(tmp_path / "screen") as shell:
        for line in commands():
            shell.type(line)
    seen = {masked(line) for line in shell.printed}
    told = [line for block in BLOCKS if kind(block) == "output" for line in block.lines]
    assert [line for line in told if line != "..." and masked(line) not in seen] == []


def test_line_that_is_not_printed_is_noticed() -> None:
    assert masked("18:50:47.1 secondary 21 > x: REQ a, len_param 136") == masked(
        "09:00:00.9  secondary 8 > x: REQ a, len_param 72"
    )
    assert masked("secondary 21 > primary 7") != masked("primary 7 > secondary 21")
