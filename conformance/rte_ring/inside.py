# SPDX-License-Identifier: BSD-3-Clause
"""A process that is inside an operation on a ring, plain or staged, for as long as a clause wants."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any, Iterator

from targets.peer import Peer
from targets.protocol import Facts

# Whether an operation of a second process waits for the first one, by the mode of the ring: only RTS
# promises not to.
WAITS = {"MP-MC": True, "RTS-RTS": False, "HTS-HTS": True}


@contextmanager
def inside(peer: Peer, verb: str, **keys: Any) -> Iterator[list[Facts]]:
    """A peer is inside an operation until the block ends; its answer is in the list then."""
    answers: list[Facts] = []
    pending = peer.tell(verb, hold=True, **keys)
    peer.expect("held")
    yield answers
    peer.call("release", of=pending.id)
    answers.append(pending.answer())
