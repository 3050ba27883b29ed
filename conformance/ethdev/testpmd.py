# SPDX-License-Identifier: BSD-3-Clause
"""dpdk-testpmd as a primary and as a secondary that forward on one port, each on queues of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass

from conformance.applications import tools
from conformance.ethdev.needs import need, need_one_copy
from conformance.ethdev.started import flows, told, wire_of
from targets.application import Application
from targets.observed import observed
from targets.outcome import Unavailable
from targets.scene import Scene
from traffic.ports.bridged import Bridged
from traffic.ports.port import Port
from traffic.pump import Pump
from traffic.tunnel import Tunnel

# Two for each process: with more than one, dpdk-testpmd counts what it forwards itself.
QUEUES = 4
# So many that the kernel's hash hardly leaves a queue without any.
FLOWS = 64
EACH = 4

_ARGUMENTS = (
    "-i",
    f"--rxq={QUEUES}",
    f"--txq={QUEUES}",
    "--num-procs=2",
    "--total-num-mbufs=4096",
    "--port-topology=loop",
)
_AT_ITS_PROMPT = "^testpmd> "


@dataclass
class Pair:
    """A primary and a secondary that share the port of the primary."""

    scene: Scene
    port: Port
    primary: Application
    secondary: Application

    def carry(self, turn: int) -> str:
        """What becomes of frames of many flows, new ones each turn, in a line."""
        with wire_of(self.scene, self.port) as wire:
            pump = Pump(Tunnel(wire, both_ways=True), FLOWS * EACH, self.scene.speed.ample_s)
            return told(pump.run(flows(range(FLOWS), turn * EACH, EACH)), in_order=True)

    def replace(self) -> None:
        """Another secondary in the place of the one that has left."""
        self.secondary = _started(self.scene, self.port, "secondary")


def pair(scene: Scene, port: Port) -> Pair:
    """A primary with the port and a secondary, at their prompts. Unavailable where a process of ours is
    the wire, or where a secondary has no queue of its own."""
    need(port, port.has_wire)
    if isinstance(port, Bridged) or port.is_hardware:
        raise Unavailable(
            f"{port.kind}: what is at its other side asks its primary, which is a peer"
        )
    need(port, port.secondary_data_path)
    need_one_copy(port)
    scene.need_network()
    scene.isolation.inside(port.prepare)
    primary = _started(scene, port, "primary")
    scene.isolation.inside(port.link_up)
    primary.asked("port start 0", "^Done")
    return Pair(scene, port, primary, _started(scene, port, "secondary"))


def _started(scene: Scene, port: Port, role: str) -> Application:
    tools.need_secondaries(scene)
    eal, own = [tools.lcores()], ["--proc-id=1"]
    if role == "primary":
        eal += port.eal_args(QUEUES)
        # What the kernel says on a wire before it is set up is no frame of ours.
        own = ["--proc-id=0", "--disable-device-start"]
    started = Application(scene, "dpdk-testpmd", role, tuple(eal), (*_ARGUMENTS, *own))
    started.prints(_AT_ITS_PROMPT)
    return started


def forward(*processes: Application) -> None:
    """Has processes forward: what comes in on a queue of theirs goes out on the queue of its number."""
    for one in processes:
        one.asked("start", "packets/burst")


@observed
def stop(one: Application) -> int:
    """Has a process forward no more; how many frames it has received from its queues."""
    one.asked("stop", "Waiting for lcores")
    count = 0
    for _ in range(QUEUES // 2):
        one.prints("Forward Stats for RX Port= 0/Queue=")
        count += _received(one.prints("RX-packets"))
    one.prints("^Done")
    return count


@observed
def statistics(one: Application) -> int:
    """How many frames the port has received, as a process tells."""
    count = _received(one.asked("show port stats 0", "RX-packets"))
    one.prints("Tx-pps")
    return count


def _received(line: str) -> int:
    found = re.search(r"RX-packets:\s*(\d+)", line)
    assert found is not None
    return int(found[1])
