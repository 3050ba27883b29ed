# SPDX-License-Identifier: BSD-3-Clause
"""Gives a PCI device to vfio-pci while a run lasts, and back to its driver after it, however it ends.

An undo process does both. What a device had before is its driver, or none, and its driver_override.
Source: Linux, Documentation/ABI/testing/sysfs-bus-pci, "driver_override", "drivers_probe"
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Callable

from ci.host.say import CannotRun, step
from ci.host.undo import UndoProcess
from traffic.ports.cable import Cable
from traffic.ports.pci_device import BIFURCATED, VFIO, PciDevice

# What an override says where there is none.
_NO_OVERRIDE = "(null)"
BOUND = "bound"


def refusal(device: PciDevice, cable: Callable[[str], Cable] = Cable) -> str | None:
    """Why a device may not be taken from its driver, and what to do; None where it may. cable: makes one
    of an interface's name."""
    if device.driver in BIFURCATED:
        return f"its driver is {device.driver}, beside which DPDK works: leave --bind out"
    if not (device.sys / "bus" / "pci" / "drivers" / VFIO).exists():
        return f"the kernel has no driver {VFIO} loaded: modprobe {VFIO}"
    for interface in sorted(path.name for path in (device.folder / "net").glob("*")):
        if cable(interface).has_default_route():
            return f"the default route of this machine goes through it ({interface})"
        if cable(interface).has_ssh_session():
            return f"an SSH session comes through it ({interface})"
    return None


class Bound:
    """With-block: the device is at vfio-pci. CannotRun, and nothing is changed, where it cannot be."""

    def __init__(self, command: str, device: PciDevice) -> None:
        self._command = command
        self._device = device
        self._undo: UndoProcess | None = None

    def __enter__(self) -> Bound:
        device, before = self._device, self._device.driver
        if not device.folder.exists() or before == VFIO:
            return self  # Whoever uses it says what is wrong, or nothing is to be done.
        why = refusal(device)
        if why:
            raise CannotRun(f"--bind: {device.address}: {why}")
        back = f"{before} has it" if before else "no driver has it"
        step(self._command, f"gives {device.address} to {VFIO}; at the end {back} again")
        self._undo = UndoProcess("ci.host.bind", device.address)
        if self._undo.said != BOUND:
            said, undo, self._undo = self._undo.said, self._undo, None
            undo.undo()
            raise CannotRun(f"--bind: {device.address} cannot be given to {VFIO}: {said}")
        return self

    def __exit__(self, *_: object) -> None:
        if self._undo is not None:
            self._undo.undo()


def hand_over(device: PciDevice, override: str, *, probe: bool = True) -> None:
    """Takes the device from its driver. probe: and gives it to the one that `override` names, or, where
    that is empty, to the one that knows it. OSError where the kernel refuses."""
    (device.folder / "driver_override").write_text(f"{override}\n")
    if device.driver is not None:
        (device.folder / "driver" / "unbind").write_text(device.address)
    if probe:
        (device.sys / "bus" / "pci" / "drivers_probe").write_text(device.address)


def lend(device: PciDevice) -> None:
    """The undo process: hands the device over, says so, and takes it back at the end of its input."""
    override = (device.folder / "driver_override").read_text().strip()
    before = device.driver
    try:
        try:
            hand_over(device, VFIO)
            said = BOUND if device.driver == VFIO else f"its driver is {device.driver}"
        except OSError as error:
            said = f"{error.filename}: {error.strerror}"
        with suppress(BrokenPipeError):  # The owner may have ended already.
            os.write(1, f"{said}\n".encode())
        sys.stdin.read()
    finally:
        hand_over(device, override.replace(_NO_OVERRIDE, ""), probe=before is not None)


if __name__ == "__main__":
    lend(PciDevice(sys.argv[1]))
