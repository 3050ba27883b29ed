# SPDX-License-Identifier: BSD-3-Clause
"""Asks the kernel about an interface by rtnetlink(7). It needs Python's standard library only, because
it also runs on another host, where nothing is installed.
"""
from __future__ import annotations

import os
import socket
import struct
from typing import Iterator

OPERSTATE_UP = 6  # IF_OPER_UP, include/uapi/linux/if.h

# include/uapi/linux/rtnetlink.h, netlink.h, if_link.h, if_addr.h
_RTMGRP_LINK = 1
_RTM_GETLINK, _RTM_GETADDR = 18, 22
_NLM_F_REQUEST, _NLM_F_DUMP = 0x1, 0x300
_NLMSG_ERROR, _NLMSG_DONE = 2, 3
_IFLA_OPERSTATE = 16
_IFA_ADDRESS, _IFA_LOCAL = 1, 2

_MESSAGE = struct.Struct("=IHHII")  # length, type, flags, sequence, port
_ERROR = struct.Struct("=i")
_LINK = struct.Struct("=BxHiII")  # family, type, index, flags, change
_ADDRESS = struct.Struct("=BBBBI")  # family, prefix length, flags, scope, index
_ATTRIBUTE = struct.Struct("=HH")  # length, type
_LARGEST = 1 << 16


class LinkEvents:
    """A with-block: `fileno` is readable when an interface of this network namespace has changed."""

    def __enter__(self) -> LinkEvents:
        self._socket = _open(_RTMGRP_LINK)
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def fileno(self) -> int:
        """The descriptor, for poll."""
        return self._socket.fileno()

    def clear(self) -> None:
        """Takes what has been told. What did not fit into the buffer is an event as well."""
        try:
            self._socket.recv(_LARGEST)
        except OSError:
            pass


def operstate(name: str) -> int | None:
    """The operational state (RFC 2863) of an interface; None where there is no such one.

    The kernel answers under the lock that linkwatch holds while it sets the state and the queue.
    """
    try:
        body = _LINK.pack(socket.AF_UNSPEC, 0, socket.if_nametoindex(name), 0, 0)
        answers = list(_ask(_RTM_GETLINK, 0, body))
    except OSError:
        return None
    found = _attributes(answers[0], _LINK.size).get(_IFLA_OPERSTATE)
    return found[0] if found else None


def addresses(name: str) -> set[str]:
    """The IP addresses of an interface, as inet_ntop writes them; none where there is no such one."""
    try:
        wanted = socket.if_nametoindex(name)
    except OSError:
        return set()
    found = set()
    for answer in _ask(_RTM_GETADDR, _NLM_F_DUMP, _ADDRESS.pack(socket.AF_UNSPEC, 0, 0, 0, 0)):
        family, _, _, _, index = _ADDRESS.unpack_from(answer)
        if index == wanted and family in (socket.AF_INET, socket.AF_INET6):
            told = _attributes(answer, _ADDRESS.size)
            # Of a point-to-point interface, the other one is the address of the other end.
            found.add(socket.inet_ntop(family, told.get(_IFA_LOCAL) or told[_IFA_ADDRESS]))
    return found


def _ask(kind: int, flags: int, body: bytes) -> Iterator[bytes]:
    """The bodies of the answers to one request. OSError as the kernel answers."""
    length = _MESSAGE.size + len(body)
    with _open(0) as opened:
        opened.send(_MESSAGE.pack(length, kind, _NLM_F_REQUEST | flags, 1, 0) + body)
        while True:
            for answered, answer in _messages(opened.recv(_LARGEST)):
                if answered == _NLMSG_DONE:
                    return
                if answered == _NLMSG_ERROR:
                    number = -_ERROR.unpack_from(answer)[0]
                    raise OSError(number, os.strerror(number))
                yield answer
            if not flags & _NLM_F_DUMP:
                return


def _messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The type and the body of each message of a datagram."""
    at = 0
    while at < len(data):
        length, kind, _, _, _ = _MESSAGE.unpack_from(data, at)
        yield kind, data[at + _MESSAGE.size : at + length]
        at += _aligned(length)


def _attributes(body: bytes, at: int) -> dict[int, bytes]:
    """The attributes of a message, which begin at this offset of its body."""
    found = {}
    while at < len(body):
        length, kind = _ATTRIBUTE.unpack_from(body, at)
        found[kind] = body[at + _ATTRIBUTE.size : at + length]
        at += _aligned(length)
    return found


def _aligned(length: int) -> int:
    return (length + 3) & ~3


def _open(groups: int) -> socket.socket:
    opened = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0)
    try:
        opened.bind((0, groups))
    except BaseException:
        opened.close()
        raise
    return opened
