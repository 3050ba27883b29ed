# SPDX-License-Identifier: BSD-3-Clause
"""The file of `faults/attack watch --record`: a scenario of what a deployment has said, with who was in
it."""

from __future__ import annotations

from pathlib import PurePosixPath

from faults.attacks import console
from faults.attacks.describe import Names
from faults.attacks.record import Recording
from faults.deployment import proc
from faults.deployment.find import Deployment
from faults.relay import Passed
from traffic.datagram import Layout


class RecordFile:
    """Written when it is closed. OSError where the file cannot be made."""

    def __init__(self, path: str, deployment: Deployment, layout: Layout) -> None:
        self._file = open(path, "w", encoding="utf-8")
        self._recording = Recording(layout)
        self._names = Names(deployment)
        self._told: dict[str, str] = {}
        self._there = [_name(one.address) for one in deployment.secondaries if one.address]
        primary = deployment.primary
        self._vdevs = [] if primary is None else vdevs(proc.words(primary.pid))
        for one in deployment.processes:
            self._told[_name(one.address)] = f"{one}: {proc.command(one.pid)}"

    def add(self, passed: Passed) -> None:
        """Takes a datagram."""
        for path in (passed.sender, passed.to):
            self._told.setdefault(_name(path), f"{self._names.of(path)}, which came later")
        self._recording.add(passed)

    def close(self) -> None:
        """Writes the scenario, and says what it lacks."""
        with self._file:
            self._file.write(self._recording.text(self._vdevs, self._there, self._told))
        console.line(f"written: {self._file.name}; ci/reproduce plays it")
        for what in self._recording.lacks:
            console.line(f"  it lacks {what}")


def vdevs(words: list[str]) -> list[str]:
    """The EAL arguments of a command line that make virtual devices."""
    found = [word for word in words if word.startswith("--vdev=")]
    found += [f"--vdev={value}" for word, value in zip(words, words[1:]) if word == "--vdev"]
    return found


def _name(path: str) -> str:
    return PurePosixPath(path).name
