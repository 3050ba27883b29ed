# SPDX-License-Identifier: BSD-3-Clause
"""Proves that blocks and devices that differ between processes are seen to differ."""

from types import SimpleNamespace
from typing import Any

import pytest

from conformance.ipc_users import block
from conformance.ipc_users.device import on_bus, port_ids, ports


def _told(**answers: Any) -> Any:
    """A peer that answers from a list, by verb."""

    def call(verb: str, **_keys: Any) -> Any:
        answer = answers[verb]
        return SimpleNamespace(**(answer.pop(0) if isinstance(answer, list) else answer))

    return SimpleNamespace(name="told", call=call)


MARK = b"as one process wrote it".hex()


@pytest.mark.parametrize(
    "first,last,what",
    [
        ({"ret": 23, "data": MARK}, {"ret": 23, "data": MARK}, "the same"),
        ({"ret": 23, "data": MARK}, {"ret": 23, "data": "00" * 23}, "something else"),
        ({"ret": 23, "data": MARK}, {"ret": -1, "errno": "EFAULT"}, "EFAULT"),
        ({"ret": -1, "errno": "EFAULT"}, {"ret": 23, "data": MARK}, "EFAULT"),
    ],
)
def test_block_is_the_same_or_not(first: dict[str, Any], last: dict[str, Any], what: str) -> None:
    assert block.seen(_told(read_memory=[first, last]), "0x1000") == what


def test_last_bytes_end_where_the_block_ends() -> None:
    assert int(block.last_of("0x1000", 4096), 16) + len(MARK) // 2 == 0x1000 + 4096


def test_events_are_told_and_nothing_is_no_memory() -> None:
    told = SimpleNamespace(event_type="ALLOC", addr="0x1000", len=4096)
    peer: Any = SimpleNamespace(events=lambda kind: [told] if kind == "mem_event" else [])
    assert block.events(peer) == [("ALLOC", "0x1000", 4096)]
    answers: list[Any] = [SimpleNamespace(ret=None), SimpleNamespace(ret="0x1000")]
    assert [block.got(answer) for answer in answers] == ["no memory", "memory"]


def test_ports_that_are_not_there() -> None:
    peer = _told(
        eth_dev_count_avail={"ret": 0}, eth_dev_get_port_by_name={"ret": -19, "port_id": 32}
    )
    assert (ports(peer), port_ids("net_null0", peer)) == ([0], [None])


def test_device_twice_on_a_bus_is_seen() -> None:
    device = SimpleNamespace(name="net_null0", is_probed=True)
    assert on_bus(_told(dev_foreach={"ret": [device]})) == {"net_null0": True}
    with pytest.raises(AssertionError, match="told has a device twice"):
        on_bus(_told(dev_foreach={"ret": [device, device]}))
