# SPDX-License-Identifier: BSD-3-Clause
"""Proves where a peer stops: numbers outside C's widths, memory, a frame without room, its own faults."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from conftest import PEER
from targets.outcome import HarnessFault
from targets.peer import Peer, Refused
from targets.process import Ending
from targets.scene import Scene

# What ends a peer whose own fault nobody could be told as an answer (targets/peer/ending.hpp).
OWN_FAULT = 72

TOO_MUCH: list[tuple[str, dict[str, Any], str]] = [
    ("eth_link_get", {"port_id": 65536}, "uint16_t: 0 to 65535"),
    ("eth_link_get", {"port_id": -1}, "uint16_t: 0 to 65535"),
    ("eth_dev_configure", {"port_id": 0, "nb_rx_queue": 65536, "nb_tx_queue": 1}, "nb_rx_queue"),
    ("eth_dev_owner_set", {"port_id": 65536, "owner_id": 1}, "port_id"),
    ("pktmbuf_pool_create", {"name": "p", "n": 2**32}, "unsigned: 0 to 4294967295"),
    ("pktmbuf_pool_create", {"name": "p", "n": 1, "data_room_size": 2**16}, "data_room_size"),
    ("mempool_get_bulk", {"name": "pool", "n": 2**62}, "unsigned: 0 to 4294967295"),
    ("mempool_get_bulk", {"name": "pool", "n": 2**32 - 1}, "has room for 2097152"),
    ("mempool_die_inside", {"name": "pool", "n": 2**32 - 1, "executed": 1}, "has room for"),
    ("round_trip_times", {"times": 2**62, "size": 1}, "times is 4611686018427387904"),
    ("round_trip_times", {"times": 1, "size": 2**40}, "size is 1099511627776"),
    ("malloc", {"size": 2**64}, "size"),
    ("malloc", {"size": 1, "align": 2**32}, "align"),
]


def _with_pool(scene: Scene) -> Peer:
    peer = scene.primary("--vdev=net_null0")
    assert peer.call("mempool_create", name="pool", n=63, elt_size=64).ret == 0
    return peer


def test_numbers_that_no_c_program_could_pass_are_refused(scene: Scene) -> None:
    peer = _with_pool(scene)
    for verb, keys, why in TOO_MUCH:
        with pytest.raises(Refused, match=why):
            peer.call(verb, **keys)
    # The largest that fit are DPDK's to judge.
    assert peer.call("eth_link_get", port_id=65535).errno == "ENODEV"
    scene.close()


def test_frame_without_room_is_not_sent_empty(scene: Scene) -> None:
    peer = scene.primary("--vdev=net_null0")
    assert peer.call("pktmbuf_pool_create", name="small", n=63, data_room_size=256).ret == 0
    peer.call("eth_dev_configure", port_id=0, nb_rx_queue=1, nb_tx_queue=1)
    peer.call("eth_rx_queue_setup", port_id=0, queue_id=0, nb_desc=64, pool="small")
    peer.call("eth_tx_queue_setup", port_id=0, queue_id=0, nb_desc=64)
    assert peer.call("eth_dev_start", port_id=0).ret == 0
    fits, not_so = "00" * 64, "00" * 1024
    before = peer.call("mempool_avail_count", name="small").ret
    sent = peer.call(
        "eth_tx_burst", port_id=0, queue_id=0, frames=[fits, not_so, fits], pool="small"
    )
    assert (sent.ret, peer.call("mempool_avail_count", name="small").ret) == (1, before)
    scene.close()


def test_what_a_verb_throws_is_our_own_fault(scene: Scene) -> None:
    peer = scene.primary()
    with pytest.raises(HarnessFault, match="a mistake of our own"):
        peer.call("throw", message="a mistake of our own")
    assert peer.call("nothing") is not None
    scene.close()


def test_what_nobody_catches_is_told_and_is_no_signal(scene: Scene) -> None:
    peer = scene.primary()
    peer.may_end(code=OWN_FAULT)
    pending = peer.tell("throw", message="in a thread", thread=True)
    assert peer.wait_end() == Ending(code=OWN_FAULT)
    assert [line.failed for line in peer.events("failed")] == ["in a thread"]
    peer.forget(pending)
    scene.close()


def test_every_verb_that_names_a_header_is_a_function_of_it() -> None:
    said = subprocess.run([PEER, "--verbs=json"], capture_output=True, text=True, check=True).stdout
    headers: dict[str, str] = {}
    for verb, entry in json.loads(said).items():
        if "does" in entry or "absent" in entry:
            continue
        # The parts of rte_ring.h have files of their own: rte_ring_elem.h, rte_ring_peek.h, ...
        family = entry["header"].removesuffix(".h")
        if family not in headers:
            found = [path for folder in _include_folders() for path in folder.glob(f"{family}*.h")]
            headers[family] = "".join(path.read_text() for path in found)
        assert entry["function"] + "(" in headers[family], f"{verb} is not in {entry['header']}"


def test_reference_says_types_and_ranges() -> None:
    said = subprocess.run([PEER, "--verbs"], capture_output=True, text=True, check=True).stdout
    assert "eth_dev_start\n    rte_eth_dev_start, rte_ethdev.h\n" in said
    assert "    port_id: an integer that fits a C uint16_t: 0 to 65535\n" in said
    assert "    cache_size (optional): an integer that fits a C unsigned" in said


def _include_folders() -> list[Path]:
    flags = subprocess.run(
        ["pkg-config", "--cflags-only-I", "libdpdk"], capture_output=True, text=True, check=True
    ).stdout.split()
    return [Path(flag.removeprefix("-I")) for flag in flags]
