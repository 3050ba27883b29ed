# SPDX-License-Identifier: BSD-3-Clause
"""What the owner of a port does to it, and by which calls that is seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable

from conformance.ethdev import controls, started
from conformance.ethdev.control import NONE, REFUSED, Call, Control, Reading, error_of
from conformance.ethdev.started import Started
from targets.outcome import Unavailable
from targets.peer import Peer


@dataclass(frozen=True)
class Event:
    """What the owner does, after `prepare`, and what is read of that. do: Unavailable where the driver
    refuses it.

    restarts: it needs a port that can be started again.
    """

    do: Callable[[Started], None]
    reads: tuple[Reading, ...]
    prepare: Call | None = None
    restarts: bool = False

    def read_by(self, peer: Peer, up: Started) -> tuple[Any, ...]:
        """What a process reads: of each call its output; REFUSED where the driver does not let it, or
        else the error."""
        return tuple(_read(reading, peer, up.port_id) for reading in self.reads)


def _read(reading: Reading, peer: Peer, port_id: int) -> Any:
    answer = reading.call.by(peer, port_id)
    error = error_of(answer)
    if error == "ENOTSUP":
        return REFUSED
    return answer[reading.output] if error == NONE else error


def may_read(owners: tuple[Any, ...], read: tuple[Any, ...]) -> tuple[Any, ...]:
    """What another process may have read where the owner reads this: the same, or it is refused."""
    return tuple(each if each == REFUSED else own for own, each in zip(owners, read))


def _owner_calls(call: Call) -> Callable[[Started], None]:
    def do(up: Started) -> None:
        error = error_of(call.by(up.owner, up.port_id))
        if error != NONE:
            raise Unavailable(f"{up.port.kind}: {call.verb} of its owner is {error}")

    return do


def _of(control: Control) -> Event:
    return Event(_owner_calls(control.call), control.reads, control.prepare)


def _two_queues(up: Started) -> None:
    """Stops the port, and starts it with a second queue."""
    info = up.owner.call("eth_dev_info_get", port_id=up.port_id)
    if min(info.max_rx_queues, info.max_tx_queues) < 2:
        raise Unavailable(f"{up.port.kind}: has one queue each way here")
    up.stop_port()
    up.queues = 2
    started.set_up_port(up)


_SECOND = {"queue_id": 1}
_LINK = (Reading(Call("eth_link_get"), "link_status"),)

EVENTS = {
    **{
        verb: _of(controls.RUNNING[verb])
        for verb in (
            "eth_promiscuous_enable",
            "eth_allmulticast_enable",
            "eth_dev_default_mac_addr_set",
            "eth_dev_set_mtu",
            "eth_dev_set_link_down",
            "eth_dev_set_link_up",
        )
    },
    "eth_stats_reset": Event(
        _owner_calls(Call("eth_stats_reset")),
        (
            Reading(Call("eth_stats_get"), "ipackets"),
            Reading(Call("eth_stats_get"), "opackets"),
        ),
    ),
    "eth_dev_stop": Event(_owner_calls(Call("eth_dev_stop")), _LINK),
    "two-queues": Event(
        _two_queues,
        (
            Reading(Call("eth_rx_queue_info_get", _SECOND), "mp"),
            Reading(Call("eth_tx_queue_info_get", _SECOND), "nb_desc"),
            Reading(Call("eth_xstats_get_names"), "xstats_names"),
        ),
        restarts=True,
    ),
}
