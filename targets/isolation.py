# SPDX-License-Identifier: BSD-3-Clause
"""The isolation of a scene: private namespaces where we may make them, a private directory where not.

The namespaces live as long as one process, the namespace holder (PID 1 of the scene), which reads a pipe
from us: however we end, the holder ends, and with it every process, mount, link and page of the scene.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Protocol, Sequence, TypeVar

from targets.drivers import BEHIND, Drivers
from targets.observed import observed
from targets.outcome import Unavailable
from targets.root import REPOSITORY, Root

T = TypeVar("T")

CLONE_FS = 0x00000200
CLONE_NEWNS = 0x00020000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_BIND = 0x1000
MS_REC = 0x4000
MS_PRIVATE = 0x40000
MS_SHARED = 0x100000

# A primary, two secondaries and an mbuf pool take about ten; the rest is room for -m and growth.
PAGES_PER_SCENE = 32

_libc = ctypes.CDLL(None, use_errno=True)

# Only a process of the new PID namespace can mount its /proc. Then the shell waits for our end.
_KEEP = 'for at; do mount -t proc proc "$at" || exit; done; echo kept; read -r end'


def call(function: str, *arguments: Any) -> None:
    """A C function that returns 0, or OSError with its errno."""
    if getattr(_libc, function)(*arguments) != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{function}: {os.strerror(error)}")


def unshare(flags: int) -> None:
    """unshare(2), of the calling thread."""
    call("unshare", flags)


def mount(
    what: str, at: Path | str, kind: str | None = None, flags: int = 0, data: str = ""
) -> None:
    """mount(2), in the mount namespace of the calling thread."""
    texts = [None if text is None else os.fsencode(text) for text in (what, at, kind)]
    call("mount", *texts, ctypes.c_ulong(flags), os.fsencode(data))


def lay_out(root: Root) -> None:
    """Lets a root see what the mount namespace of the calling thread has, but for /proc."""
    for seen in ("/run", "/sys", "/dev", str(REPOSITORY)):
        mount(seen, root.outside(seen), flags=MS_BIND | MS_REC)


def cover(drivers: Drivers) -> None:
    """Lays a folder with the used drivers over the one with all of them, for the mount namespace of the
    calling thread. A driver's file keeps its path: whoever looks from outside finds the same file.
    """
    folder, seen = str(drivers.folder), drivers.covering
    covered = os.open(drivers.folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        mount("tmpfs", folder, "tmpfs", data="mode=0755")
        os.mkdir(f"{folder}/{BEHIND}")
        mount(f"/proc/self/fd/{covered}", f"{folder}/{BEHIND}", flags=MS_BIND)
        for name, target in seen.items():
            if target is not None:
                os.symlink(target, f"{folder}/{name}")
            else:
                os.mknod(f"{folder}/{name}")
                mount(f"/proc/self/fd/{covered}/{name}", f"{folder}/{name}", flags=MS_BIND)
    finally:
        os.close(covered)


@dataclass(frozen=True)
class NamespaceHandles:
    """Descriptors with which another process enters a scene: each namespace, and then the root.
    Empty where a scene has no namespaces of its own."""

    namespaces: tuple[int, ...] = ()
    root: int | None = None

    @property
    def fds(self) -> tuple[int, ...]:
        """All of them, as subprocess wants them."""
        return self.namespaces if self.root is None else (*self.namespaces, self.root)

    def enter(self) -> None:
        """Moves the calling thread there."""
        if self.fds:
            unshare(CLONE_FS)  # A thread that shares its root directory with others may not move.
        for handle in self.namespaces:
            call("setns", handle, 0)
        # A mount namespace is entered at its root, which is not ours if we live in a chroot.
        if self.root is not None:
            os.fchdir(self.root)
            os.chroot(".")


class Isolation(Protocol):
    """Where a scene's processes live.

    base: the directory in which DPDK makes "dpdk/<file-prefix>", as the processes in there see it.
    env: what their environment needs to find it.  eal: EAL arguments that fit.
    hugetlbfs: where DPDK makes its pages' files, None where it has none.
    """

    base: str
    env: dict[str, str]
    eal: list[str]
    no_secondary: str | None
    no_network: str | None
    hugetlbfs: str | None

    def inside(self, do: Callable[..., T], *arguments: Any) -> T:
        """Calls `do` on a thread that sees the scene's mounts and network; children live there."""

    def apart(self, flags: int, do: Callable[..., T], *arguments: Any) -> T:
        """Calls `do` on a thread that has namespaces of its own (flags of unshare(2)), and all else as
        inside; so have its children. Unavailable where that cannot be."""

    def enter(self) -> None:
        """Lets the calling thread, from now on, see the scene's mounts and network."""

    @property
    def handles(self) -> NamespaceHandles:
        """The descriptors with which another program enters; they stay open until the scene is closed."""

    def bind_unseen(self, bind: Callable[[], T]) -> T:
        """Calls `bind` where the runtime directory is an empty one of its own: a socket bound there
        has the same address as one in the scene, and does not touch what the scene has in its place.
        """

    def processes(self) -> list[int]:
        """Host pids of what runs in here."""

    def close(self) -> None:
        """Ends everything in here."""


