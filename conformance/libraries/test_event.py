# SPDX-License-Identifier: BSD-3-Clause
"""rte_eventdev between processes, on the software driver: events of one that another one takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Generator

import pytest

from conformance.libraries.devices import scene_with
from conformance.roles import both_roles
from conformance.verdicts.run import Run
from targets.peer import Peer
from targets.scene import Scene

VDEV = "--vdev=event_sw0"
SENDER, TAKER = 0, 1  # ports of the device


@pytest.fixture
def scene(scene_directory: Path, run: Run) -> Generator[Scene, None, None]:
    """An empty scene, whose processes load the software event driver, too."""
    yield scene_with(run, scene_directory, "event_sw")


def _set_up(peer: Peer) -> list[str | None]:
    """A device with two ports, of which the second one takes all events, and its service, which this
    process may run; the errno of each step."""
    told = [
        peer.call("event_dev_set_up", dev_id=0, nb_event_ports=2, linked=TAKER),
        peer.call("event_dev_start", dev_id=0),
    ]
    service = peer.call("event_dev_service_id_get", dev_id=0).service_id
    told.append(peer.call("service_runstate_set", service_id=service, runstate=1))
    told.append(peer.call("service_set_runstate_mapped_check", service_id=service, enabled=0))
    return [each.errno for each in told]


def _schedule(peer: Peer) -> str | None:
    """The service of the device does its work."""
    service = peer.call("event_dev_service_id_get", dev_id=0).service_id
    for _ in range(4):
        errno: str | None = peer.call("service_run_iter_on_app_lcore", service_id=service).errno
    return errno


def _send(peer: Peer, *numbers: int) -> tuple[int, str | None]:
    """(how many events were taken, rte_errno)"""
    keys: dict[str, Any] = {"dev_id": 0, "port_id": SENDER, "numbers": list(numbers)}
    told = peer.call("event_enqueue_burst", **keys)
    return told.ret, told.rte_errno


def _take(peer: Peer) -> list[int]:
    numbers: list[int] = peer.call("event_dequeue_burst", dev_id=0, port_id=TAKER, n=8).numbers
    return numbers


@both_roles
def test_events_pass_between_processes(scene: Scene, role: str):
    """Events that one process sends by a port of the device the other one takes by another port, in
    their order; so does the primary alone.

    Source: rte_eventdev.h, rte_event_enqueue_burst: "Enqueue a burst of events objects or an event
        object supplied in rte_event structure on an event device designated by its dev_id"; of
        processes, nothing
    Since: 20.11   Strength: observed
    """
    primary = scene.primary(VDEV)
    steps = _set_up(primary)
    sent = [_send(primary, 1, 2)]
    _schedule(primary)
    alone = _take(primary)
    secondary = scene.secondary()
    sender, taker = (primary, secondary) if role == "primary" else (secondary, primary)
    sent.append(_send(sender, 3, 4))
    _schedule(primary)
    taken = _take(taker)
    assert (steps, sent[0], alone) == ([None] * 4, (2, None), [1, 2])
    assert (sent[1], taken) == ((2, None), [3, 4])


def test_service_of_the_device_is_the_primarys(scene: Scene):
    """A secondary has the event device of its primary, under the same id, and is told the id of its
    service; the secondary has no such service, and cannot run it.

    Source: rte_eventdev.h, rte_event_dev_service_id_get: "the service id used by the device"; of
        processes, nothing
    Since: 20.11   Strength: measured
    """
    primary, secondary = scene.primary(VDEV), scene.secondary()
    _set_up(primary)
    ids = [peer.call("event_dev_get_dev_id", name="event_sw0").ret for peer in scene.peers]
    services = [peer.call("event_dev_service_id_get", dev_id=0).service_id for peer in scene.peers]
    ran = [_schedule(peer) for peer in (primary, secondary)]
    assert (ids, secondary.call("event_dev_count").ret) == ([0, 0], 1)
    assert (len(set(services)), ran) == (1, [None, "EINVAL"])
