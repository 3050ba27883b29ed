# SPDX-License-Identifier: BSD-3-Clause
"""The things that the processes of one scene share: namespaces, files, a timeline, news, timeouts."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Callable, Protocol

from targets import drivers, ipc_socket, isolation
from targets.dpdk import Dpdk
from targets.news import News
from targets.observed import observed
from targets.outcome import Unavailable
from targets.protocol import Facts
from targets.queues import bytes_waiting
from targets.root import Root
from targets.speed import Speed
from targets.starved import Starvation
from targets.timeline import Timeline
from targets.under import Under


class Member(Protocol):
    """A DPDK process of a scene, as far as its socket's name goes."""

    name: str
    greeting: Facts

    @property
    def pid(self) -> int:
        """Pid as we see it."""


class Surroundings:
    """Made before any process, and closed after the last one has ended.

    directory: where the timeline and each process's command line and output go; made if not there.
    binary, argv_prefix: what a peer is started with.  eal: arguments for every peer.
    prefix: DPDK's --file-prefix.
    root: the root in which the processes live, where it is another one; argv_prefix is run in there.
    beside: other DPDKs that a process may be started from, where the scene says so.
    pci: vendor and device of a PCI device whose driver the processes load besides.
    under: a tool around its processes.
    all_drivers: its processes load every driver that is installed, not only those of targets/drivers.py.
    more_drivers: the names of drivers that its processes load besides.
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
        all_drivers: bool = False,
        more_drivers: frozenset[str] = frozenset(),
        root: Root | None = None,
        beside: tuple[Dpdk, ...] = (),
        pci: drivers.PciId | None = None,
        under: Under | None = None,
    ) -> None:
        self.directory = directory
        self.dpdk = Dpdk(binary, root)
        self.speed = speed.at_this_moment()
        self.argv_prefix = argv_prefix
        self.under = under
        self.prefix = prefix
        self.eal = list(eal)
        directory.mkdir(parents=True, exist_ok=True)
        self.timeline = Timeline(directory / "timeline.jsonl")
        self.news = News(self.speed.deadline_s)
        self.starvation = Starvation(self.news.pids, self.speed.slack_s)
        self.pci_addresses: list[str] = []
        there = [drivers.of(one, pci, more_drivers) for one in (self.dpdk, *beside)]
        self.drivers = None if all_drivers else there[0]
        covered = () if all_drivers else tuple(dict.fromkeys(one for one in there if one))
        roots = tuple(one.root for one in (self.dpdk, *beside) if one.root)
        self.isolation = isolation.build(covered, roots)
        self.timeline.add("scene", "begin", isolation=type(self.isolation).__name__)

    @property
    def binary(self) -> Path:
        """The peer of the scene's own DPDK."""
        return self.dpdk.binary

    def use_pci(self, address: str) -> None:
        """Lets each process that is started from now on have this PCI device, and no other one.

        EAL of a secondary wants to be told as well: it probes the devices that it is allowed.
        """
        self.pci_addresses.append(address)

    @property
    def eal_of_buses(self) -> list[str]:
        """EAL arguments of every process: the PCI devices that it may have."""
        allowed = [f"--allow={address}" for address in self.pci_addresses]
        return allowed or ["--no-pci"]

    @property
    def root(self) -> Root | None:
        """The root of the scene's own DPDK."""
        return self.dpdk.root

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
        """DPDK's runtime directory, as the processes see it."""
        return f"{self.isolation.base}/dpdk/{self.prefix}"

    @observed
    def sockets(self) -> list[str]:
        """Names in the runtime directory that a primary broadcasts to, in directory order: the
        order of its broadcasts."""
        names: list[str] = self.isolation.inside(os.listdir, self.runtime)
        return [name for name in names if name.startswith("mp_socket_")]

    def socket_of(self, peer: Member) -> str:
        """Path of a peer's IPC socket."""
        if "primary" in peer.name:
            return f"{self.runtime}/mp_socket"
        mine = f"mp_socket_{peer.greeting.pid}_"
        named = [name for name in self.sockets() if name.startswith(mine)]
        if len(named) > 1:  # Processes in PID namespaces of their own may have the same pid.
            named = [Path(path).name for path in ipc_socket.of(peer.pid).values()]
        return f"{self.runtime}/{named[0]}"

    @observed
    def queued_at(self, peer: Member) -> bool:
        """Whether datagrams wait at a peer's IPC socket."""
        return self.isolation.inside(bytes_waiting, self.socket_of(peer)) > 0

    # -- waiting ----------------------------------------------------------------------------------

    def wait_until(self, holds: Callable[[], bool], what: str) -> None:
        """Waits for a state of the kernel that nobody reports; Hang after the deadline. Only for what no
        event can tell: each look costs a system call."""
        self.news.wait_until(holds, what)

    def raise_undeclared(self) -> None:
        """Raises Died if a process has ended in a way nobody declared."""
        self.news.raise_undeclared()

    def note_stacks(self) -> None:
        """Writes the stacks of every thread of every living process, and of every core."""
        self.news.note_stacks()


def _pages_in(folder: str) -> int:
    files = [entry.stat() for entry in os.scandir(folder)]
    return sum(file.st_blocks * 512 // file.st_blksize for file in files)
