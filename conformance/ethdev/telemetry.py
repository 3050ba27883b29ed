# SPDX-License-Identifier: BSD-3-Clause
"""What the telemetry of a scene answers."""

from __future__ import annotations

import json
import select
import socket
from typing import Any

from targets.observed import observed
from targets.scene import Scene

_LARGEST = 64 * 1024


class Question:
    """A command that telemetry was sent, whose answer may be long in coming."""

    def __init__(self, scene: Scene, command: str) -> None:
        self._command = command
        self._socket = scene.isolation.inside(_connected, scene)
        self._socket.send(command.encode())

    @property
    def answered(self) -> bool:
        """Whether there is an answer, or the process is gone; also when that has been read."""
        closed = self._socket.fileno() < 0
        return closed or bool(select.select([self._socket], [], [], 0)[0])

    @observed
    def answer(self) -> Any:
        """What is answered, as JSON has it; None where the process has died instead."""
        with self._socket:
            try:
                reply = self._socket.recv(_LARGEST)
            except ConnectionResetError:
                reply = b""
        return json.loads(reply)[self._command.partition(",")[0]] if reply else None


def ask(scene: Scene, command: str) -> Any:
    """What the telemetry at the path of a primary answers to a command, as JSON has it."""
    return Question(scene, command).answer()


def _connected(scene: Scene) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    sock.settimeout(scene.speed.deadline_s)
    sock.connect(f"{scene.runtime}/dpdk_telemetry.v2")
    sock.recv(_LARGEST)  # It greets.
    return sock
