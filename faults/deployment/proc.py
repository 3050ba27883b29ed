# SPDX-License-Identifier: BSD-3-Clause
"""Reads from /proc about a process that runs DPDK: its files, its sockets, its release, its threads."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from targets import ipc_socket, threads

_CONFIG = re.compile(r"^\S+ \S+ \S+ (\S+) (\d+) +(/.*/dpdk/([^/]+)/config)$", re.MULTILINE)
_EAL = re.compile(r"/librte_eal\.so\.(\d+)(?:\.(\d+))?$", re.MULTILINE)


@dataclass(frozen=True)
class FileId:
    """A file, whatever its path: device as /proc writes it, and inode."""

    device: str
    inode: int


@dataclass(frozen=True)
class SharedConfig:
    """The file that every process of a deployment maps.

    path: as its mount namespace spells it, links resolved.
    """

    file: FileId
    path: str
    prefix: str


@dataclass(frozen=True)
class Abi:
    """The ABI version of a librte_eal.so, such as 23.0; it tells the release series."""

    major: int
    minor: int = 0

    @classmethod
    def of_release(cls, year: int, month: int) -> Abi:
        """22.11 has 23.0, and the releases up to the next November share its major number."""
        major = year + 1 if month >= 11 else year
        return cls(major, {11: 0, 2: 1, 3: 1, 5: 2, 7: 2, 8: 3}.get(month, 0))

    @property
    def series(self) -> str:
        """The release that began it."""
        return f"{self.major - 1}.11"

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


def pids() -> list[int]:
    """All processes that are to be seen here."""
    return sorted(int(entry) for entry in os.listdir("/proc") if entry.isdigit())


def shared_config(maps: str) -> SharedConfig | None:
    """The shared configuration's file in the text of /proc/PID/maps; None for what is no DPDK process,
    or has --no-shconf."""
    found = _CONFIG.search(maps)
    if found is None:
        return None
    return SharedConfig(FileId(found[1], int(found[2])), found[3], found[4])


def abi(maps: str) -> Abi | None:
    """The ABI of librte_eal in the text of /proc/PID/maps; None where DPDK is linked statically."""
    found = _EAL.search(maps)
    return None if found is None else Abi(int(found[1]), int(found[2] or 0))


def maps_of(pid: int) -> str | None:
    """/proc/PID/maps; None if it ended or is not ours to look at (see `hidden`)."""
    try:
        return Path(f"/proc/{pid}/maps").read_text(errors="replace")
    except (OSError, ValueError):
        return None


def hidden(pid: int) -> bool:
    """True if the process lives and we may not look into it."""
    try:
        os.listdir(f"/proc/{pid}/fd")
    except PermissionError:
        return True
    except OSError:
        return False
    return False


def started(pid: int) -> int | None:
    """When it began, in the kernel's ticks; with the pid it names one process for ever."""
    stat = _stat(pid)
    return None if stat is None else int(stat[19])


def state(pid: int) -> str:
    """The state of the process as ps(1) shows it, "" if it is gone."""
    stat = _stat(pid)
    return "" if stat is None else stat[0]


def _stat(pid: int) -> list[str] | None:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def owner(pid: int) -> int | None:
    """The user that it belongs to."""
    try:
        return os.stat(f"/proc/{pid}").st_uid
    except OSError:
        return None


def command(pid: int) -> str:
    """The command line, shortened; the name of the process if there is none."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        text = b" ".join(words).decode(errors="backslashreplace").strip()
    except OSError:
        text = ""
    return (text[:97] + "...") if len(text) > 100 else text


def name(pid: int) -> str:
    """The file name of its program."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return "?"


def stopped(pid: int) -> bool:
    """True if all threads have stopped, by a signal or for a tracer."""
    return set(threads.states(pid)) <= {"T", "t"}


def bound(pid: int) -> str:
    """The path that its IPC socket was bound to, "" if it has none (yet)."""
    return next(iter(ipc_socket.of(pid).values()), "")


def ipc_inodes(pid: int) -> set[str]:
    """Inodes of its IPC socket, as its descriptors name them: one, if it has one."""
    return set(ipc_socket.of(pid))


def lock_holders(table: str) -> dict[FileId, int]:
    """The holders of POSIX write locks, by file, in the text of /proc/locks. A primary holds one on
    its deployment's config for as long as it lives."""
    found = {}
    for line in table.splitlines():
        fields = line.split()
        if len(fields) >= 6 and fields[1] == "POSIX" and fields[3] == "WRITE":
            device, _, inode = fields[5].rpartition(":")
            found[FileId(device, int(inode))] = int(fields[4])
    return found


def same_namespace(pid: int, kind: str) -> bool:
    """True if the process lives in our own namespace of this kind."""
    return os.readlink(f"/proc/{pid}/ns/{kind}") == os.readlink(f"/proc/self/ns/{kind}")
