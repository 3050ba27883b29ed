# SPDX-License-Identifier: BSD-3-Clause
"""A running deployment as a DeploymentView: entered and watched, never owned."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable, Iterable, TypeVar

from faults.deployment import proc
from faults.deployment.find import Deployment, NotThere, Process
from faults.deployment_view import Sink
from targets.isolation import CLONE_FS, CLONE_NEWNS, NamespaceHandles, call, unshare
from targets.news import News, Readable
from targets.outcome import Died
from traffic.datagram import Layout

T = TypeVar("T")

MS_REC = 0x4000
MS_PRIVATE = 1 << 18


class Silent:
    """A timeline that writes nothing down."""

    def add(self, who: str, what: str, at: int | None = None, **facts: Any) -> None:
        """Forgets it."""


class Entrance:
    """The mount and network namespaces and the root of a process, held open: it may end meanwhile."""

    def __init__(self, pid: int) -> None:
        self._namespaces: list[int] = []
        self.root: int | None = None
        self._root_path = os.readlink(f"/proc/{pid}/root")
        self._elsewhere = not proc.same_namespace(pid, "mnt")
        for kind in ("mnt", "net"):
            if not proc.same_namespace(pid, kind):
                path = f"/proc/{pid}/ns/{kind}"
                self._namespaces.append(os.open(path, os.O_RDONLY | os.O_CLOEXEC))
        if self._elsewhere or self._root_path != os.readlink("/proc/self/root"):
            self.root = os.open(f"/proc/{pid}/root", os.O_PATH | os.O_CLOEXEC)

    @property
    def needed(self) -> bool:
        """True if the process lives in other namespaces than we do."""
        return bool(self._namespaces) or self.root is not None

    @property
    def handles(self) -> NamespaceHandles:
        """For a program of ours that enters by itself."""
        return NamespaceHandles(tuple(self._namespaces), self.root)

    def enter(self) -> None:
        """Moves the calling thread there."""
        self.handles.enter()

    def enter_copy(self, cover: str) -> None:
        """Moves the calling thread to a copy of the mounts in which the directory `cover` is empty.

        Nothing that is mounted in the copy shows anywhere else, not even where mounts are shared.
        """
        unshare(CLONE_FS)
        for handle in self._namespaces:
            call("setns", handle, 0)
        unshare(CLONE_NEWNS)
        call("mount", None, b"/", None, MS_REC | MS_PRIVATE, None)
        os.chroot(self._root_path)
        os.chdir("/")
        call("mount", b"tmpfs", cover.encode(), b"tmpfs", 0, None)

    def close(self) -> None:
        """Lets go of them."""
        for handle in self._namespaces:
            os.close(handle)
        if self.root is not None:
            os.close(self.root)


class Pidfd:
    """A process for ever: a signal never goes to another process that has got the same pid."""

    def __init__(self, process: Process) -> None:
        try:
            self._fd = os.pidfd_open(process.pid)
        except OSError as error:
            raise NotThere(f"{process} cannot be held: {error.strerror}") from error
        if proc.started(process.pid) != process.started:
            os.close(self._fd)
            raise NotThere(f"{process} has ended meanwhile")

    def fileno(self) -> int:
        """Readable once it has ended."""
        return self._fd

    def signal(self, number: int) -> bool:
        """Sends a signal; False if it has ended."""
        import signal

        try:
            signal.pidfd_send_signal(self._fd, number)
        except ProcessLookupError:
            return False
        return True

    def close(self) -> None:
        """Lets go of it."""
        os.close(self._fd)


class _News(News):
    """The news of a deployment whose processes report nothing to us: only the end of one process is
    known."""

    def __init__(self, entered: Entered, deadline_s: float) -> None:
        super().__init__(deadline_s)
        self._entered = entered

    @property
    def alarm(self) -> Readable:
        return self._entered.alarm

    def raise_undeclared(self) -> None:
        self._entered.raise_undeclared()

    def pids(self) -> Iterable[int]:
        return [process.pid for process in self._entered.deployment.processes]


class Entered:
    """Use as a with-block. deadline_s: after this, what must happen is called a hang."""

    def __init__(
        self,
        deployment: Deployment,
        layout: Layout,
        timeline: Sink | None = None,
        deadline_s: float = 10.0,
    ) -> None:
        if not deployment.processes:
            raise NotThere(f"{deployment.prefix}: all its processes have ended")
        self.deployment = deployment
        self.runtime = deployment.runtime
        self.layout = layout
        self.timeline: Sink = timeline or Silent()
        self.host = deployment.primary or deployment.processes[0]
        self.alarm = Pidfd(self.host)
        self.news: News = _News(self, deadline_s)
        self._may_end = False
        try:
            self._entrance = Entrance(self.host.pid)
        except PermissionError as error:
            raise NotThere(f"{self.host} is not yours: become its user, or root") from error
        self._thread = ThreadPoolExecutor(1, "deployment")
        self._thread.submit(self._entrance.enter).result()

    @property
    def no_relay(self) -> str | None:
        """A relay takes its senders' addresses in a mount namespace of its own."""
        return "a relay needs root, for mount namespaces" if os.geteuid() != 0 else None

    @property
    def handles(self) -> NamespaceHandles:
        """The namespaces that a program of ours enters; open until the block ends."""
        return self._entrance.handles

    def inside(self, do: Callable[..., T], *arguments: Any) -> T:
        """Calls `do` on a thread that sees its mounts and network."""
        return self._thread.submit(do, *arguments).result()

    def enter(self) -> None:
        """Moves the calling thread there."""
        self._entrance.enter()

    def bind_unseen(self, bind: Callable[[], T]) -> T:
        """Calls `bind` where the runtime directory is an empty one."""

        def enter_and_bind() -> T:
            self._entrance.enter_copy(self.runtime)
            return bind()

        with ThreadPoolExecutor(1, "unseen") as thread:
            return thread.submit(enter_and_bind).result()

    def may_end(self) -> None:
        """Declares that the process on which all hangs may end: we kill it, or see it die."""
        self._may_end = True

    @property
    def ended(self) -> bool:
        """True if the process on which the entry depends has ended."""
        return proc.started(self.host.pid) != self.host.started or proc.state(self.host.pid) in "ZX"

    def raise_undeclared(self) -> None:
        """Died, once the process on which all hangs has ended and nobody has said that it may."""
        if self.ended and not self._may_end:
            raise Died(f"{self.host} lives", f"{self.host.role} died", "the deployment is gone")

    def __enter__(self) -> Entered:
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown()
        self._entrance.close()
        self.alarm.close()
        self.news.close()
