# SPDX-License-Identifier: BSD-3-Clause
"""The box: starts the guest, passes on what the command prints, and ends with the command's status."""

from __future__ import annotations

import os
import selectors
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Sequence

from ci.host.say import CannotRun, step
from ci.nic_host import initrd, nics, progress, qemu
from ci.nic_host.kernel import Kernel
from ci.nic_host.nics import Nic
from ci.nic_host.qemu import Channels, Qemu
from ci.nic_host.where import HERE, ROOT, alone

TAIL = 12


@dataclass
class Box:
    """The box of a NIC. out: the folder that everything comes out into."""

    command: str
    nic: Nic
    qemu: Qemu
    kernel: Kernel
    out: Path = field(init=False)

    def __post_init__(self) -> None:
        self.out = HERE / self.nic.name

    def run(self, argv: Sequence[str]) -> int:
        """Runs a command in the guest, in the checkout: its exit status, or 1 where it is 0 and the NIC
        has made a DMA fault. CannotRun when the guest does not come to the command's end."""
        with alone(self.out, f"build/nic-host/{self.nic.name}"):
            shutil.rmtree(self.out, ignore_errors=True)
            (self.out / "box").mkdir(parents=True)
            line = f"cd {shlex.quote(str(ROOT))} && exec {shlex.join(argv)}"
            (self.out / "box" / "command").write_text(line)
            made = self.out / "box" / "initrd"
            made.write_bytes(initrd.archive(self.kernel, qemu.MODULES))
            guest = Guest(self, made)
            try:
                status = guest.follow()
            finally:
                guest.end()
            return status if self._no_fault() else status or 1

    def _no_fault(self) -> bool:
        """True unless the IOMMU has refused an access of the NIC's that is not known. Says the lines."""
        log = (self.out / "dmesg.log").read_text(errors="replace")
        found = nics.faults(log)
        unknown = self.nic.unknown(found)
        for line in unknown:
            step(self.command, f"DMA FAULT: {line}")
        if len(unknown) < len(found):
            reasons = "; ".join(fault.why for fault in self.nic.known_faults)
            step(self.command, f"{len(found) - len(unknown)} known DMA faults: {reasons}")
        return not unknown


class Guest:
    """A running guest. It ends with us, however we end."""

    def __init__(self, box: Box, made: Path) -> None:
        self._box = box
        self._heard: list[str] = []
        self._unread = b""
        self.console = box.out / "console.log"
        self.console.touch()
        ends = [os.pipe() for _ in range(2)]
        self._output, self._signs = (os.fdopen(end, "rb", 0) for end, _ in ends)
        to = Channels(self.console, *(end for _, end in ends))
        argv = qemu.command_line(box.qemu, box.nic, box.kernel, made, box.out, to)
        self._complaints = box.out / "box" / "qemu.log"
        try:
            with self._complaints.open("wb") as complaints:
                self.qemu = subprocess.Popen(
                    ["setpriv", "--pdeathsig", "KILL", "--", *argv],
                    stdin=subprocess.DEVNULL,
                    stdout=complaints,
                    stderr=complaints,
                    pass_fds=[end for _, end in ends],
                )
        finally:
            for _, end in ends:
                os.close(end)

    def follow(self) -> int:
        """Passes on what the command prints until the guest is off: the command's status. CannotRun when
        there is none."""
        why = self._watch()
        status = [int(sign.split()[1]) for sign in self._heard if sign.startswith("status ")]
        if status:
            return status[0]
        raise CannotRun(self._without_status(why))

    def _watch(self) -> str | None:
        """Why the guest was given up, or None when it ended by itself."""
        watched = progress.Progress()
        told = 0
        with (
            selectors.DefaultSelector() as pipes,
            (self._box.out / "output.log").open("wb") as log,
        ):
            pipes.register(self._output, selectors.EVENT_READ, self._pass_on)
            pipes.register(self._signs, selectors.EVENT_READ, self._take_sign)
            while pipes.get_map():
                ready = pipes.select(timeout=1.0)
                for key, _ in ready:
                    said = os.read(key.fd, 1 << 16)
                    if not said:
                        pipes.unregister(key.fileobj)
                    key.data(said, log)
                seen = progress.look(self.qemu.pid)
                grown = self.console.stat().st_size
                if ready or grown != told:
                    watched.alive(seen)
                told = grown
                why = watched.hangs(seen)
                if why:
                    return why
        return None

    def _pass_on(self, said: bytes, log: BinaryIO) -> None:
        log.write(said)
        log.flush()
        sys.stdout.buffer.write(said)
        sys.stdout.flush()

    def _take_sign(self, said: bytes, log: BinaryIO) -> None:
        *lines, self._unread = (self._unread + said).split(b"\n")
        for line in lines:
            sign = line.decode(errors="replace")
            self._heard.append(sign)
            if sign.startswith("ready "):
                seconds = sign.split()[1]
                kernel = self._box.kernel.version
                step(self._box.command, f"Linux {kernel} is ready after {seconds} s")

    def _without_status(self, why: str | None) -> str:
        """The reason in a line, and the last lines of the console."""
        name = f"the guest with {self._box.nic.name}"
        complaint = self._complaints.read_text(errors="replace").strip().splitlines()
        if why:
            found = f"{name} {why}"
        elif complaint and not self._heard:
            found = f"QEMU does not start: {complaint[-1]}"
        else:
            found = f"{name} ended before the command did"
        lines = self.console.read_text(errors="replace").splitlines()[-TAIL:]
        where = self.console.relative_to(ROOT)
        return "\n".join([f"{found}; its console ({where}) ends:", *lines])

    def end(self) -> None:
        """Ends the guest, if it has not ended."""
        self.qemu.kill()
        self.qemu.wait()
        self._output.close()
        self._signs.close()
