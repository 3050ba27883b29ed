# SPDX-License-Identifier: BSD-3-Clause
"""A primary that leaves, in whatever way: what becomes of the port, of who is left, and of who comes."""

from __future__ import annotations

import pytest

from conformance.ethdev import started
from conformance.ethdev.control import ALL_FORWARDED, error_of, forwards
from conformance.ethdev.leaving import WAYS, leave
from conformance.ethdev.needs import need
from conformance.ethdev.started import exact, told
from targets.peer import Peer
from targets.scene import Scene
from traffic.frame import build
from traffic.ports.port import Port

BURST = 16
FRAMES = 600

READS = ("eth_dev_info_get", "eth_link_get", "eth_stats_get", "eth_xstats_get")


def _holders(port: Port, *peers: Peer) -> list[str]:
    """The names of those that hold the file of the port's device open."""
    return [peer.name for peer in peers if peer.alive and port.node in peer.open_paths()]


def _errors(peer: Peer, port_id: int) -> list[str]:
    """What comes of calls that read the port."""
    return [error_of(peer.call(verb, port_id=port_id)) for verb in READS]


@pytest.mark.parametrize("way", ["exit", "kill"])
def test_survivor_reads_the_port(scene: Scene, port: Port, way: str):
    """When the primary has died, or has left without rte_eal_cleanup, a secondary's calls that read the
    port are answered as before, and it ends cleanly by itself.

    Source: nobody promises anything; guide, "Multi-process Support": secondary processes "can only run
    alongside a primary process or after a primary process has already configured the hugepage shared
    memory for them"
    Since: 20.11   Strength: measured
    """
    up = started.start(scene, port)
    survivor = scene.secondary()
    before = _errors(survivor, up.port_id)
    leave(up.owner, way)
    after = _errors(survivor, up.port_id)
    survivor.stop()
    assert after == before


def test_survivor_of_a_cleanup_lives(scene: Scene, port: Port):
    """When the primary has left by rte_eal_cleanup, which closes the port, a secondary's calls that read
    the port are answered, and it ends cleanly by itself.

    Source: nobody promises anything; guide, "Multi-process Support", as above
    Since: 20.11   Strength: measured
    """
    up = started.start(scene, port)
    survivor = scene.secondary()
    leave(up.owner, "cleanup")
    _errors(survivor, up.port_id)
    survivor.stop()
    assert str(survivor.ending) == "exit 0"


@pytest.mark.parametrize("way", ["exit", "kill"])
def test_survivor_goes_on(scene: Scene, port: Port, way: str):
    """A secondary that forwards loses no frame when its primary dies or exits, without cleanup.

    Source: nobody promises anything; guide, "Multi-process Support", as above
    Since: 20.11   Strength: measured
    """
    need(port, port.secondary_data_path, port.outlives_owner)
    up = started.start(scene, port)
    survivor = scene.secondary()
    echo = survivor.tell("symmetric_forward", port_id=up.port_id, queue_id=0, burst=BURST)
    survivor.expect("working")
    with up.pump() as pump:
        arrivals = pump.run(build(1, 0, FRAMES), {FRAMES // 2: lambda: leave(up.owner, way)})
    survivor.call("stop", of=echo.id)
    counted = echo.answer()
    assert (told(arrivals, in_order=True), counted.sent) == (exact(FRAMES), FRAMES)


@pytest.mark.parametrize("way", WAYS)
def test_device_is_free_when_all_are_gone(scene: Scene, port: Port, way: str):
    """When the primary and then its last secondary have left, no process holds the device, and a new
    primary of the same prefix takes it at once and forwards all frames.

    Source: guide, "Multi-process Support": primary processes "can initialize and ... have full
    permissions on shared memory"; nobody promises when the device is free
    Since: 20.11   Strength: measured
    """
    need(port, port.outlives_owner)
    up = started.start(scene, port)
    survivor = scene.secondary()
    leave(up.owner, way)
    while_it_lives = _holders(port, up.owner, survivor)
    leave(survivor, "kill")
    successor = started.own(scene, port)
    held = [] if port.node is None else [survivor.name]
    assert (while_it_lives, forwards(successor, 1)) == (held, ALL_FORWARDED)
