# SPDX-License-Identifier: BSD-3-Clause
"""For the unit tests: another host, which is a network namespace with an SSH server and two cables.

    here                         the other host
    ctl  10.9.0.1/24  ---------  ctl  10.9.0.2/24, root is let in by a key of a temporary folder
    port              ---------  eth1

Everything of it is in namespaces of the test's own. The server is Debian's, unpacked and not installed,
and kept below build/.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Callable, Iterator, TypeVar

import pytest

from ci.host.apt import Apt
from ci.nic_host import packages
from targets import host_network
from targets.isolation import (
    CLONE_NEWNET,
    CLONE_NEWNS,
    MS_BIND,
    MS_PRIVATE,
    MS_REC,
    call,
    mount,
    unshare,
)

T = TypeVar("T")

HERE, THERE = "10.9.0.1", "10.9.0.2"
HOST = f"root@{THERE}"

_ROOT = Path(__file__).resolve().parents[2]
_KEPT = _ROOT / "build" / "sshd"
_PACKAGES = ("openssh-server", "openssh-sftp-server", "libwrap0")
_LIMIT_S = 120.0


def ready() -> Path:
    """The folder with the files of the server. CannotRun when they cannot be had."""
    _KEPT.parent.mkdir(exist_ok=True)
    # Several processes may want it at once, and wait for the one that makes it.
    with _KEPT.with_name("sshd.wanted").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        inside = host_network.inside if host_network.VARIABLE in os.environ else _directly
        return inside(packages.kept, _KEPT, _make)


def _directly(do: Callable[..., T], *arguments: Any) -> T:
    return do(*arguments)


def _make(making: Path) -> str:
    with TemporaryDirectory() as folder:
        apt = Apt(Path(folder), packages.suite_source_here())
        apt.get("update")
        version = apt.version(_PACKAGES[0])
        apt.get("download", *_PACKAGES, cwd=Path(folder))
        for deb in sorted(Path(folder).glob("*.deb")):
            packages.unpack(deb, making, ["./usr/sbin/sshd", "./usr/lib/*"])
    return f"openssh-server_{version.replace(':', '%')}"


def with_another_host(function: Callable[[], None]) -> None:
    """Calls a module-level `function` in a child that is root in namespaces of its own, which end with
    it; its failure is the test's."""
    if os.geteuid() != 0:
        pytest.skip("needs root: an SSH server lets nobody else in")
    ready()
    module = function.__module__
    code = f"import {module} as module; module.{function.__name__}()"
    unshared = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]
    done = subprocess.run(
        [*unshared, sys.executable, "-c", code],
        cwd=_ROOT,
        # It names a process that is not seen in there.
        env={name: value for name, value in os.environ.items() if name != host_network.VARIABLE},
        capture_output=True,
        text=True,
        timeout=_LIMIT_S,
    )
    if done.returncode:
        pytest.fail(f"{function.__name__} ended with {done.returncode}\n{done.stdout}{done.stderr}")


