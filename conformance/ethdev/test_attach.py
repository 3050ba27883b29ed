# SPDX-License-Identifier: BSD-3-Clause
"""The port's device is detached and attached again while all run, by either side."""

from __future__ import annotations

from conformance.ethdev import started, stream
from conformance.ethdev.control import ALL_FORWARDED, forwards
from conformance.ethdev.needs import need
from conformance.ethdev.started import Started
from conformance.ethdev.stream import Stream
from conformance.ipc_users.device import ports
from conformance.ipc_users.serve import serve_devices
from conformance.roles import both_roles
from faults.ghost import Ghost
from targets.peer import Peer
from targets.scene import Scene
from traffic.ports.port import Port


def _start(scene: Scene, port: Port) -> tuple[Started, Peer]:
    """A started port, and a secondary. Unavailable where even its owner alone cannot attach it again."""
    need(port, port.reattaches)
    return started.start(scene, port), scene.secondary()


def _one(up: Started, secondary: Peer, role: str) -> Peer:
    return up.owner if role == "primary" else secondary


def _detach(up: Started, secondary: Peer, by: Peer) -> tuple[str | None, list[str]]:
    """Detaches the device; the error, and who still has the device's file open.

    Where one has a tap's, the interface lives on, and attached again it has two queues: which frames go
    into the one that nobody reads is the kernel's choice, another one after each boot.
    """
    error: str | None = by.call("dev_remove", dev=up.port.device).errno
    file = None if up.port.is_hardware else up.port.node
    return error, [peer.name for peer in (up.owner, secondary) if file in peer.open_paths()]


def _forwards_anew(up: Started) -> str:
    """The account of frames, when the owner has set up the port that is new to it."""
    found = up.owner.call("eth_dev_get_port_by_name", name=up.port.device)
    up.port_id = found.port_id
    started.set_up_port(up)
    return forwards(up, 2, late=stream.FLOW)


@both_roles
def test_device_comes_back(scene: Scene, port: Port, role: str):
    """A process detaches the port's device, and nobody has it; it attaches it again, and everybody has
    it, and the owner sets it up and forwards all frames.

    Source: rte_dev.h, rte_dev_remove: "In multi-process, it will request other processes to remove the
    same device"; rte_dev_probe: "... to add the same device"
    Since: 20.11   Strength: must
    """
    up, secondary = _start(scene, port)
    one = _one(up, secondary, role)
    detached = _detach(up, secondary, one), ports(up.owner, secondary)
    attached = one.call("dev_probe", devargs=port.devargs).errno, ports(up.owner, secondary)
    assert (detached, attached) == (((None, []), [0, 0]), (None, [1, 1]))
    assert _forwards_anew(up) == ALL_FORWARDED


@both_roles
def test_device_is_detached_while_frames_come(scene: Scene, port: Port, role: str):
    """A process detaches the port's device while frames come in that nobody polls for: nobody has it,
    nobody dies, and attached again it forwards all frames that come then.

    Source: rte_dev.h, rte_dev_remove and rte_dev_probe, as above
    Since: 20.11   Strength: must
    """
    up, secondary = _start(scene, port)
    one = _one(up, secondary, role)
    with Stream(up):
        detached = _detach(up, secondary, one), ports(up.owner, secondary)
    attached = one.call("dev_probe", devargs=port.devargs).errno, ports(up.owner, secondary)
    assert (detached, attached) == (((None, []), [0, 0]), (None, [1, 1]))
    assert _forwards_anew(up) == ALL_FORWARDED


@both_roles
def test_failing_attach_is_undone(scene: Scene, port: Port, role: str):
    """Where another process cannot attach the port's device, nobody keeps it, and the caller gets that
    one's error; attached again it forwards all frames.

    Source: rte_dev.h, rte_dev_probe: "A failure, in any process, will rollback the action"
    Since: 20.11   Strength: must
    """
    up, secondary = _start(scene, port)
    one = _one(up, secondary, role)
    assert _detach(up, secondary, one) == (None, [])
    with Ghost(scene) as ghost:
        pending = one.tell("dev_probe", devargs=port.devargs)
        serve_devices(ghost, pending, result=-5)
    failed = pending.answer().errno, ports(up.owner, secondary)
    attached = one.call("dev_probe", devargs=port.devargs).errno, ports(up.owner, secondary)
    assert (failed, attached) == (("EIO", [0, 0]), (None, [1, 1]))
    assert _forwards_anew(up) == ALL_FORWARDED