def _pid_namespace(pid: int | str) -> str:
    try:
        return os.readlink(f"/proc/{pid}/ns/pid")
    except OSError:
        return ""


class Namespaces:
    """Private mount, PID and network namespaces, a tmpfs over /run, an own hugetlbfs mount.

    drivers: the folders of which the scene's processes load the used ones only; of others they load what
    there is.  roots: where processes live; each sees the same /run, devices and repository.
    """

    base = "/var/run"
    no_network: str | None = None

    def __init__(self, drivers: Sequence[Drivers] = (), roots: Sequence[Root] = ()) -> None:
        self._drivers = drivers
        self._other_roots = roots
        self.env: dict[str, str] = {}
        self._thread = ThreadPoolExecutor(1, "scene")
        self._apart: list[ThreadPoolExecutor] = []
        self.namespace_holder: subprocess.Popen[str] | None = None
        self._handles: list[int] = []
        self._root = -1
        try:
            hugetlbfs = self._thread.submit(self._furnish).result()
            assert self.namespace_holder is not None
            for kind in ("mnt", "net"):
                path = f"/proc/{self.namespace_holder.pid}/ns/{kind}"
                self._handles.append(os.open(path, os.O_RDONLY | os.O_CLOEXEC))
            self._root = self.inside(os.open, "/", os.O_PATH | os.O_CLOEXEC)
        except BaseException:
            self.close()
            raise
        self.no_secondary = None if hugetlbfs else "hugetlbfs cannot be mounted here"
        free = free_hugepages()
        if hugetlbfs and free < PAGES_PER_SCENE:
            self.no_secondary = (
                f"hugepages: {free} free, {PAGES_PER_SCENE} needed; run ci/validate as root, or "
                "reserve some in /sys/kernel/mm/hugepages"
            )
        self.hugetlbfs = None if self.no_secondary else "/run/huge"
        memory = ["--huge-dir", self.hugetlbfs] if self.hugetlbfs else ["--no-huge", "-m", "64"]
        self.eal = memory

    def _furnish(self) -> bool:
        unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET)
        try:
            hugetlbfs = self._mount()
        except OSError as error:
            raise Unavailable(f"a scene's mounts could not be made: {error}") from error
        procs = ["/proc", *(str(root.outside("/proc")) for root in self._other_roots)]
        self.namespace_holder = subprocess.Popen(
            ["sh", "-c", _KEEP, "sh", *procs],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.namespace_holder.stdout and self.namespace_holder.stderr
        if self.namespace_holder.stdout.readline().strip() != "kept":
            why = self.namespace_holder.stderr.read().strip()
            raise Unavailable(f"a scene's mounts could not be made: {why}")
        return hugetlbfs

    def _mount(self) -> bool:
        """Everything but /proc; whether there are hugepages."""
        mount("none", "/", flags=MS_REC | MS_PRIVATE)
        mount("tmpfs", "/run", "tmpfs", data="mode=0755")
        for drivers in self._drivers:
            cover(drivers)
        os.mkdir("/run/huge")
        try:
            mount("none", "/run/huge", "hugetlbfs")
        except OSError:  # This machine has none.
            return False
        finally:
            # What is mounted below /run later is seen in the roots, too.
            mount("none", "/run", flags=MS_SHARED)
            for root in self._other_roots:
                lay_out(root)
        return True

    @observed
    def inside(self, do: Callable[..., T], *arguments: Any) -> T:
        return self._thread.submit(do, *arguments).result()

    def apart(self, flags: int, do: Callable[..., T], *arguments: Any) -> T:
        assert self.namespace_holder is not None
        pids = f"/proc/{self.namespace_holder.pid}/ns/pid"

        def enter_and_do() -> T:
            with open(pids, "rb") as handle:
                self.enter()  # Then /proc is another one.
                if not flags & CLONE_NEWPID:
                    call("setns", handle.fileno(), CLONE_NEWPID)
            unshare(flags)
            return do(*arguments)

        # It lives as long as the scene: its end would be the death of its children's parent.
        thread = ThreadPoolExecutor(1, "apart")
        self._apart.append(thread)
        return thread.submit(enter_and_do).result()

    def enter(self) -> None:
        self.handles.enter()

    @property
    def handles(self) -> NamespaceHandles:
        return NamespaceHandles(tuple(self._handles), self._root)

    def bind_unseen(self, bind: Callable[[], T]) -> T:
        def enter_and_bind() -> T:
            self.enter()
            unshare(CLONE_NEWNS)
            mount("none", "/", flags=MS_REC | MS_PRIVATE)
            mount("tmpfs", "/run", "tmpfs")
            return bind()

        with ThreadPoolExecutor(1, "unseen") as thread:
            return thread.submit(enter_and_bind).result()

    def processes(self) -> list[int]:
        assert self.namespace_holder is not None
        mine = _pid_namespace(self.namespace_holder.pid)
        return [
            int(entry)
            for entry in os.listdir("/proc")
            if entry.isdigit()
            and int(entry) != self.namespace_holder.pid
            and _pid_namespace(entry) == mine
        ]

    def close(self) -> None:
        if self.namespace_holder is not None:
            assert (
                self.namespace_holder.stdin
                and self.namespace_holder.stdout
                and self.namespace_holder.stderr
            )
            self.namespace_holder.kill()
            self.namespace_holder.wait()
            for pipe in (
                self.namespace_holder.stdin,
                self.namespace_holder.stdout,
                self.namespace_holder.stderr,
            ):
                pipe.close()
        for handle in self._handles:
            os.close(handle)
        if self._root >= 0:
            os.close(self._root)
        self._handles.clear()
        for thread in (self._thread, *self._apart):
            thread.shutdown()


class Directory:
    """No privileges: a directory of our own for the sockets, no hugepages, the caller's network."""

    no_network: str | None = "a private network namespace cannot be made here"
    hugetlbfs: str | None = None
    eal = ["--no-huge", "-m", "64"]

    def __init__(self, why: str) -> None:
        self.no_secondary: str | None = f"namespaces and hugepages cannot be had here: {why}"
        # Short: a UNIX socket path holds 108 bytes.
        self._made = tempfile.mkdtemp(prefix="g-", dir=os.environ.get("GAUNTLET_SCRATCH", "/tmp"))
        self.base = self._made
        # RUNTIME_DIRECTORY is read from 22.03 on; XDG_RUNTIME_DIR before it, but not by root.
        self.env = {"RUNTIME_DIRECTORY": self._made, "XDG_RUNTIME_DIR": self._made}

    @observed
    def inside(self, do: Callable[..., T], *arguments: Any) -> T:
        return do(*arguments)

    def apart(self, flags: int, do: Callable[..., T], *arguments: Any) -> T:
        del flags, do, arguments
        raise Unavailable(f"needs namespaces: {self.no_secondary}")

    def enter(self) -> None:
        pass

    @property
    def handles(self) -> NamespaceHandles:
        return NamespaceHandles()

    def bind_unseen(self, bind: Callable[[], T]) -> T:
        raise Unavailable(f"a relay needs a private mount namespace; {self.no_secondary}")

    def processes(self) -> list[int]:
        return (
            []
        )  # Without a PID namespace only the peers themselves are known, and they are owned.

    def close(self) -> None:
        shutil.rmtree(self._made, ignore_errors=True)


def free_hugepages() -> int:
    """Free hugepages of the default size, from /proc/meminfo (0 where there are none)."""
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("HugePages_Free:"):
            return int(line.split()[1])
    return 0


def build(drivers: Sequence[Drivers] = (), roots: Sequence[Root] = ()) -> Isolation:
    """The best isolation that this machine allows."""
    try:
        return Namespaces(drivers, roots)
    except PermissionError as error:
        return Directory(error.strerror or str(error))
    except Unavailable as error:
        return Directory(str(error))
