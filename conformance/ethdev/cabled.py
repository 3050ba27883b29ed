# SPDX-License-Identifier: BSD-3-Clause
"""Whether a wire is cabled to its port: one frame goes out on the wire and must come in at the port.

Without this, a wire that is somebody else's would be told as a loss of DPDK's.
"""

from __future__ import annotations

from pathlib import Path

from conformance.ethdev import started
from conformance.ethdev.started import Started
from conformance.verdicts.run import make
from targets import host_network
from targets.outcome import CannotRun, Hang, Unavailable
from traffic.frame import build
from traffic.ports import named
from traffic.ports.port import PortError
from traffic.wire import WireError

# No clause has a flow of this number.
FLOW = 0xCAB1E
MOST_STRANGE = 32


def arrives(up: Started) -> bool:
    """Whether a frame from the wire comes in at the port, between those of others. False when nothing
    has come for as long as a slow answer takes, or nothing but what is not ours."""
    frame = build(FLOW, 0, 1)[0]
    wire = up.port.open_wire()
    host_network.inside(wire.__enter__)
    try:
        for _ in range(MOST_STRANGE):
            polling = up.owner.tell("eth_rx_burst", port_id=up.port_id, queue_id=0, nb_pkts=1)
            up.owner.expect("polling")
            wire.send([frame])
            came = polling.comes(up.scene.speed.patience_s)
            if not came:
                up.owner.call("stop", of=polling.id)
            if frame.hex() in polling.answer().frames:
                return True
            if not came:
                return False
        return False
    finally:
        wire.__exit__()


def check(text: str, folder: Path) -> None:
    """CannotRun where the port does not receive what its wire sends, or cannot be started."""
    run = make(text, folder, None)
    port = named.parse(text)
    try:
        with run.scene(folder / "scene") as scene:
            cabled = arrives(started.start(scene, port))
    except (Hang, PortError, Unavailable, WireError) as error:
        raise CannotRun(f"port {text}: {error}") from error
    if not cabled:
        raise CannotRun(
            f"port {text}: a frame that {port.wire} sends does not come in at {port.device}: name the"
            " interface that is cabled to it"
        )
