# SPDX-License-Identifier: BSD-3-Clause
"""What an owner's driver refuses is no event; what others read is compared with what the owner reads."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from conformance.ethdev.control import REFUSED
from conformance.ethdev.events import EVENTS, may_read
from targets.outcome import Unavailable
from targets.protocol import Facts


class _Peer:
    """A process whose calls have these answers."""

    def __init__(self, **answer: Any) -> None:
        self.answer = Facts(answer)

    def call(self, verb: str, **keys: Any) -> Facts:
        return self.answer


def _up(owner: _Peer) -> Any:
    return SimpleNamespace(owner=owner, port_id=0, port=SimpleNamespace(kind="net_x"))


@pytest.mark.parametrize("event", [name for name in EVENTS if name != "two-queues"])
def test_a_driver_that_refuses_is_told(event: str) -> None:
    with pytest.raises(Unavailable, match=f"net_x: {event} of its owner is ENOTSUP"):
        EVENTS[event].do(_up(_Peer(ret=-95, errno="ENOTSUP")))
    EVENTS[event].do(_up(_Peer(ret=0, errno=None)))


def test_a_port_with_one_queue_gets_no_second_one() -> None:
    with pytest.raises(Unavailable, match="net_x: has one queue each way"):
        EVENTS["two-queues"].do(_up(_Peer(max_rx_queues=1, max_tx_queues=4)))


@pytest.mark.parametrize(
    ("answer", "read"),
    [
        ({"ret": 0, "errno": None, "mtu": 1400}, 1400),
        ({"ret": -95, "errno": "ENOTSUP", "mtu": 0}, REFUSED),
        ({"ret": -19, "errno": "ENODEV", "mtu": 0}, "ENODEV"),
    ],
)
def test_what_a_process_reads(answer: dict[str, Any], read: object) -> None:
    peer = _Peer(**answer)
    assert EVENTS["eth_dev_set_mtu"].read_by(peer, _up(peer)) == (read,)  # type: ignore[arg-type]


def test_what_another_process_may_read() -> None:
    assert may_read((1, 2), (1, REFUSED)) == (1, REFUSED)
    assert may_read((1, 2), (1, 3)) == (1, 2)
    assert may_read((1, REFUSED), (1, 3)) == (1, REFUSED)
