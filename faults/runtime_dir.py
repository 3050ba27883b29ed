# SPDX-License-Identifier: BSD-3-Clause
"""Faults that act on the runtime directory: stale, gone, read-only, full, locked, somebody else's.

All of them stay within the scene's private mounts, and none without them is tried.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import socket
from contextlib import suppress
from pathlib import Path
from typing import Any, Callable, TypeVar

from faults.fault import Fault
from targets.isolation import call
from targets.outcome import Unavailable
from targets.own import Own
from targets.scene import Scene

T = TypeVar("T")

MS_RDONLY = 1
MS_REMOUNT = 32
MS_BIND = 4096

# The private tmpfs that the runtime directory lies on (targets/isolation.py).
_TMPFS = "/run"

_FILLING = f"{_TMPFS}/gauntlet_filling"
_MOST_FILLING = 100_000

# Any user but root.
NOBODY = 65534


def _mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    call("mount", source.encode(), target.encode(), kind.encode(), flags, options.encode() or None)


def _umount(target: str) -> None:
    with suppress(OSError):
        call("umount2", target.encode(), 2)  # MNT_DETACH: whoever is in there stays.


class _OnPlace(Fault):
    """Acts where the scene's processes see it."""

    @classmethod
    def unavailable(cls, scene: Any) -> str | None:
        why = scene.isolation.no_network
        return f"it needs mounts of its own: {why}" if why else None

    def _inside(self, do: Callable[..., T], *arguments: Any) -> T:
        return self.scene.isolation.inside(do, *arguments)

    def __str__(self) -> str:
        return f"runtime directory {self.name}"


class Gone(_OnPlace):
    """The directory is not there while the block lasts; then it is again, with all that was in it."""

    name = "gone"

    @property
    def _aside(self) -> str:
        return f"{self.scene.runtime}.aside"

    def inject(self) -> None:
        self._inside(os.rename, self.scene.runtime, self._aside)

    def took_effect(self) -> bool:
        return self._inside(os.path.exists, self._aside) is True

    def heal(self) -> None:
        self._inside(_put_back, self._aside, self.scene.runtime)


def _put_back(aside: str, path: str) -> None:
    if os.path.exists(aside):
        shutil.rmtree(path, ignore_errors=True)  # Somebody may have made a new one.
        os.rename(aside, path)


class ReadOnly(_OnPlace):
    """A read-only runtime directory: no file can be made, renamed, removed or opened for writing."""

    name = "read-only"

    def inject(self) -> None:
        self._inside(os.makedirs, self.scene.runtime, 0o700, True)
        self._inside(_mount, self.scene.runtime, self.scene.runtime, "", MS_BIND)
        flags = MS_REMOUNT | MS_BIND | MS_RDONLY
        self._inside(_mount, "", self.scene.runtime, "", flags)
        if self.scene.root is not None:  # It has a mount of its own of what is mounted here.
            self._inside(_mount, "", str(self.scene.root.outside(self.scene.runtime)), "", flags)

    def took_effect(self) -> bool:
        return self._inside(_makes, f"{self.scene.runtime}/gauntlet", b"") == errno.EROFS

    def heal(self) -> None:
        self._inside(_umount, self.scene.runtime)


class Full(_OnPlace):
    """No byte more fits onto the file system, or with `inodes` no file more."""

    name = "full"

    def __init__(self, scene: Scene, *, inodes: bool = False) -> None:
        super().__init__(scene)
        self.inodes = inodes
        self._was_full = False

    def inject(self) -> None:
        self._inside(_limit, self.inodes)
        self._was_full = self._is_full()

    def took_effect(self) -> bool:
        """True if the directory was full when the block began: a process that leaves makes room."""
        return self._was_full

    def _is_full(self) -> bool:
        return (
            self._inside(_makes, f"{_TMPFS}/gauntlet", b"" if self.inodes else b"x") == errno.ENOSPC
        )

    def heal(self) -> None:
        self._inside(shutil.rmtree, _FILLING, True)
        self._inside(_mount, "", _TMPFS, "", MS_REMOUNT, "size=50%,nr_inodes=1000000")

    def __str__(self) -> str:
        return f"runtime directory full of {'files' if self.inodes else 'bytes'}"


