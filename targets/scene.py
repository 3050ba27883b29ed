# SPDX-License-Identifier: BSD-3-Clause
"""One isolated multi-process deployment: its walls, its peers, its timeline, and its clean end."""

from __future__ import annotations

import os
import select
import socket
import threading
import time
from pathlib import Path
from typing import Any, Callable

from targets import isolation, sanitizer
from targets.observed import observed
from targets.outcome import Breach, Died, Hang, Leftover, Unavailable
from targets.peer import EAL_FAILED, Ending, Peer
from targets.protocol import Facts
from targets.queues import bytes_waiting
from targets.speed import Speed
from targets.timeline import Timeline


class Scene:
    """Use as a with-block. On the way out every peer must end as declared, and nothing may be left.

    directory: where the timeline and each peer's command line and output go; made if not there.
    binary, argv_prefix: what a peer is started with.  eal: arguments for every peer of the scene.
    prefix: DPDK's --file-prefix.  known_reports: of a sanitizer, those that are on record.
    """

    def __init__(
        self,
        directory: Path,
        binary: Path,
        speed: Speed,
        *,
        argv_prefix: tuple[str, ...] = (),
        eal: tuple[str, ...] = (),
        prefix: str = "rte",
        known_reports: frozenset[str] = frozenset(),
    ) -> None:
        self.directory = directory
        self.binary = binary
        self.speed = speed
        self.argv_prefix = argv_prefix
        self.prefix = prefix
        self.known_reports = known_reports
        self.eal = list(eal)
        directory.mkdir(parents=True, exist_ok=True)
        self.timeline = Timeline(directory / "timeline.jsonl")
        # A lock that several threads of one process may hold again: peers report while we wait.
        self.news = threading.Condition(threading.RLock())
        self.peers: list[Peer] = []
        self.undeclared: list[Peer] = []
        self.over = False
        self._alarm_in, self._alarm_out = socket.socketpair()
        self.isolation = isolation.build()
        self.timeline.add("scene", "begin", walls=type(self.isolation).__name__)

    # -- peers ------------------------------------------------------------------------------------

    def primary(self, *eal: str, **options: Any) -> Peer:
        """A primary, ready. `eal`: more EAL arguments."""
        peer = self.start("primary", *eal, **options)
        peer.expect("ready")
        return peer

    def secondary(self, *eal: str, **options: Any) -> Peer:
        """A secondary, ready. Unavailable where no secondary can attach, with the reason."""
        peer = self.start("secondary", *eal, **options)
        peer.expect("ready")
        return peer

    def failing(self, role: str, *eal: str) -> Facts:
        """Starts a peer whose rte_eal_init must fail; what it said of that."""
        peer = self.start(role, *eal)
        peer.may_end(code=EAL_FAILED)
        failed = peer.expect("eal_failed")
        peer.wait_end()
        return failed

    def start(self, role: str, *eal: str, hold: bool = False, lcore: int = 0) -> Peer:
        """A peer that has greeted, its rte_eal_init under way, or held until the verb eal_init.

        lcore: the id that DPDK gives to its only lcore; it runs on all our CPUs, whatever that is.
        """
        if role == "secondary" and self.isolation.no_secondary:
            raise Unavailable(f"needs a real secondary: {self.isolation.no_secondary}")
        if "--in-memory" in eal and "--no-huge" in self.isolation.eal:
            # EAL refuses the two together up to 24.11.
            raise Unavailable(f"needs hugepages for --in-memory: {self.isolation.no_secondary}")
        number = sum(peer.name.startswith(role) for peer in self.peers) + 1
        cpus = ",".join(map(str, sorted(os.sched_getaffinity(0))))
        arguments = [
            f"--lcores={lcore}@({cpus})",
            f"--proc-type={role}",
            f"--file-prefix={self.prefix}",
            *self.isolation.eal,
            *self.eal,
            *eal,
        ]
        return Peer(self, f"{role}{number}", arguments, hold=hold)

    def need_network(self) -> None:
        """Unavailable where the scene has no network of its own."""
        if self.isolation.no_network:
            raise Unavailable(f"needs a network of its own: {self.isolation.no_network}")

    @observed
    def hugepages(self) -> int:
        """How many hugepages the files hold that DPDK has in this scene."""
        folder = self.isolation.hugetlbfs
        if folder is None:
            raise Unavailable(f"needs hugepages: {self.isolation.no_secondary}")
        return self.isolation.inside(_pages_in, folder)

    # -- the runtime directory --------------------------------------------------------------------

    @property
    def runtime(self) -> str:
        """DPDK's runtime directory, as the peers see it."""
        return f"{self.isolation.base}/dpdk/{self.prefix}"

    @observed
    def sockets(self) -> list[str]:
        """Names in the runtime directory that a primary broadcasts to, in directory order: the
        order of its broadcasts."""
        names: list[str] = self.isolation.inside(os.listdir, self.runtime)
        return [name for name in names if name.startswith("mp_socket_")]

    def socket_of(self, peer: Peer) -> str:
        """Path of a peer's IPC socket."""
        if "primary" in peer.name:
            return f"{self.runtime}/mp_socket"
        mine = f"mp_socket_{peer.greeting.pid}_"
        return f"{self.runtime}/" + next(s for s in self.sockets() if s.startswith(mine))

    @observed
    def queued_at(self, peer: Peer) -> bool:
        """Whether datagrams wait at a peer's IPC socket."""
        return self.isolation.inside(bytes_waiting, self.socket_of(peer)) > 0

    def wait_until(self, holds: Callable[[], bool], what: str) -> None:
        """Waits for a state of the kernel that nobody reports; Hang after the deadline.

        Only for what no event can tell; each look costs a system call, so it looks every 2 ms.
        """
        until = time.monotonic() + self.speed.deadline_s
        while not holds():
            self.raise_undeclared()
            if time.monotonic() > until and self.waits_for_the_machine():
                until = time.monotonic() + self.speed.slack_s
            if time.monotonic() > until:
                self.note_stacks()
                raise Hang(f"{what} within {self.speed.deadline_s:.0f} s", f"hang: {what}")
            select.select([self.alarm], [], [], 0.002)

    def waits_for_the_machine(self) -> bool:
        """Whether a thread of a living peer is in uninterruptible sleep: the kernel has not let it go
        yet, and what it has still to do is nobody's fault."""
        return any(peer.alive and "D" in peer.states() for peer in list(self.peers))

    # -- when something goes wrong ----------------------------------------------------------------

    def raise_undeclared(self) -> None:
        """Raises Died if a peer has ended in a way nobody declared."""
        with self.news:
            if self.undeclared:
                peer = self.undeclared[0]
                if peer.ending == Ending(code=sanitizer.REPORTED):
                    raise self._reported(Died, peer, peer.reports())
                last = "\n".join(peer.output.splitlines()[-5:])
                raise Died(f"{peer.name} lives", f"{peer.name} died: {peer.ending}", last)

    def ring_alarm(self) -> None:
        """Wakes whoever waits for something other than a peer's word."""
        self._alarm_out.send(b"!")

    @property
    def alarm(self) -> socket.socket:
        """Readable once a peer has ended in a way nobody declared."""
        return self._alarm_in

    def note_stacks(self) -> None:
        """Writes the stacks of every thread of every living peer, and of every core."""
        for peer in self.peers:
            peer.note_stacks()

    def abandon(self, error: BaseException) -> None:
        """Ends a scene whose test has failed already: what else is found wrong only goes on record."""
        self.timeline.add("scene", "failed", why=str(error))
        try:
            self.close()
        except Exception as also:  # The first failure is the one to be told.
            error.add_note(f"then: {also}") if hasattr(error, "add_note") else None

    # -- the end ----------------------------------------------------------------------------------

    def __enter__(self) -> Scene:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the scene. Raises the first thing found wrong, after everything has been ended."""
        self.over = True
        wrong: list[Exception] = []
        for peer in reversed(self.peers):
            if peer.alive:
                try:
                    peer.let_go()
                except Exception as error:  # Any failure must not keep the others from ending.
                    wrong.append(error)
        try:
            self.raise_undeclared()
        except Died as error:
            wrong.insert(0, error)
        for peer in self.peers:
            unknown = [report for report in peer.reports() if report not in self.known_reports]
            if unknown and peer not in self.undeclared:
                wrong.append(self._reported(Leftover, peer, unknown))
        wrong += [Leftover("no core", f"core of {p.name}") for p in self.peers if self._core(p)]
        left = set(self.isolation.processes()) - {peer.pid for peer in self.peers}
        wrong += [Leftover("no process left", f"process left: {self._name(pid)}") for pid in left]
        if wrong:
            self.note_stacks()
        self.isolation.close()
        self.timeline.add("scene", "end", wrong=[str(error) for error in wrong])
        self.timeline.close()
        self._alarm_in.close()
        self._alarm_out.close()
        if wrong:
            raise wrong[0]

    @staticmethod
    def _reported(kind: type[Breach], peer: Peer, reports: list[str]) -> Breach:
        return kind("no report of a sanitizer", f"{peer.name}: {'; '.join(reports)}")

    def reports(self) -> list[str]:
        """What sanitizers have reported of its peers."""
        return sorted({report for peer in self.peers for report in peer.reports()})

    def _core(self, peer: Peer) -> bool:
        """Whether a peer left a core that its declared ending does not explain."""
        if peer in self.undeclared or not peer.cores():
            return False  # Reported as a death already, with its backtrace.
        if peer.ending is not None and peer.ending.signal is not None:
            for core in peer.cores():
                core.unlink()
            return False
        return True

    @staticmethod
    def _name(pid: int) -> str:
        try:
            return Path(f"/proc/{pid}/comm").read_text().strip()
        except OSError:
            return "one that has ended meanwhile"


def _pages_in(folder: str) -> int:
    files = [entry.stat() for entry in os.scandir(folder)]
    return sum(file.st_blocks * 512 // file.st_blksize for file in files)
