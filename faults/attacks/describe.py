# SPDX-License-Identifier: BSD-3-Clause
"""A datagram and its way as one line, for whoever looks on."""

from __future__ import annotations

import time
from pathlib import PurePosixPath

from faults.deployment.find import Deployment
from traffic.datagram import Layout, MpType, decode
from traffic.param_text import told


class Names:
    """The process behind each address. An address that appeared later is looked up once."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._known: dict[str, str] = {}
        self._learn(deployment)

    def _learn(self, deployment: Deployment) -> None:
        for one in deployment.processes:
            if one.address:
                self._known[one.address] = f"{one.role} {one.pid} ({one.name})"

    def of(self, address: str) -> str:
        """ "secondary 1234 (dpdk-testpmd)", or the address's last part if nobody is known there."""
        if address not in self._known:
            self._learn(self._deployment.now())
            # Nobody is: a ghost, or one that has died.
            self._known.setdefault(address, PurePosixPath(address).name or "an unbound socket")
        return self._known[address]

    def know(self, address: str, name: str) -> None:
        """Somebody who is no process of the deployment."""
        self._known[address] = name


def described(layout: Layout, data: bytes, fds: int = 0) -> str:
    """Type, name, what the parameter says, descriptors, and what is wrong with it."""
    seen = decode(layout, data)
    kind = seen.type.name[3:] if isinstance(seen.type, MpType) else f"type={seen.type}"
    # Escaped, so that whatever a forger puts in a name the line stays one line.
    name = seen.name.encode("unicode_escape").decode() or "''"
    words = [kind, name, f"len_param {seen.len_param}"]
    if seen.num_fds or fds:
        words.append(f"num_fds {seen.num_fds}, {fds} passed")
    text = told(seen.name, seen.param)
    line = ", ".join(words[:1]) + " " + ", ".join(words[1:]) + (f": {text}" if text else "")
    return line if seen.malformed is None else f"{line} MALFORMED: {seen.malformed}"


def clock(at_ns: int | None = None) -> str:
    """The time of day, to a microsecond. at_ns: since 1970, now if not given."""
    at_ns = time.time_ns() if at_ns is None else at_ns
    seconds, rest = divmod(at_ns, 1_000_000_000)
    return f"{time.strftime('%H:%M:%S', time.localtime(seconds))}.{rest // 1000:06}"
