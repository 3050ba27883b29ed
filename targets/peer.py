# SPDX-License-Identifier: BSD-3-Clause
"""One real DPDK process, and the object that owns it: what it is told, what it said, how it ends."""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from targets import sanitizer, stacks, threads
from targets.observed import observed
from targets.outcome import Breach, Died, Hang, Leftover
from targets.protocol import Facts, as_key

if TYPE_CHECKING:
    from targets.scene import Scene

OWNER_GONE = 70
EAL_FAILED = 71


class Refused(Exception):
    """The peer would not run a command: the test is wrong, not DPDK."""


@dataclass
class Pending:
    """A command that was told and whose answer is still to be had."""

    peer: Peer
    id: int
    verb: str
    told_at: float

    @observed
    def answer(self, deadline_s: float | None = None) -> Facts:
        """Waits for the answer. Hang after the deadline, Died if a peer of the scene ends instead."""
        return self.peer.answer_of(self, deadline_s)

    @property
    @observed
    def answered(self) -> bool:
        """Whether the answer is there already."""
        return self.peer.has_answered(self)


@dataclass
class Ending:
    """How a process ended: exactly one of `code` and `signal`."""

    code: int | None = None
    signal: int | None = None

    @classmethod
    def of(cls, returncode: int) -> Ending:
        """From Popen.returncode."""
        return cls(signal=-returncode) if returncode < 0 else cls(code=returncode)

    def __str__(self) -> str:
        return f"exit {self.code}" if self.signal is None else signal.Signals(self.signal).name


@dataclass
class _Inbox:
    answers: dict[int, dict[str, Any]] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)


