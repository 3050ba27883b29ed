# SPDX-License-Identifier: BSD-3-Clause
"""A program of traffic/hand/ on an interface: started, told, heard, ended."""
from __future__ import annotations

import json
import os
import socket
import subprocess
from pathlib import Path
from typing import Any, Callable, Iterator

from traffic.wire import Wire, WireError

BUILT = Path(__file__).resolve().parent.parent / "build" / "traffic"

_END_S = 10.0


class Program:
    """A process of the network namespace in which it is made, until `end`. When we are gone, it ends.

    WireError when the interface is not there, not up, or not allowed; and for all that the program
    refuses or fails at.
    """

    def __init__(self, name: str, interface: str) -> None:
        self._name = name
        self._interface = interface
        self._number = 0
        program = _find(name)
        with Wire(interface):
            pass  # It says what is wrong with an interface.
        self._socket, theirs = socket.socketpair()
        command = [str(program), f"--control-fd={theirs.fileno()}", interface]
        try:
            with theirs:
                self._process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    pass_fds=(theirs.fileno(),),
                    start_new_session=True,  # Ctrl-C is for us, and we end it.
                )
        except BaseException:
            self._socket.close()
            raise
        self._lines = self._socket.makefile("r")

    @property
    def pid(self) -> int:
        """The pid of the process."""
        return self._process.pid

    def tell(self, verb: str, **keys: Any) -> None:
        """Send a command. Read what is said of it before the next one."""
        self._number += 1
        command = {"id": self._number, "verb": verb, **keys}
        try:
            self._socket.sendall(json.dumps(command).encode() + b"\n")
        except OSError:
            pass  # It has ended; its last lines say why.

    def hear(self, on_event: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Return the answer to the command, or the first event for which `on_event` is true."""
        for line in self._told():
            told: dict[str, Any] = json.loads(line)
            why = told.get("refused") or told.get("failed") or told.get("why")
            if why:
                raise WireError(f"wire {self._interface!r}: the {self._name} says: {why}")
            if told.get("re") == self._number or "event" in told and on_event(told):
                return told
        code = self._process.wait()
        raise WireError(f"wire {self._interface!r}: the {self._name} has ended with {code}")

    def _told(self) -> Iterator[str]:
        try:
            for line in self._lines:  # "yield from" would close it.
                yield line
        except ConnectionResetError:
            pass  # It has ended without reading all that it was told.

    def end(self) -> int:
        """Let it end; its exit status."""
        self._lines.close()
        self._socket.close()
        try:
            return self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()


def _find(name: str) -> Path:
    """$GAUNTLET_HAND for a hand, or where the build puts it."""
    program = Path(os.environ.get(f"GAUNTLET_{name.upper()}", BUILT / name))
    if not program.exists():
        raise WireError(f"no {name} at {program}: build Gauntlet whole, `cmake --build build`")
    return program