class Host:
    """The other host. folder: with the keys and the configuration of both sides."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._server: subprocess.Popen[str] | None = None

    @property
    def pid(self) -> int:
        """The server's process."""
        assert self._server is not None
        return self._server.pid

    def inside(self, do: Callable[..., T], *arguments: Any) -> T:
        """Calls `do` on a thread that is on the other host."""
        with ThreadPoolExecutor(1) as thread:
            thread.submit(_enter, self.pid).result()
            return thread.submit(do, *arguments).result()

    def configure(self) -> None:
        """Makes the keys, and lets `ssh` of this process, and of its children, find them."""
        for name in ("host_key", "key"):
            keygen = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.folder / name)]
            subprocess.run(keygen, check=True)
        key = (self.folder / "host_key.pub").read_text()
        (self.folder / "known_hosts").write_text(f"{THERE} {key}")
        (self.folder / "config").write_text(
            f"IdentityFile {self.folder}/key\nUserKnownHostsFile {self.folder}/known_hosts\n"
            "StrictHostKeyChecking yes\n"
        )
        (self.folder / "sshd_config").write_text(
            f"HostKey {self.folder}/host_key\nAuthorizedKeysFile {self.folder}/key.pub\n"
            "UsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n"
            "PermitRootLogin yes\nStrictModes no\nPidFile none\nUseDNS no\n"
        )
        ssh = self.folder / "bin" / "ssh"
        ssh.parent.mkdir()
        ssh.write_text(f'#!/bin/sh\nexec /usr/bin/ssh -F {self.folder}/config "$@"\n')
        ssh.chmod(0o755)
        os.environ["PATH"] = f"{ssh.parent}:{os.environ['PATH']}"

    def start(self) -> None:
        """Starts the server; it takes connections then."""
        files = ready()
        libraries = ":".join(str(path) for path in (files / "usr" / "lib").glob("*-linux-gnu"))
        self._server = subprocess.Popen(
            [files / "usr/sbin/sshd", "-D", "-e", "-f", self.folder / "sshd_config"],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "LD_LIBRARY_PATH": libraries},
            preexec_fn=_leave,
        )
        assert self._server.stderr is not None
        said = []
        for line in self._server.stderr:
            said.append(line)
            if "Server listening on 0.0.0.0" in line:
                return
        raise RuntimeError(f"sshd does not start: {said}")

    def connect(self) -> None:
        """Lays the two cables."""
        from pyroute2 import IPRoute

        with IPRoute() as netlink:
            for name, other in (("ctl", "ctl"), ("port", "eth1")):
                netlink.link("add", ifname=name, kind="veth", peer=f"{name}-far")
                index = netlink.link_lookup(ifname=f"{name}-far")[0]
                netlink.link("set", index=index, net_ns_pid=self.pid)
                self.inside(_rename, f"{name}-far", other)
            set_up("lo")
            set_up("ctl", HERE)
            set_up("port")
        self.inside(set_up, "lo")
        self.inside(set_up, "ctl", THERE)
        self.inside(set_up, "eth1")

    def end(self) -> None:
        """Ends the server. Its connections end with the namespaces."""
        assert self._server is not None
        self._server.send_signal(signal.SIGTERM)
        self._server.wait()
        assert self._server.stderr is not None
        self._server.stderr.close()


@contextmanager
def another_host() -> Iterator[Host]:
    """A with-block, in a child of with_another_host()."""
    mount("none", "/", flags=MS_REC | MS_PRIVATE)
    with TemporaryDirectory(prefix="gauntlet-sshd-") as name:
        host = Host(Path(name))
        _put_in(host.folder)
        host.configure()
        host.start()
        try:
            host.connect()
            yield host
        finally:
            host.end()


def _leave() -> None:
    """To another network, and to a /sys that tells of its interfaces."""
    unshare(CLONE_NEWNET | CLONE_NEWNS)
    mount("sysfs", "/sys", "sysfs")


def _put_in(folder: Path) -> None:
    """Puts in what the server needs to find on a host: its user, and an empty folder."""
    users = Path("/etc/passwd").read_text().splitlines()
    users = [user.replace(":x:", ":*:", 1) for user in users if not user.startswith("sshd:")]
    users.append("sshd:*:65533:65534::/run/sshd:/usr/sbin/nologin")
    (folder / "passwd").write_text("\n".join(users) + "\n")
    mount(str(folder / "passwd"), "/etc/passwd", flags=MS_BIND)
    mount("tmpfs", "/run", "tmpfs", data="mode=0755")
    os.mkdir("/run/sshd", 0o755)


def set_up(name: str, address: str | None = None) -> None:
    """Sets an interface up, with an address."""
    _change(name, state="up")
    if address:
        from pyroute2 import IPRoute

        with IPRoute() as netlink:
            index = netlink.link_lookup(ifname=name)[0]
            netlink.addr("add", index=index, address=address, prefixlen=24)


def set_down(name: str) -> None:
    """Sets an interface down."""
    _change(name, state="down")


def _rename(name: str, other: str) -> None:
    _change(name, ifname=other)


def _change(name: str, **what: str) -> None:
    from pyroute2 import IPRoute

    with IPRoute() as netlink:
        netlink.link("set", index=netlink.link_lookup(ifname=name)[0], **what)


def _enter(pid: int) -> None:
    with open(f"/proc/{pid}/ns/net") as namespace:
        call("setns", namespace.fileno(), CLONE_NEWNET)


def commands() -> dict[int, list[bytes]]:
    """The words of the command of each process."""
    found = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                found[int(name)] = Path("/proc", name, "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue  # It has ended.
    return found


def ours_over_there() -> list[int]:
    """The processes that run what execnet sends to another host."""
    sent = b"import sys;exec(eval(sys.stdin.readline()))"
    return [
        pid for pid, words in commands().items() if words[0].endswith(b"python3") and sent in words
    ]
