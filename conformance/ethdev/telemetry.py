# SPDX-License-Identifier: BSD-3-Clause
"""What the telemetry of a scene answers."""

from __future__ import annotations

import json
import socket
from typing import Any

from targets.observed import observed
from targets.scene import Scene

_LARGEST = 64 * 1024


@observed
def ask(scene: Scene, command: str) -> Any:
    """What the telemetry at the path of a primary answers to a command, as JSON has it."""
    reply = scene.isolation.inside(_ask, scene, f"{scene.runtime}/dpdk_telemetry.v2", command)
    return reply[command.partition(",")[0]]


def _ask(scene: Scene, path: str, command: str) -> Any:
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as sock:
        sock.settimeout(scene.speed.deadline_s)
        sock.connect(path)
        sock.recv(_LARGEST)  # It greets.
        sock.send(command.encode())
        return json.loads(sock.recv(_LARGEST))
