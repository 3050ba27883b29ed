# SPDX-License-Identifier: BSD-3-Clause
"""One isolated multi-process deployment: who starts its peers, and brings it to a clean end."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from targets import isolation, threads
from targets.dpdk import Dpdk
from targets.own import Own
from targets.outcome import Died, Hang, HarnessFault, Leftover, Unavailable
from targets.peer import EAL_FAILED, Peer
from targets.process import Process
from targets.protocol import Facts
from targets.speed import Speed
from targets.surroundings import Surroundings


class Scene(Surroundings):
    """Use as a with-block. On the way out every peer must end as declared, and nothing may be left.

    known_reports: of a sanitizer, those that are on record. The rest as Surroundings has it.
    """

    def __init__(
        self,
        directory: Path,
        binary: Path,
        speed: Speed,
        *,
        known_reports: frozenset[str] = frozenset(),
        **options: Any,
    ) -> None:
        super().__init__(directory, binary, speed, **options)
        self.known_reports = known_reports
        self.over = False

    @property
    def processes(self) -> list[Process]:
        """All that were started in it, whatever has become of them, in their order."""
        return [one for one in self.news.processes if isinstance(one, Process)]

    @property
    def peers(self) -> list[Peer]:
        """Those of them that take verbs."""
        return [one for one in self.processes if isinstance(one, Peer)]

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

    def failing(self, role: str, *eal: str, **options: Any) -> Facts:
        """Starts a peer whose rte_eal_init must fail; what it said of that."""
        peer = self.start(role, *eal, **options)
        peer.may_end(code=EAL_FAILED)
        failed = peer.expect("eal_failed")
        peer.wait_end()
        return failed

    def start(
        self,
        role: str,
        *eal: str,
        hold: bool = False,
        lcore: int = 0,
        dpdk: Dpdk | None = None,
        **own: Any,
    ) -> Peer:
        """A peer that has greeted, its rte_eal_init under way, or held until the verb eal_init.

        lcore: the id that DPDK gives to its only lcore; it runs on all our CPUs, whatever that is.
        dpdk: one of those beside the scene's own, which it is started from otherwise.
        own: what the others do not have, as targets.own.Own takes it: namespaces=["pid"], user=65534.
        """
        if role == "secondary" and self.isolation.no_secondary:
            raise Unavailable(f"needs a real secondary: {self.isolation.no_secondary}")
        if "--in-memory" in eal and "--no-huge" in self.isolation.eal:
            # EAL refuses the two together up to 24.11.
            raise Unavailable(f"needs hugepages for --in-memory: {self.isolation.no_secondary}")
        number = sum(one.name.startswith(role) for one in self.processes) + 1
        cpus = ",".join(map(str, sorted(os.sched_getaffinity(0))))
        arguments = [
            f"--lcores={lcore}@({cpus})",
            f"--proc-type={role}",
            f"--file-prefix={self.prefix}",
            *self.isolation.eal,
            *self.eal_of_buses,
            *self.eal,
            *eal,
        ]
        if self.drivers is not None:
            self.drivers.need(arguments)
        return Peer(
            self, f"{role}{number}", arguments, dpdk or self.dpdk, hold=hold, own=Own(**own)
        )

    # -- when something goes wrong ----------------------------------------------------------------

    def abandon(self, error: BaseException) -> None:
        """Ends a scene whose test has failed already: what else is found wrong only goes on record."""
        self.timeline.add("scene", "failed", why=str(error))
        # Where the run itself has taken all of them, nobody's failure is DPDK's.
        if self.isolation.hugetlbfs and isolation.free_hugepages() == 0:
            self.starvation.why = "no hugepage of this machine was free any more"
        if any(one.by_gdb for one in self.processes):
            self.note_stacks()
        try:
            self.close()
        except Exception as also:  # The first failure is the one to be told.
            error.add_note(f"then: {also}")

    # -- the end ----------------------------------------------------------------------------------

    def __enter__(self) -> Scene:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the scene. Raises the first thing found wrong, after everything has been ended."""
        self.over = True
        wrong: list[Exception] = []
        try:
            wrong += self._end_processes()
            wrong += self._left_behind()
            if wrong:
                self.note_stacks()
        finally:
            self.isolation.close()
            self.timeline.add("scene", "end", wrong=[str(error) for error in wrong])
            self.timeline.close()
            self.news.close()
        if wrong:
            raise wrong[0]

    def _end_processes(self) -> list[Exception]:
        wrong: list[Exception] = []
        for one in reversed(self.processes):
            if one.alive:
                try:
                    one.let_go()
                except Exception as error:  # Any failure must not keep the others from ending.
                    wrong.append(error)
        try:
            self.raise_undeclared()
        except Died as error:
            wrong.insert(0, error)
        return wrong

    def _left_behind(self) -> list[Exception]:
        wrong: list[Exception] = []
        for one in self.processes:
            unknown = [report for report in one.reports() if report not in self.known_reports]
            if unknown and one not in self.news.undeclared:
                what = f"{one.name}: {'; '.join(unknown)}"
                wrong.append(Leftover("no report of a sanitizer", what))
        wrong += [Leftover("no core", f"core of {p.name}") for p in self.processes if self._core(p)]
        names = map(self._name, self._strangers())
        wrong += [Leftover("no process left", f"process left: {name}") for name in names]
        return wrong

    def _strangers(self) -> set[int]:
        """The processes in the scene's namespaces that it has not started."""
        there = set(self.isolation.processes()) - {one.pid for one in self.processes}
        if self.under is None:
            return there
        # A tool ends by itself a moment after the process that it is around, and nobody reaps it.
        try:
            self.wait_until(
                lambda: set("".join(map(threads.states, there))) <= {"Z"},
                f"end of {self.under.tool}",
            )
        except Hang as error:
            if self.under.tool in map(self._name, there):
                raise HarnessFault(f"{self.under.tool} does not end") from error
        return {pid for pid in there if threads.states(pid) not in ("", "Z")}

    def reports(self) -> list[str]:
        """The reports of sanitizers on the peers of the scene."""
        return sorted({report for one in self.processes for report in one.reports()})

    def _core(self, process: Process) -> bool:
        """Whether a process left a core that its declared ending does not explain."""
        if process in self.news.undeclared or not process.cores():
            return False  # Reported as a death already, with its backtrace.
        if process.ending is not None and process.ending.signal is not None:
            for core in process.cores():
                core.unlink()
            return False
        return True

    @staticmethod
    def _name(pid: int) -> str:
        try:
            return Path(f"/proc/{pid}/comm").read_text().strip()
        except OSError:
            return "one that has ended meanwhile"
