# SPDX-License-Identifier: BSD-3-Clause
"""The functions that make a ring, each told the same way."""

from __future__ import annotations

from typing import Any

import pytest

from targets.peer import Peer

MAKERS = ("ring_create", "ring_create_elem", "ring_init")

every_maker = pytest.mark.parametrize("maker", MAKERS)


def made(peer: Peer, maker: str, **keys: Any) -> tuple[str | None, str | None]:
    """(ring, errno) of what this function makes: named r, if nothing else is said."""
    keys.setdefault("name", "r")
    if maker == "ring_create_elem":
        keys.setdefault("esize", 4)
    if maker != "ring_init":
        said = peer.call(maker, **keys)
        return said.ring, said.rte_errno
    ring = peer.call("malloc", size=4096, align=64).ret
    initialised = peer.call(maker, ring=ring, **keys)
    return (ring, None) if initialised.ret == 0 else (None, initialised.errno)


def told(peer: Peer, maker: str, **keys: Any) -> str | None:
    """A refusal's errno, or what was made instead; that is freed."""
    ring, errno = made(peer, maker, **keys)
    if ring is None:
        return errno
    state = peer.call("ring_state", ring=ring)
    peer.call("ring_free", ring=ring)
    return f"a ring named {state.name!r} of size {state.size} and capacity {state.capacity}"
