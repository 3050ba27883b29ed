# SPDX-License-Identifier: BSD-3-Clause
"""A DPDK program of a scene that is not ours: what it is told, what it prints, how it ends."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import threading
from functools import cache
from pathlib import Path
from typing import Any

from targets.dpdk import Dpdk
from targets.observed import observed
from targets.outcome import Unavailable
from targets.process import Process
from targets.protocol import Facts
from targets.surroundings import Surroundings


def find(program: str, dpdk: Dpdk) -> str:
    """The path of a program of a DPDK; Unavailable, with what to do, where it is not installed."""
    if dpdk.root is not None:
        return dpdk.root.find(program)
    # The programs of another DPDK than the installed one, whose libraries the run has.
    own = dpdk.programs or os.environ.get("GAUNTLET_PROGRAMS")
    folder = own if program.startswith("dpdk-") else None
    path = shutil.which(program, path=folder)
    if path is None:
        where = f"in {folder}" if folder else "installed (Debian package dpdk-dev)"
        raise Unavailable(f"{program} is not {where}")
    return path


def greeting(scene: Surroundings, dpdk: Dpdk | None = None) -> dict[str, Any]:
    """What our own binary says of a DPDK, the scene's own if no other is named."""
    return dict(json.loads(_greeted(dpdk or scene.dpdk)))


@cache
def _greeted(dpdk: Dpdk) -> str:
    done = dpdk.greet()
    done.check_returncode()
    return done.stdout


class Application(Process):
    """A process that is told by its standard input, and what it says are the lines that it prints. At the
    end of the scene it is killed.

    role: "primary" or "secondary".  eal, arguments: before and after "--"; the scene's own EAL arguments
    are put first, unless `bare`: some programs choose their own.  knows_role: the program tells EAL its
    role itself, and some releases refuse to be told twice.  dpdk: whose application it is, the scene's
    own if none is named.
    """

    def __init__(
        self,
        scene: Surroundings,
        program: str,
        role: str,
        eal: tuple[str, ...] = (),
        arguments: tuple[str, ...] = (),
        *,
        bare: bool = False,
        knows_role: bool = False,
        dpdk: Dpdk | None = None,
    ) -> None:
        dpdk = dpdk or scene.dpdk
        path = find(program, dpdk)
        if scene.isolation.no_secondary:
            raise Unavailable(f"needs a real secondary: {scene.isolation.no_secondary}")
        if scene.drivers is not None:
            scene.drivers.need(eal)
        number = sum(isinstance(one, Application) for one in scene.news.processes) + 1
        own = [f"--file-prefix={scene.prefix}", *scene.isolation.eal, *scene.eal_of_buses]
        if not knows_role:
            own.insert(0, f"--proc-type={role}")
        head = [] if bare else [*own, *scene.eal]
        tail = ["--", *arguments] if arguments and not bare else list(arguments)
        # A C program whose output is no terminal keeps it until its buffer is full.
        command = ["stdbuf", "-oL", path, *head, *eal, *tail]
        name = f"{program.removeprefix('dpdk-')}-{role}{number}"
        super().__init__(scene, name, command, dpdk)
        self._lines: list[str] = []
        self._unfinished = b""
        self.spawn(stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.greeting = self._greeting()
        self._reader = threading.Thread(target=self._read, name=f"read-{self.name}", daemon=True)
        self._reader.start()

    def _greeting(self) -> Facts:
        """The greeting that a peer would send: what our own binary says of its DPDK, and this
        process's pid."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        inner = re.findall(r"^NSpid:.*\s(\d+)$", status, re.MULTILINE)
        return Facts({**greeting(self.scene, self.dpdk), "pid": int(inner[0])})

    def _read(self) -> None:
        assert self.process.stdout is not None
        with (self.directory / "output").open("wb") as output:
            while chunk := os.read(self.process.stdout.fileno(), 65536):
                output.write(chunk)
                output.flush()
                *lines, rest = (self._unfinished + chunk).split(b"\n")
                with self.scene.news:
                    for line in lines:
                        text = line.decode(errors="replace").rstrip()
                        self.scene.timeline.add(self.name, "event line", text=text)
                        self._lines.append(text)
                    self._unfinished = rest
                    self.scene.news.notify()
        self.note_end()

    # -- what it says, what it is told ------------------------------------------------------------

    @observed
    def prints(self, pattern: str, deadline_s: float | None = None) -> str:
        """Waits for a line with `pattern` (a regular expression), behind the one found last; it may not
        have come to its end yet."""
        return self._prints(pattern, deadline_s, or_ends=False)

    @observed
    def prints_or_ends(self, pattern: str, deadline_s: float | None = None) -> str:
        """The line that prints() returns; if the program ends without it, how: "exit 1", "SIGSEGV".
        The end is declared."""
        self.may_end_anyhow()
        return self._prints(pattern, deadline_s, or_ends=True)

    def _prints(self, pattern: str, deadline_s: float | None, *, or_ends: bool) -> str:
        found: list[str] = []
        what = f"line {pattern!r} of {self.name}"

        def look() -> bool:
            while self._lines:
                text = self._lines.pop(0)
                if re.search(pattern, text):
                    found.append(text)
                    return True
            begun = self._unfinished.decode(errors="replace")
            if re.search(pattern, begun):
                found.append(begun)
            elif or_ends and self.ending is not None:
                found.append(str(self.ending))
            return bool(found)

        self.scene.news.wait(look, what, deadline_s, self.ended_instead_of(what))
        return found[0]

    def type(self, text: str) -> None:
        """Types a line."""
        self.scene.timeline.add(self.name, "type", text=text)
        assert self.process.stdin is not None
        self.process.stdin.write(text.encode() + b"\n")
        self.process.stdin.flush()

    @observed
    def asked(self, text: str, pattern: str, deadline_s: float | None = None) -> str:
        """Types a line, and waits for one with `pattern` in what comes of it."""
        with self.scene.news:
            self._lines.clear()
        self.type(text)
        return self.prints(pattern, deadline_s)

    @observed
    def lines(self) -> list[str]:
        """Lines that nobody has fetched."""
        with self.scene.news:
            return list(self._lines)

    @observed
    def ends(self, deadline_s: float | None = None) -> str:
        """How it ends by itself: "exit 0", "SIGSEGV". Declared by being asked for."""
        self.may_end_anyhow()
        return str(self.wait_end(deadline_s))

    def let_go(self) -> None:
        """The scene is over."""
        self.kill()
        self._reader.join(1.0)
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()
