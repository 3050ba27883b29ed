# SPDX-License-Identifier: BSD-3-Clause
"""A PCI device as this machine's kernel has it, and why DPDK could not have it."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

SYS = Path("/sys")
DEV = Path("/dev")

VFIO = "vfio-pci"
# Their DPDK drivers work beside these drivers of the kernel's, which keep the device.
BIFURCATED = ("mlx4_core", "mlx5_core", "mana")
# What may be in a group that is given away: the kernel's vfio has this list, and bridges.
_HARMLESS = (VFIO, "pci-stub", "pcieport", None)
_NETWORK, _BRIDGE = 0x02, 0x06


@dataclass(frozen=True)
class PciDevice:
    """The device at an address. sys, dev: where the kernel tells of devices."""

    address: str
    sys: Path = SYS
    dev: Path = DEV

    @property
    def folder(self) -> Path:
        """The device's folder in /sys."""
        return self.sys / "bus" / "pci" / "devices" / self.address

    @property
    def id(self) -> tuple[int, int]:
        """Vendor and device."""
        return self._number("vendor"), self._number("device")

    @property
    def base_class(self) -> int:
        """The first byte of the class: 2 is a network controller."""
        return self._number("class") >> 16

    @property
    def driver(self) -> str | None:
        """The kernel's driver that has the device."""
        return self._link("driver")

    @property
    def group(self) -> str | None:
        """The number of the IOMMU group."""
        return self._link("iommu_group")

    @property
    def companions(self) -> list[PciDevice]:
        """The other devices of the group: whoever has one of them has all."""
        addresses = sorted(path.name for path in (self.folder / "iommu_group/devices").glob("*"))
        others = [address for address in addresses if address != self.address]
        return [PciDevice(address, self.sys, self.dev) for address in others]

    @property
    def numa_node(self) -> str:
        """The NUMA node, "none" where the machine does not tell."""
        node = int((self.folder / "numa_node").read_text())
        return str(node) if node >= 0 else "none"

    def why_not(self) -> str | None:
        """Return why DPDK cannot have the device now, what to do, and None when it can."""
        if not self.folder.exists():
            there = ", ".join(self._networks()) or "none"
            return f"there is no such device; this machine's network devices are: {there}"
        if self.base_class != _NETWORK:
            return f"it is no network device: its class is {self._number('class'):#08x}"
        if self.driver in BIFURCATED:
            return None
        if self.group is None:
            return (
                "it is behind no IOMMU, without which a device may write anywhere: enable the IOMMU in"
                " the firmware, and on the kernel command line (intel_iommu=on)"
            )
        if self.driver != VFIO:
            return f"its driver is {self.driver or 'none'}, {VFIO} is needed: {self.remedy}"
        used = [f"{each.address} ({each.driver})" for each in self.companions if each.in_use]
        if used:
            return (
                f"IOMMU group {self.group} has devices in use beside it: {', '.join(used)}; give them to"
                f" {VFIO}, too, or use another slot"
            )
        node = self.dev / "vfio" / self.group
        return None if node.exists() else f"{node} is not there: load the kernel's {VFIO}"

    @property
    def in_use(self) -> bool:
        """Whether the kernel keeps the group of the device from being given away."""
        return self.driver not in _HARMLESS and self.base_class != _BRIDGE

    @property
    def remedy(self) -> str:
        """The commands that give the device to vfio-pci."""
        steps = [f"modprobe {VFIO}", f"echo {VFIO} > {self.folder}/driver_override"]
        if self.driver:
            steps.append(f"echo {self.address} > {self.folder}/driver/unbind")
        steps.append(f"echo {self.address} > {self.sys}/bus/pci/drivers_probe")
        return "; ".join(steps)

    def describe(self) -> str:
        """The device in a line."""
        vendor, device = self.id
        group = "no IOMMU group"
        if self.group is not None:
            others = ", ".join(f"{each.address} ({each.driver})" for each in self.companions)
            group = f"IOMMU group {self.group} ({'with ' + others if others else 'alone'})"
        untried = " (a driver that Gauntlet has not been tried on)"
        driver = f"{self.driver}{untried if self.driver in BIFURCATED else ''}"
        return f"{vendor:04x}:{device:04x}, {driver}, {group}, NUMA node {self.numa_node}"

    def _networks(self) -> list[str]:
        found = sorted(path.name for path in self.folder.parent.glob("*"))
        devices = (PciDevice(address, self.sys, self.dev) for address in found)
        return [each.address for each in devices if each.base_class == _NETWORK]

    def _number(self, name: str) -> int:
        return int((self.folder / name).read_text(), 16)

    def _link(self, name: str) -> str | None:
        path = self.folder / name
        return path.resolve().name if path.is_symlink() else None
