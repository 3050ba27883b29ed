# SPDX-License-Identifier: BSD-3-Clause
"""The QEMU of the box: which one, and its command line."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from ci.host.say import CannotRun
from ci.nic_host.kernel import Kernel
from ci.nic_host.nics import ADDRESS, WIRE, Nic
from ci.nic_host.where import ROOT

PACKAGES = ("qemu-system-x86", "busybox-static")
PROGRAM = "qemu-system-x86_64"

# The modules that the guest loads; what they depend on is found in them.
MODULES = (
    "virtio_pci",
    "virtio_console",
    "9p",
    "9pnet_virtio",
    "overlay",
    "virtio_net",
    "vfio_iommu_type1",
    "vfio_pci",
)

_NIC_MAC, _WIRE_MAC = "52:54:00:67:6e:01", "52:54:00:67:6e:02"
_QUIET = "console=ttyS0 quiet panic=-1 log_buf_len=4M"
# Debian's kernel does not use an Intel IOMMU unless it is told to.
_IOMMU = "intel_iommu=on"
# These save seconds in an emulated processor, which has nothing to be protected from.
_QUICK = "mitigations=off nokaslr no_timer_check random.trust_cpu=on"


@dataclass(frozen=True)
class Qemu:
    """A QEMU: how it is started, and its version."""

    argv: tuple[str, ...]
    version: tuple[int, int]


def installed() -> Qemu:
    """The QEMU of this machine; CannotRun when it does not say its version."""
    program = shutil.which(PROGRAM)
    if program is None:
        raise CannotRun(f"{PROGRAM} is missing: install {PACKAGES[0]}")
    return of((program,))


def of(argv: tuple[str, ...]) -> Qemu:
    """The QEMU that this starts."""
    done = subprocess.run([*argv, "--version"], capture_output=True, text=True)
    found = re.search(r"version (\d+)\.(\d+)", done.stdout)
    if not found:
        said = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise CannotRun(f"{argv[0]} is no QEMU that works: {said}")
    return Qemu(argv, (int(found[1]), int(found[2])))


@dataclass(frozen=True)
class Channels:
    """Where QEMU writes: the console and its own complaints, files; what the command prints, and signs of
    life, descriptors."""

    console: Path
    output: int
    signs: int


def command_line(
    qemu: Qemu, nic: Nic, kernel: Kernel, initrd: Path, out: Path, to: Channels
) -> list[str]:
    """The whole of it. Emulation only: where a /dev/kvm is there and cannot be used, QEMU would hang."""
    told = {"nic": ADDRESS, "mac": _WIRE_MAC, "wire": WIRE, "checkout": str(ROOT)}
    guest = " ".join(f"gauntlet.{word}={value}" for word, value in told.items())
    machine = "-M q35 -accel tcg,thread=multi -cpu Nehalem -m 2G -smp 2"
    nothing_else = "-nodefaults -no-user-config -display none -no-reboot"
    return [
        *qemu.argv,
        *machine.split(),
        *nothing_else.split(),
        *("-kernel", str(kernel.image), "-initrd", str(initrd)),
        *("-append", f"{_QUIET} {_IOMMU} {_QUICK} {guest}"),
        *("-device", "intel-iommu,intremap=on"),
        *("-serial", f"file:{to.console}"),
        *_channels(to),
        *_shared("host", Path("/"), ",readonly=on,multidevs=remap"),
        *_shared("out", out, ""),
        *_cable(nic),
    ]


def _channels(to: Channels) -> list[str]:
    """Ports without a terminal's rules between two programs."""
    found = ["-device", "virtio-serial-pci"]
    for number, (name, fd) in enumerate((("output", to.output), ("signs", to.signs)), 1):
        found += ["-chardev", f"file,id={name},path=/dev/fd/{fd}"]
        found += ["-device", f"virtserialport,nr={number},chardev={name},name={name}"]
    return found


def _shared(tag: str, folder: Path, options: str) -> list[str]:
    escaped = str(folder).replace(",", ",,")
    filesystem = f"local,id={tag},path={escaped},security_model=none{options}"
    return ["-fsdev", filesystem, "-device", f"virtio-9p-pci,fsdev={tag},mount_tag={tag}"]


def _cable(nic: Nic) -> list[str]:
    """The NIC, and an interface that the guest's kernel drives, on one hub that nobody else is on."""
    slot = int(ADDRESS[8:10], 16)
    ends = ((nic.device, _NIC_MAC), ("virtio-net-pci", _WIRE_MAC))
    found = []
    for number, (device, mac) in enumerate(ends):
        found += ["-netdev", f"hubport,hubid=1,id=end{number}"]
        place = f"mac={mac},addr={slot + number:#x}"
        found += ["-device", f"{device},netdev=end{number},{place}"]
    return found
