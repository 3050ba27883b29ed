# SPDX-License-Identifier: BSD-3-Clause
"""faults/attack as a process of its own, as a user starts it, on the deployment of a scene."""

from __future__ import annotations

import re
import signal
import subprocess
import threading
from pathlib import Path
from typing import Callable

from targets.observed import observed
from targets.outcome import Hang, HarnessFault
from targets.scene import Scene

COMMAND = Path(__file__).resolve().parent.parent / "attack"


class Attack:
    """Use as a with-block: at its end the command is interrupted, if it still runs, and has ended.

    words: its arguments; --yes and the pid of a process of the scene are added.
    """

    def __init__(self, scene: Scene, *words: str, pid: int) -> None:
        self.scene = scene
        self.words = [str(COMMAND), *words, "--pid", str(pid), "--yes"]
        self.lines: list[str] = []
        self.status: int | None = None
        self._seen = 0
        self._news = scene.news

    def __enter__(self) -> Attack:
        self.process = subprocess.Popen(
            self.words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.scene.timeline.add("attack", "start", command=self.words)
        self._news.add_helper(self.process.pid)
        self._reader = threading.Thread(target=self._read, name="attack", daemon=True)
        self._reader.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            self.wait()
        except Hang:
            self.process.kill()
            raise

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout:
            for line in self.process.stdout:
                self.scene.timeline.add("attack", "says", line=line.rstrip())
                with self._news:
                    self.lines.append(line.rstrip())
                    self._news.notify()
        status = self.process.wait()
        self._news.remove_helper(self.process.pid)
        with self._news:
            self.status = status
            self._news.notify()

    @property
    def said(self) -> str:
        """All of its lines until now."""
        with self._news:
            return "\n".join(self.lines)

    def expect(self, pattern: str) -> str:
        """The next line, after the one that was expected before, in which `pattern` is found."""
        found: list[str] = []

        def look() -> bool:
            while self._seen < len(self.lines) and not found:
                line = self.lines[self._seen]
                self._seen += 1
                if re.search(pattern, line):
                    found.append(line)
            return bool(found) or self.status is not None

        self._wait(look, f"{pattern!r} from faults/attack")
        if not found:
            how = f"ended ({self.status}) without {pattern!r}"
            raise HarnessFault(f"faults/attack {how}: {self.said}")
        return found[0]

    def interrupt(self) -> int:
        """Ctrl-C; its exit status."""
        self.process.send_signal(signal.SIGINT)
        return self.wait()

    def kill(self) -> None:
        """kill -9 of the command itself."""
        self.process.kill()
        self.wait()

    def done(self) -> None:
        """Waits for the end of the attack, which must have done what it was told; else HarnessFault."""
        status = self.wait()
        if status != 0:
            raise HarnessFault(f"faults/attack ended ({status}): {self.said}")

    @observed
    def wait(self) -> int:
        """Waits for the end of the attack and returns its exit status."""
        self._wait(lambda: self.status is not None, "the end of faults/attack")
        assert self.status is not None
        return self.status

    def _wait(self, done: Callable[[], bool], what: str) -> None:
        if not self._news.comes(done):
            raise Hang(f"{what}; it said:\n" + "\n".join(self.lines), f"hang: {what}")
