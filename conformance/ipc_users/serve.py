# SPDX-License-Identifier: BSD-3-Clause
"""A ghost that answers whatever the heap or the devices ask of it, until a call has returned."""

from __future__ import annotations

from faults.ghost import Ghost
from targets.peer import Pending
from traffic.datagram import MpType
from traffic.eal_param import DEV_REQUEST, MALLOC_SYNC, Dev, Malloc


def serve_growth(ghost: Ghost, pending: Pending, **first: int) -> None:
    """Answers every request until the call has returned: the first one with these fields wrong."""
    scene, wrong = ghost.scene, dict(first)
    while not pending.answered:
        scene.wait_until(lambda: pending.answered or ghost.has_mail, f"answer or {MALLOC_SYNC}")
        if ghost.has_mail:
            asked = ghost.expect()
            if asked.type == MpType.MP_REQ:
                ghost.reply(asked, bytes(Malloc.of(asked.param).but(**wrong)))
                wrong = {}


def serve_devices(
    ghost: Ghost, pending: Pending, result: int = 0, ignore: bool = False
) -> list[Dev]:
    """Answers every device request until the call has returned, the first one with this result, or
    with MP_IGN; what was asked."""
    scene, asked = ghost.scene, []
    while not pending.answered:
        scene.wait_until(lambda: pending.answered or ghost.has_mail, f"answer or {DEV_REQUEST}")
        if not ghost.has_mail:
            continue
        heard = ghost.expect()
        if (heard.name, heard.type) != (DEV_REQUEST, MpType.MP_REQ):
            continue  # The vdev bus, which looks again before it attaches.
        asked.append(Dev.of(heard.param))
        if ignore and len(asked) == 1:
            ghost.ignore(heard)
        else:
            ghost.reply(heard, bytes(asked[-1].but(result=result if len(asked) == 1 else 0)))
    return asked
