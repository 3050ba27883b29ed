# SPDX-License-Identifier: BSD-3-Clause
"""One process of a scene: how it is started, what can be seen of it from outside, how it ends."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from targets import gdb, sanitizer, stacks, threads
from targets.dpdk import Dpdk
from targets.news import Over
from targets.observed import observed
from targets.outcome import Died, HarnessFault
from targets.own import Own
from targets.protocol import Facts
from targets.surroundings import Surroundings


@dataclass(frozen=True)
class Ending:
    """How a process ended: exactly one of `code` and `signal`."""

    code: int | None = None
    signal: int | None = None

    @classmethod
    def of(cls, returncode: int) -> Ending:
        """The ending that a Popen.returncode tells of."""
        return cls(signal=-returncode) if returncode < 0 else cls(code=returncode)

    def __str__(self) -> str:
        return f"exit {self.code}" if self.signal is None else signal.Signals(self.signal).name


class Process:
    """Owned by us from its start to its end, which must be one that was declared.

    command: its argument list, as it is in the root of its DPDK.  dpdk: the one that it is started from.
    own: what the other processes of the scene do not have.
    directory: where its command line and its output go.
    """

    def __init__(
        self, scene: Surroundings, name: str, command: list[str], dpdk: Dpdk, own: Own = Own()
    ) -> None:
        self.scene = scene
        self.own = own
        self.name = name
        self.dpdk = dpdk
        self.directory = scene.directory / name
        self.directory.mkdir(parents=True)
        # The tool that looks on from outside, where it is for this process.
        self.under = scene.under if scene.under and scene.under.concerns(name) else None
        begin = self.under.begin(self.directory.absolute() / self.under.tool) if self.under else ()
        mounts = own.mounts(scene.isolation.hugetlbfs, dpdk.root)
        before = (*mounts, *begin, *dpdk.enter, *own.prefix, *scene.argv_prefix)
        self.command = command = [*before, *command]
        self.ending: Ending | None = None
        self.greeting = Facts({})  # Until it greets.
        self.sanitized = False
        self._allowed: list[Ending] = []
        self._anyhow = False
        (self.directory / "command").write_text(" ".join(command) + "\n")
        scene.timeline.add(name, "start", command=command)

    def spawn(self, **streams: Any) -> None:
        """Starts it. streams: stdin, stdout, stderr and pass_fds of subprocess.Popen; without `stdout`
        its output goes to a file."""
        try:
            isolation, flags = self.scene.isolation, self.own.flags
            self.process: subprocess.Popen[bytes] = (
                isolation.apart(flags, self._popen, streams)
                if flags
                else isolation.inside(self._popen, streams)
            )
        except OSError as error:
            raise HarnessFault(f"{self.name} cannot be started: {error}") from error
        self.scene.news.processes.append(self)

    def _popen(self, streams: dict[str, Any]) -> subprocess.Popen[bytes]:
        # A core says where a process died; most shells forbid it. Ours is what a child inherits.
        _, most = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (most, most))
        with (self.directory / "output").open("wb") as output:
            options: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": output, **streams}
            return subprocess.Popen(
                self.command,
                cwd=self.directory,
                env={**os.environ, **self.scene.isolation.env, **self.dpdk.environment},
                stderr=subprocess.STDOUT,
                **options,
            )

    # -- how it ends ------------------------------------------------------------------------------

    def note_end(self) -> None:
        """Waits for its end, for the thread that reads what it says, and tells everybody."""
        ending = Ending.of(self.process.wait())
        news = self.scene.news
        with news:
            self.ending = ending
            self.scene.timeline.add(self.name, "end", how=str(ending))
            if not self._anyhow and ending not in self._allowed:
                news.ended_undeclared(self)
            news.notify()

    @property
    def pid(self) -> int:
        """Pid as we see it (inside its PID namespace it may be another one)."""
        return self.process.pid

    @property
    @observed
    def alive(self) -> bool:
        """Whether it has not ended yet, as far as is known."""
        return self.ending is None

    def may_end(self, *, code: int | None = None, signal: int | None = None) -> None:
        """Declares an ending, also one that has come already; any other one fails the test."""
        with self.scene.news:
            self._allowed.append(Ending(code, signal))
            if self.ending in self._allowed:
                self.scene.news.forgive(self)

    def may_end_anyhow(self) -> None:
        """Declares every ending, also one that has come already."""
        with self.scene.news:
            self._anyhow = True
            self.scene.news.forgive(self)

    def must_end_as_declared(self) -> None:
        """Takes may_end_anyhow back."""
        with self.scene.news:
            self._anyhow = False
            if self.ending is not None and self.ending not in self._allowed:
                self.scene.news.ended_undeclared(self)

    @observed
    def wait_end(self, limit_s: float | None = None) -> Ending:
        """Waits until it has ended, as it was declared to."""
        news = self.scene.news
        news.wait(lambda: self.ending is not None, f"end of {self.name}", limit_s)
        news.raise_undeclared()
        assert self.ending is not None
        return self.ending

    def ended_instead_of(self, what: str) -> Over:
        """For who waits for something that it is to do: Died once it has ended."""

        def over() -> Died | None:
            if self.ending is None:
                return None
            return Died(what, f"{self.name} ended: {self.ending}", self.last_words())

        return over

    def death(self) -> Died:
        """The undeclared end of the process, as an exception."""
        if self.ending == Ending(code=sanitizer.REPORTED):
            return Died("no report of a sanitizer", f"{self.name}: {'; '.join(self.reports())}")
        return Died(f"{self.name} lives", f"{self.name} died: {self.ending}", self.last_words())

    def last_words(self) -> str:
        """What tells why it ended: where it died, or the end of its output."""
        return "\n".join(self._died_in() or self.output.splitlines()[-5:])

    def _died_in(self) -> list[str]:
        """The innermost frames of the thread that died, where there is a core."""
        for core in self.cores():
            self._note_core(core)
            said = (self.directory / f"{core.name}.stacks").read_text(errors="replace")
            return stacks.innermost(said, self.dpdk.binary.name)
        return []

    def _note_core(self, core: Path) -> None:
        """Writes the stacks that are in a core, once."""
        if not (self.directory / f"{core.name}.stacks").exists():
            self._note(f"{core.name}.stacks", stacks.of_core(core, self.dpdk.binary))

    def kill(self) -> None:
        """SIGKILL, and waits until it is dead."""
        self.may_end(signal=signal.SIGKILL)
        self.send_signal(signal.SIGKILL)
        self.wait_end()

    def send_signal(self, number: int) -> None:
        """Sends a signal to this process and no other (it is our child: its pid is not reused)."""
        self.scene.timeline.add(self.name, "signal", signal=signal.Signals(number).name)
        self.process.send_signal(number)

    def pause(self) -> None:
        """SIGSTOP, and waits until every thread has stopped."""
        self.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.pid, os.WSTOPPED)

    def resume(self) -> None:
        """SIGCONT."""
        self.send_signal(signal.SIGCONT)

    def let_go(self) -> None:
        """The scene is over."""
        raise NotImplementedError

    # -- what can be seen from outside ------------------------------------------------------------

    @observed
    def threads(self) -> list[str]:
        """Names of its threads."""
        return list(threads.names(self.pid).values())

    @observed
    def threads_named(self, name: str) -> set[int]:
        """The host ids of its threads of this name."""
        return {tid for tid, called in threads.names(self.pid).items() if called == name}

    @observed
    def cpu_s(self, tid: int) -> float:
        """Seconds of CPU that a thread has used; 0 when it has ended."""
        return threads.cpu_s(self.pid, tid)

    @observed
    def states(self) -> str:
        """The state of each thread, a letter each, as ps(1) shows it."""
        return threads.states(self.pid)

    @observed
    def wait_channel(self, *names: str) -> str:
        """Kernel functions that its threads wait in, one a thread; only threads of these names, where
        any are given."""
        return " ".join(threads.wait_channels(self.pid, *names))

    @observed
    def open_files(self) -> int:
        """How many descriptors it has."""
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    @observed
    def open_paths(self) -> list[str]:
        """The paths of its open descriptors, as it sees them itself."""
        numbers = (int(name) for name in os.listdir(f"/proc/{self.pid}/fd"))
        paths = (self._path_of(number) for number in numbers)
        return [path for path in paths if path is not None]

    @observed
    def open_path(self, number: int) -> str | None:
        """The path of an open descriptor, as the process sees it itself; None for one that is closed."""
        return self._path_of(number)

    def _path_of(self, number: int) -> str | None:
        try:
            path = os.readlink(f"/proc/{self.pid}/fd/{number}")
        except OSError:
            return None
        return self.dpdk.root.inside(path) if self.dpdk.root else path

    @observed
    def unix_sockets(self) -> list[str]:
        """Addresses of all UNIX sockets in its network namespace that have one."""
        lines = Path(f"/proc/{self.pid}/net/unix").read_text().splitlines()[1:]
        return [line.split()[7] for line in lines if len(line.split()) > 7]

    @property
    @observed
    def output(self) -> str:
        """The text that the process and DPDK wrote to stdout and stderr."""
        return (self.directory / "output").read_text(errors="replace")

    def reports(self) -> list[str]:
        """The reports of sanitizers on the process; none where it was built without them."""
        return sanitizer.reports(self.output) if self.sanitized else []

    def cores(self) -> list[Path]:
        """Core files it left in its directory, where the kernel's core_pattern puts them there."""
        return sorted(self.directory.glob("core*"))

    def note_stacks(self) -> None:
        """Writes the stacks of its threads, or of its cores, into its directory."""
        if self.alive:
            self._note("stacks", stacks.of_process(self.pid))
            if self.by_gdb:
                self._note("gdb", gdb.of_process(self.pid))
        for core in self.cores():
            self._note_core(core)
            if self.by_gdb:
                root = self.dpdk.root.folder if self.dpdk.root else None
                self._note(f"{core.name}.gdb", gdb.of_core(core, self.dpdk.binary, root))

    @property
    def by_gdb(self) -> bool:
        """Whether gdb is asked about it."""
        return self.under is not None and self.under.tool == "gdb"

    def _note(self, name: str, text: str) -> None:
        (self.directory / name).write_text(text)
