# SPDX-License-Identifier: BSD-3-Clause
"""What one process of a scene has of its own, as in a container: namespaces, a user, limits, ..."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Mapping, Sequence

from targets.root import Root

# Of each kind of namespace, the flag of unshare(2). "mount" comes with "pid", for a /proc of its own.
FLAGS = {
    "ipc": 0x08000000,
    "mount": 0x00020000,
    "net": 0x40000000,
    "pid": 0x20000000,
    "uts": 0x04000000,
}

# Made by a program and not by unshare(2): whoever makes it has to map its users, too.
_USER = "user"

# The runtime directory stays shared; what is mounted from here on is only seen by this process.
_APART = 'mount --make-rprivate / && for at in $1; do $2 $at || exit; done && shift 2 && exec "$@"'


@dataclass(frozen=True)
class Own:
    """namespaces: kinds of FLAGS, and "user", whose root is the scene's.  hugetlbfs: a mount of its own
    in the place of the scene's, with pages of its own.  user: its numeric id.  environment: more of it.
    limits: the soft and hard value of resources, by their names as prlimit(1) has them: {"nofile": 64}.
    closed: descriptors, such as 0, 1 and 2, that it begins without, as a daemon may.  read_only: mounts
    of the scene that it may only read, by where they are.
    """

    namespaces: Sequence[str] = ()
    hugetlbfs: bool = False
    user: int | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, int] = field(default_factory=dict)
    closed: Sequence[int] = ()
    read_only: Sequence[str] = ()

    @property
    def kinds(self) -> frozenset[str]:
        """All namespaces of its own. ValueError where one has no such name."""
        kinds = [*FLAGS, _USER]
        unknown = sorted(set(self.namespaces) - set(kinds))
        if unknown:
            raise ValueError(f"{unknown[0]} is no namespace; there are {', '.join(kinds)}")
        mount = self.hugetlbfs or self.read_only or "pid" in self.namespaces
        return frozenset(self.namespaces) | ({"mount"} if mount else set())

    @property
    def flags(self) -> int:
        """For unshare(2)."""
        return sum(FLAGS[kind] for kind in self.kinds - {_USER})

    def mounts(self, hugetlbfs: str | None, root: Root | None) -> tuple[str, ...]:
        """The beginning of its command, outside of its root: what it mounts, and its users. hugetlbfs:
        where the scene's pages are."""
        argv: tuple[str, ...] = ()
        if self.hugetlbfs and hugetlbfs:
            argv = _mounting("mount -t hugetlbfs none", hugetlbfs, root)
        if "pid" in self.kinds:
            argv += _mounting("mount -t proc proc", "/proc", root)
        for place in self.read_only:
            argv += _mounting("mount -o remount,bind,ro", place, root)
        # The last thing, as its root may mount nothing; and the kernel lets nobody do it in a chroot.
        if _USER in self.kinds:
            argv += ("unshare", "--user", "--map-root-user")
        return argv

    @property
    def prefix(self) -> tuple[str, ...]:
        """The beginning of its command, in its root: each program executes the next one."""
        argv: list[str] = []
        if self.limits:
            argv += ["prlimit", *(f"--{name}={value}" for name, value in self.limits.items())]
        if self.environment:
            argv += ["env", *(f"{name}={value}" for name, value in self.environment.items())]
        if self.user is not None:
            argv += ["setpriv", f"--reuid={self.user}", "--clear-groups"]
        if self.closed:
            closing = " ".join(f"{number}>&-" for number in self.closed)
            argv += ["sh", "-c", f'exec "$@" {closing}', "sh"]
        return tuple(argv)


def _mounting(what: str, where: str, root: Root | None) -> tuple[str, ...]:
    places = [where, *([str(root.outside(where))] if root else [])]
    return ("sh", "-c", _APART, "sh", " ".join(places), what)
