# SPDX-License-Identifier: BSD-3-Clause
"""Reads from /proc about a process that runs DPDK: its files, its sockets, its release, its threads."""

from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass
from pathlib import Path

from targets import ipc_socket, threads

_CONFIG = re.compile(r"^\S+ \S+ \S+ (\S+) (\d+) +(/.*/dpdk/([^/]+)/config)$", re.MULTILINE)
_CONFIG_AT = re.compile(r"^([0-9a-f]+)-\S+ \S+ 0+ \S+ \d+ +/.*/dpdk/[^/]+/config$", re.MULTILINE)
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
    """The command line, shortened; "" if there is none."""
    text = " ".join(words(pid)).strip()
    return (text[:97] + "...") if len(text) > 100 else text


def words(pid: int) -> list[str]:
    """The words of the command line; none if the process is gone."""
    try:
        raw = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return []
    return [word.decode(errors="backslashreplace") for word in raw.split(b"\0")]


def options(pid: int) -> dict[str, str]:
    """The long options of its command line before "--", with their values, "" where there are none."""
    found: dict[str, str] = {}
    last = ""
    for word in words(pid)[1:]:
        if word.startswith("--"):
            last, _, value = word[2:].partition("=")
            found[last] = value
        elif last and not found[last]:
            found[last] = word
    return found


def config_address(maps: str) -> int | None:
    """The address of the shared configuration in the text of /proc/PID/maps."""
    found = _CONFIG_AT.search(maps)
    return None if found is None else int(found[1], 16)


def age_s(pid: int) -> float | None:
    """How long it has been running, in seconds; None if it is gone."""
    began = started(pid)
    if began is None:
        return None
    return time.clock_gettime(time.CLOCK_BOOTTIME) - began / os.sysconf("SC_CLK_TCK")


def files_are_seen(pid: int) -> bool:
    """True if its program and its librte_eal.so are the files that we see at their paths."""
    maps = maps_of(pid) or ""
    paths = {os.path.realpath(f"/proc/{pid}/exe")}
    paths |= {line.split(None, 5)[5] for line in maps.splitlines() if _EAL.search(line)}
    try:
        return all(
            os.path.samestat(os.stat(path), os.stat(f"/proc/{pid}/root{path}")) for path in paths
        )
    except OSError:
        return False


def tracer(tid: int) -> int:
    """The process that traces this thread (ptrace), 0 for none."""
    try:
        status = Path(f"/proc/{tid}/status").read_text()
    except OSError:
        return 0
    return int(status.partition("TracerPid:")[2].split()[0])


def descriptors(pid: int) -> tuple[int, int]:
    """How many descriptors it has open, and how many it may have; (0, 1024) if it is gone."""
    try:
        opened = len(os.listdir(f"/proc/{pid}/fd"))
        limits = Path(f"/proc/{pid}/limits").read_text()
    except OSError:
        return 0, 1024
    soft = re.search(r"^Max open files +(\d+)", limits, re.MULTILINE)
    return opened, int(soft[1]) if soft else 1 << 20


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


def holders_of(table: str, file: str) -> tuple[int, ...]:
    """Pids that hold a lock on a file, "device:inode" as /proc/locks writes it, in the text of that
    table; not those that wait for one."""
    lines = (line.split() for line in table.splitlines())
    return tuple(int(fields[4]) for fields in lines if fields[1] != "->" and file in fields)


def same_namespace(pid: int, kind: str, beside: int | str = "self") -> bool:
    """True if the process lives in the namespace of this kind of another one: of us, if none is named.
    OSError if one of them is gone, or not to be seen."""
    return os.readlink(f"/proc/{pid}/ns/{kind}") == os.readlink(f"/proc/{beside}/ns/{kind}")