class Peer:
    """A process of a scene. Use Scene.primary() and Scene.secondary() to get one.

    The binary and an argv prefix are parameters: another release, a chroot, a sanitizer build or a
    debugger is a matter of these two.
    """

    def __init__(self, scene: Scene, name: str, eal: list[str], *, hold: bool = False) -> None:
        self.scene = scene
        self.name = name
        self.directory = scene.directory / name
        self.directory.mkdir(parents=True)
        self.ending: Ending | None = None
        self._allowed: list[Ending] = []
        self._inbox = _Inbox()
        self._pending: dict[int, str] = {}
        self._next_id = 1
        self._sending = threading.Lock()
        ours, theirs = socket.socketpair()
        self._socket = ours
        command = [
            *scene.argv_prefix,
            str(scene.binary),
            f"--control-fd={theirs.fileno()}",
            *(["--hold"] if hold else []),
            "--",
            *eal,
        ]
        self.command = command
        (self.directory / "command").write_text(" ".join(command) + "\n")
        scene.timeline.add(name, "start", command=command)
        try:
            self.process = scene.isolation.inside(self._spawn, theirs.fileno())
        finally:
            theirs.close()
        scene.peers.append(self)
        self._reader = threading.Thread(target=self._read, name=f"read-{name}", daemon=True)
        self._reader.start()
        self.greeting = self.expect("greeting")

    def _spawn(self, control_fd: int) -> subprocess.Popen[bytes]:
        # A core says where a peer died; most shells forbid it. Ours is what a child inherits.
        _, most = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (most, most))
        with (self.directory / "output").open("wb") as output:
            return subprocess.Popen(
                self.command,
                cwd=self.directory,
                env={**os.environ, **self.scene.isolation.env},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=[control_fd],
            )

    # -- what it says -----------------------------------------------------------------------------

    def _read(self) -> None:
        with self._socket.makefile("rb") as lines:
            try:
                for line in lines:
                    if line.endswith(b"\n"):
                        self._take(json.loads(line))
            except (OSError, ValueError):
                pass  # Ended in mid-line; how it ended says more.
        self._note_end(Ending.of(self.process.wait()))

    def _note_end(self, ending: Ending) -> None:
        with self.scene.news:
            self.ending = ending
            self.scene.timeline.add(self.name, "end", how=str(ending))
            if not self._ending_allowed():
                self.scene.undeclared.append(self)
                self.scene.ring_alarm()
            self.scene.news.notify_all()

    def _take(self, line: dict[str, Any]) -> None:
        with self.scene.news:
            if "re" in line:
                self._inbox.answers[line["re"]] = line
                verb = self._pending.get(line["re"], "?")
                self.scene.timeline.add(self.name, f"answer {verb}", **line)
            else:
                self._inbox.events.append(line)
                facts = {key: value for key, value in line.items() if key != "event"}
                self.scene.timeline.add(self.name, f"event {line['event']}", **facts)
            self.scene.news.notify_all()

    # -- what it is told --------------------------------------------------------------------------

    def tell(self, verb: str, **keys: Any) -> Pending:
        """Sends a command and does not wait. Its answer must be fetched before the scene ends."""
        with self._sending:
            command: dict[str, Any] = {"id": self._next_id, "verb": verb}
            self._next_id += 1
            speed = self.scene.speed
            command.update({key: as_key(speed, key, value) for key, value in keys.items()})
            self._pending[command["id"]] = verb
            self.scene.timeline.add(self.name, f"tell {verb}", **command)
            try:
                self._socket.sendall(json.dumps(command).encode() + b"\n")
            except OSError:
                pass  # Whoever waits for the answer learns how the peer ended.
        return Pending(self, command["id"], verb, time.monotonic())

    @observed
    def call(self, verb: str, deadline_s: float | None = None, **keys: Any) -> Facts:
        """Sends a command and waits for its answer."""
        return self.tell(verb, **keys).answer(deadline_s)

    @observed
    def has_answered(self, pending: Pending) -> bool:
        """Whether the answer to `pending` has come."""
        with self.scene.news:
            return pending.id in self._inbox.answers

    def answer_of(self, pending: Pending, deadline_s: float | None = None) -> Facts:
        """The answer to `pending`; Refused when the peer would not run it."""
        what = f"{pending.verb} of {self.name}"
        self._wait(lambda: pending.id in self._inbox.answers, what, deadline_s)
        self._pending.pop(pending.id, None)
        answer = self._inbox.answers[pending.id]
        if "refused" in answer:
            raise Refused(f"{self.name} refused {pending.verb}: {answer['refused']}")
        return Facts(answer)

    @observed
    def expect(self, event: str, deadline_s: float | None = None, **facts: Any) -> Facts:
        """The first event of this kind, with these facts, that nobody has fetched yet."""

        def matches(line: dict[str, Any]) -> bool:
            return line["event"] == event and all(line.get(k) == v for k, v in facts.items())

        found: list[dict[str, Any]] = []

        def look() -> bool:
            for line in self._inbox.events:
                if matches(line):
                    self._inbox.events.remove(line)
                    found.append(line)
                    return True
            return False

        about = "".join(f" {key}={value}" for key, value in facts.items())
        self._wait(look, f"event {event}{about} of {self.name}", deadline_s)
        return Facts(found[0])

    @observed
    def events(self, event: str, **facts: Any) -> list[Facts]:
        """Those that nobody has fetched, of all that it said until now; they stay.

        A living peer is asked something first: its words come in order, so none is still under way.
        """
        if self.alive:
            self.call("nothing")
        with self.scene.news:
            return [
                Facts(line)
                for line in self._inbox.events
                if line["event"] == event and all(line.get(k) == v for k, v in facts.items())
            ]

    @property
    @observed
    def unfetched(self) -> int:
        """How many events it has said that nobody has fetched."""
        with self.scene.news:
            return len(self._inbox.events)

    @observed
    def fetch_all(self) -> list[Facts]:
        """All events that nobody has fetched, in their order; from now on they are."""
        with self.scene.news:
            lines, self._inbox.events = self._inbox.events, []
            return [Facts(line) for line in lines]

    @observed
    def said(self, event: str) -> bool:
        """Whether an event of this kind has come that nobody has fetched; asks the peer nothing."""
        with self.scene.news:
            return any(line["event"] == event for line in self._inbox.events)

    def _wait(self, done: Any, what: str, deadline_s: float | None) -> None:
        limit_s = deadline_s or self.scene.speed.deadline_s
        until = time.monotonic() + limit_s
        with self.scene.news:
            while not done():
                self.scene.raise_undeclared()
                if self.ending is not None:
                    raise Died(f"{what}", f"{self.name} ended: {self.ending}")
                left = until - time.monotonic()
                if left <= 0 and self.scene.waits_for_the_machine():
                    left = self.scene.speed.slack_s
                    until = time.monotonic() + left
                if left <= 0:
                    break
                self.scene.news.wait(left)
            else:
                return
        self.scene.note_stacks()
        raise Hang(f"{what} within {limit_s:.0f} s", f"hang: {what}")

    # -- how it ends ------------------------------------------------------------------------------

    @property
    def pid(self) -> int:
        """Pid as we see it (inside its PID namespace it is greeting.pid)."""
        return self.process.pid

    @property
    @observed
    def alive(self) -> bool:
        """Whether it has not ended yet, as far as is known."""
        return self.ending is None

    def may_end(self, *, code: int | None = None, signal: int | None = None) -> None:
        """Declares an ending; any other one fails the test."""
        with self.scene.news:
            self._allowed.append(Ending(code, signal))

    def _ending_allowed(self) -> bool:
        return self.ending in self._allowed

    @observed
    def wait_end(self, deadline_s: float | None = None) -> Ending:
        """Waits until it has ended, as it was declared to."""
        limit_s = deadline_s or self.scene.speed.deadline_s
        until = time.monotonic() + limit_s
        with self.scene.news:
            while self.ending is None:
                self.scene.raise_undeclared()
                left = until - time.monotonic()
                if left <= 0:
                    break
                self.scene.news.wait(left)
            else:
                self.scene.raise_undeclared()
                return self.ending
        self.scene.note_stacks()
        raise Hang(f"the end of {self.name} within {limit_s:.0f} s", f"hang: end of {self.name}")

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

    def cleanup(self) -> Facts:
        """rte_eal_cleanup; the process stays."""
        return self.call("eal_cleanup")

    def exit(self, code: int = 0) -> None:
        """_exit(code), without rte_eal_cleanup, and waits for the end."""
        self.may_end(code=code)
        pending = self.tell("exit", code=code)
        self.wait_end()
        self._pending.pop(pending.id, None)

    def stop(self) -> None:
        """A clean end: rte_eal_cleanup, which must return 0, then exit 0."""
        answer = self.cleanup()
        if answer.ret != 0:
            raise Breach("rte_eal_cleanup returns 0", f"rte_eal_cleanup returned {answer.ret}")
        self.exit(0)

    def let_go(self) -> None:
        """The scene is over: closes the socket; a peer that still hears exits by itself."""
        unanswered = [verb for id_, verb in self._pending.items() if id_ not in self._inbox.answers]
        self.may_end(code=OWNER_GONE)
        self._socket.shutdown(socket.SHUT_WR)
        try:
            self.wait_end()
        finally:
            self._reader.join(1.0 if self.alive else None)
            self._socket.close()
        if unanswered and self.ending == Ending(code=OWNER_GONE):
            raise Leftover("every call answered", f"unanswered at the end: {', '.join(unanswered)}")

    def forget(self, pending: Pending) -> None:
        """Declares that nobody will fetch this answer, because the peer is not going to give it."""
        self._pending.pop(pending.id, None)

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
        """What its descriptors open, as /proc tells it."""
        paths = []
        for fd in Path(f"/proc/{self.pid}/fd").iterdir():
            try:
                paths.append(os.readlink(fd))
            except OSError:
                continue  # Closed meanwhile.
        return paths

    @observed
    def unix_sockets(self) -> list[str]:
        """Addresses of all UNIX sockets in its network namespace that have one."""
        lines = Path(f"/proc/{self.pid}/net/unix").read_text().splitlines()[1:]
        return [line.split()[7] for line in lines if len(line.split()) > 7]

    @property
    @observed
    def output(self) -> str:
        """What it and DPDK wrote to stdout and stderr."""
        return (self.directory / "output").read_text(errors="replace")

    def reports(self) -> list[str]:
        """What sanitizers have reported of it; nothing where it was built without them."""
        return sanitizer.reports(self.output) if self.greeting.sanitized else []

    def cores(self) -> list[Path]:
        """Core files it left in its directory, where the kernel's core_pattern puts them there."""
        return sorted(self.directory.glob("core*"))

    def note_stacks(self) -> None:
        """Writes the stacks of its threads, or of its cores, into its directory."""
        if self.alive:
            (self.directory / "stacks").write_text(stacks.of_process(self.pid))
        for core in self.cores():
            text = stacks.of_core(core, self.scene.binary)
            (self.directory / f"{core.name}.stacks").write_text(text)
