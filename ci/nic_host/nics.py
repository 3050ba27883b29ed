# SPDX-License-Identifier: BSD-3-Clause
"""The NICs that QEMU can be: what it is told, and which faults of its model are known."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Where the guest has it, on the PCI bus.
ADDRESS = "0000:00:08.0"
# And the interface of its kernel's that is cabled to it.
WIRE = "wire0"
# The first QEMU with a model of igb.
IGB_SINCE = (8, 0)


@dataclass(frozen=True)
class KnownFault:
    """A DMA fault that is QEMU's or the driver's: a pattern of the kernel's line, and the reason."""

    line: str
    why: str


@dataclass(frozen=True)
class Nic:
    """A kind of NIC. since: the first QEMU that has it."""

    name: str
    device: str
    since: tuple[int, int] = (0, 0)
    known_faults: tuple[KnownFault, ...] = ()

    def unknown(self, faults: list[str]) -> list[str]:
        """The lines of the kernel's, of these, that are not known."""
        known = [re.compile(fault.line) for fault in self.known_faults]
        return [line for line in faults if not any(each.search(line) for each in known)]


# Source: DPDK 22.11 to 26.07, drivers/net/vmxnet3: vmxnet3_setup_driver_shared and vmxnet3_dev_start.
_EARLY_COMMANDS = KnownFault(
    r"DMA Read .*fault addr 0x0 ",
    "net_vmxnet3 sends commands about VLANs before it has told the device where its shared area is, and "
    "the device looks at address 0",
)

NICS = {
    nic.name: nic
    for nic in (
        Nic("igb", "igb", since=IGB_SINCE),
        Nic("e1000e", "e1000e"),
        Nic("e1000", "e1000"),
        # Without iommu_platform the device goes past the IOMMU, and EAL's addresses mean nothing to it.
        Nic("virtio", "virtio-net-pci,disable-legacy=on,iommu_platform=on,ats=on"),
        Nic("vmxnet3", "vmxnet3", known_faults=(_EARLY_COMMANDS,)),
    )
}


# What the kernel prints for each access that the IOMMU refuses.
_FAULT = re.compile(r"DMAR: \[.*\] (?:Request device|fault addr).*")


def faults(log: str) -> list[str]:
    """The lines of the guest's kernel log that tell of DMA which the IOMMU refused."""
    return [found[0] for found in map(_FAULT.search, log.splitlines()) if found]