def _limit(inodes: bool) -> None:
    """Leaves room for a little more than there is, and fills that."""
    now = os.statvfs(_TMPFS)
    used = (now.f_blocks - now.f_bfree) * now.f_frsize
    files = now.f_files - now.f_ffree
    limit = f"nr_inodes={files + 16}" if inodes else f"size={used + 16 * now.f_frsize}"
    _mount("", _TMPFS, "", MS_REMOUNT, limit)
    os.mkdir(_FILLING)
    for number in range(_MOST_FILLING):
        try:
            Path(_FILLING, str(number)).write_bytes(b"" if inodes else b"x")
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            return


def _makes(path: str, data: bytes) -> int:
    """The errno with which such a file cannot be made, or 0."""
    try:
        Path(path).write_bytes(data)
        return 0
    except OSError as error:
        return error.errno or 0
    finally:
        if os.path.exists(path):
            try:
                os.unlink(path)
            except OSError:
                pass  # A file that is empty for want of room on a file system that is read-only.


class Locked(_OnPlace):
    """Somebody else holds flock(2) on the directory, exclusive or shared, while the block lasts."""

    name = "locked"

    def __init__(self, scene: Scene, *, shared: bool = False) -> None:
        super().__init__(scene)
        self.kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        self._handle = -1

    def inject(self) -> None:
        self._handle = self._inside(os.open, self.scene.runtime, os.O_RDONLY)
        fcntl.flock(self._handle, self.kind | fcntl.LOCK_NB)

    def took_effect(self) -> bool:
        return not self._inside(lockable, self.scene.runtime)

    def heal(self) -> None:
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1


def lockable(folder: str, kind: int = fcntl.LOCK_EX) -> bool:
    """True if flock(2) of this kind on a directory would succeed now."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
        return True
    except BlockingIOError:
        return False
    finally:
        os.close(handle)


class Stale(_OnPlace):
    """The litter of processes that died long ago: so many sockets that nobody listens on, the primary's
    among them, and a file of every kind with nonsense in it. Nobody removes the litter at the end of
    the block."""

    name = "stale"

    def __init__(self, scene: Scene, sockets: int) -> None:
        super().__init__(scene)
        self.sockets = sockets

    def inject(self) -> None:
        self._inside(_litter, self.scene.runtime, self.sockets)

    def took_effect(self) -> bool:
        return True  # inject() fails if it cannot.


def _litter(folder: str, sockets: int) -> None:
    os.makedirs(folder, 0o700, exist_ok=True)
    names = ["mp_socket"] + [f"mp_socket_{90000 + n}_{n:x}dead" for n in range(sockets)]
    for name in names:
        if not os.path.exists(f"{folder}/{name}"):
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as dead:
                dead.bind(f"{folder}/{name}")
    for name in ("config", "hugepage_info", "fbarray_memzone", "fbarray_memseg-2048k-0-0_90001"):
        if not os.path.exists(f"{folder}/{name}"):
            Path(folder, name).write_bytes(b"nonsense" * 64)


def nobody(scene: Scene) -> dict[str, Any]:
    """What makes a process one of a user who is nobody, as targets.own.Own takes it. RUNTIME_DIRECTORY:
    without it, it would look elsewhere."""
    return {"user": NOBODY, "environment": {"RUNTIME_DIRECTORY": scene.isolation.base}}


class Foreign(_OnPlace):
    """The directory belongs to another user, who lets nobody else in. Root does not care: `as_nobody` is
    the argv prefix of a process that does."""

    name = "somebody else's"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        if shutil.which("setpriv") is None:
            raise Unavailable("setpriv is not installed (Debian package util-linux)")

    @property
    def as_nobody(self) -> tuple[str, ...]:
        """For Scene.argv_prefix."""
        return Own(**nobody(self.scene)).prefix

    def inject(self) -> None:
        self._inside(os.makedirs, self.scene.runtime, 0o700, True)

    def took_effect(self) -> bool:
        return self._inside(_owner_only, self.scene.runtime) is True


def _owner_only(folder: str) -> bool:
    state = os.stat(folder)
    return state.st_uid != NOBODY and state.st_mode & 0o077 == 0
