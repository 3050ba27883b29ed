# SPDX-License-Identifier: BSD-3-Clause
"""A ghost: a socket in the runtime directory that speaks the IPC datagram without DPDK behind it."""

from __future__ import annotations

import os
import socket

from faults import unix_socket
from faults import deployment_view
from faults.fault import Fault
from faults.unix_socket import Received
from faults.deployment_view import DeploymentView
from targets.observed import observed
from targets.scene import Scene
from traffic.datagram import Datagram, Layout, MpType, decode, encode


class Asked:
    """A datagram that a ghost got, decoded."""

    def __init__(self, received: Received, datagram: Datagram) -> None:
        self.received = received
        self.sender = received.sender
        self.fds = received.fds
        self.type = datagram.type
        self.name = datagram.name
        self.param = datagram.param
        self.len_param = datagram.len_param
        self.num_fds = datagram.num_fds


class Ghost(Fault):
    """Bound as mp_socket_<name> it is a secondary to every primary; with `address` it has any name.

    unbound: it has no address.  abstract: it has one that is no path.
    layout: what it speaks, if that is not the layout of the scene's own DPDK.
    unseen: the address is taken without touching what the scene has there: a peer's name is forged.
    It bit if it received anything or sent anything; a test that only wants it to be there says
    `idle=True`.
    """

    name = "ghost"

    def __init__(
        self,
        scene: Scene | DeploymentView,
        who: str = "ghost",
        *,
        address: str | None = None,
        layout: Layout | None = None,
        unseen: bool = False,
        unbound: bool = False,
        abstract: bool = False,
        idle: bool = False,
    ) -> None:
        super().__init__(scene)
        self.view = deployment_view.of(scene)
        self.who = who
        self.address = address or f"{self.view.runtime}/mp_socket_{who}"
        self.idle = idle
        self._unseen = unseen
        self._unbound = unbound or abstract
        self._abstract = abstract
        self.layout = layout or self.view.layout
        self._taken: list[Received] = []
        self._used = False
        # Abstract addresses are those of the network that a socket was made in.
        self.sock = self.view.inside(socket.socket, socket.AF_UNIX, socket.SOCK_DGRAM)

    def __str__(self) -> str:
        unlike = "without an address " if self._unbound else "unseen " if self._unseen else ""
        return f"{self.name} {unlike}{self.who}"

    def __enter__(self) -> Ghost:
        super().__enter__()
        return self

    def inject(self) -> None:
        if self._unseen:
            self.view.bind_unseen(lambda: unix_socket.bind_hidden(self.sock, self.address))
        elif self._abstract:
            self.view.inside(self.sock.bind, f"\0gauntlet_{self.who}")
        elif not self._unbound:
            self.view.inside(self.sock.bind, self.address)

    def heal(self) -> None:
        self.sock.close()
        for received in self._taken:
            received.close()
        if not self._unseen and not self._unbound:
            self.view.inside(_unlink_if_there, self.address)

    def took_effect(self) -> bool:
        return self.idle or self._used

    # -- listening --------------------------------------------------------------------------------

    @observed
    def expect(self, name: str | None = None, type: MpType | None = None) -> Asked:
        """The next datagram, which must be this one."""
        what = f"datagram {name or ''} at {self.who}".replace("  ", " ")
        unix_socket.wait_readable(self.view, self.sock, what)
        received = unix_socket.receive(self.sock)
        self._taken.append(received)
        self._used = True
        seen = unix_socket.describe(self.layout, received.data, received.sender, len(received.fds))
        self.timeline.add(self.who, "received", **seen)
        asked = Asked(received, decode(self.layout, received.data))
        wanted = (name or asked.name, type if type is not None else asked.type)
        assert (asked.name, asked.type) == wanted, f"{self.who} got {asked.name} ({asked.type})"
        return asked

    @property
    @observed
    def has_mail(self) -> bool:
        """True if a datagram is waiting now."""
        self.sock.setblocking(False)
        try:
            self.sock.recv(1, socket.MSG_PEEK)
            return True
        except BlockingIOError:
            return False
        finally:
            self.sock.setblocking(True)

    @observed
    def hears_within(self, seconds: float) -> bool:
        """True if a datagram comes within this time. For what must not be waited for in full."""
        return self.view.news.readable_within(seconds, self.sock)

    # -- speaking ---------------------------------------------------------------------------------

    def send(
        self,
        type: int,
        name: str | bytes,
        param: bytes = b"",
        *,
        to: str | None = None,
        len_param: int | None = None,
        num_fds: int | None = None,
        fds: list[int] | None = None,
    ) -> None:
        """Sends a datagram, lies included; to the primary unless `to` names another address."""
        claimed = len(fds or []) if num_fds is None else num_fds
        data = encode(self.layout, type, name, len_param=len_param, num_fds=claimed, param=param)
        self.send_raw(data, to=to, fds=fds)

    def send_raw(self, data: bytes, *, to: str | None = None, fds: list[int] | None = None) -> None:
        """Any bytes."""
        target = to or f"{self.view.runtime}/mp_socket"
        self._used = True
        self.timeline.add(self.who, "send", to=target, size=len(data), data=data.hex())
        self.view.inside(unix_socket.send, self.sock, data, target, fds)

    def reply(
        self,
        asked: Asked,
        param: bytes = b"",
        *,
        type: MpType = MpType.MP_REP,
        name: str | None = None,
        fds: list[int] | None = None,
    ) -> None:
        """Answers a request: MP_REP under the same name unless told otherwise."""
        self.send(type, name or asked.name, param, to=asked.sender, fds=fds)

    def ignore(self, asked: Asked) -> None:
        """Answers with MP_IGN."""
        self.reply(asked, type=MpType.MP_IGN)


def _unlink_if_there(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass  # A primary unlinks the sockets of those it takes for dead.
