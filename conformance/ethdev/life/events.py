# SPDX-License-Identifier: BSD-3-Clause
"""What the owner of a port does to it while a secondary has it, from a stop to its own death."""

from __future__ import annotations

from typing import Callable, Mapping

from conformance.ethdev import started
from conformance.ethdev.leaving import leave
from conformance.ethdev.started import Started

Event = Callable[[Started], None]


def _set_up_anew(up: Started) -> None:
    """Stops the port, configures it, sets its queues up and starts it."""
    up.stop_port()
    started.set_up_port(up)


def _remove(up: Started) -> None:
    up.stop_port()
    assert up.owner.call("dev_remove", dev=up.port.device).ret == 0


def _be_replaced(up: Started) -> None:
    """Dies, and a primary that would take its place is refused: a secondary is there."""
    leave(up.owner, "kill")
    up.scene.failing("primary", *up.port.eal_args())


GOING: Mapping[str, Event] = {
    "killed": lambda up: leave(up.owner, "kill"),
    "closed": Started.close_port,
    "removed": _remove,
    "cleaned-up": lambda up: leave(up.owner, "cleanup"),
    "replaced": _be_replaced,
}

STAYING: Mapping[str, Event] = {"stopped": Started.stop_port, "set-up-anew": _set_up_anew}
