# SPDX-License-Identifier: BSD-3-Clause
"""A PCI device that DPDK cannot have is refused: with the reason, and the command that helps."""
from __future__ import annotations

from pathlib import Path

import pytest

from traffic.ports.pci_device import PciDevice

ADDRESS, OTHER = "0000:03:00.0", "0000:03:00.1"


class Machine:
    """A /sys and a /dev with PCI devices."""

    def __init__(self, folder: Path) -> None:
        self.sys, self.dev = folder / "sys", folder / "dev"
        (self.sys / "bus/pci/devices").mkdir(parents=True)
        (self.dev / "vfio").mkdir(parents=True)
        (self.dev / "vfio" / "7").touch()

    def add(
        self,
        address: str,
        driver: str | None = "vfio-pci",
        group: str | None = "7",
        kind: str = "0x020000",
    ) -> PciDevice:
        """Adds a device; the NIC by default."""
        device = PciDevice(address, self.sys, self.dev)
        device.folder.mkdir()
        texts = {"class": kind, "vendor": "0x8086", "device": "0x10d3", "numa_node": "-1"}
        for name, text in texts.items():
            (device.folder / name).write_text(f"{text}\n")
        if driver:
            there = self.sys / "bus/pci/drivers" / driver
            there.mkdir(parents=True, exist_ok=True)
            (device.folder / "driver").symlink_to(there)
        if group:
            there = self.sys / "kernel/iommu_groups" / group / "devices"
            there.mkdir(parents=True, exist_ok=True)
            (device.folder / "iommu_group").symlink_to(there.parent)
            (there / address).symlink_to(device.folder)
        return device


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_a_device_at_vfio_pci_can_be_had(machine: Machine) -> None:
    device = machine.add(ADDRESS)
    assert (device.why_not(), device.id) == (None, (0x8086, 0x10D3))
    told = "8086:10d3, vfio-pci, IOMMU group 7 (alone), NUMA node none"
    assert device.describe() == told


def test_one_that_is_not_there_is_refused_with_those_that_are(machine: Machine) -> None:
    machine.add(OTHER)
    machine.add("0000:00:02.0", kind="0x030000")
    why = str(PciDevice(ADDRESS, machine.sys, machine.dev).why_not())
    assert why == f"there is no such device; this machine's network devices are: {OTHER}"


def test_one_that_is_no_network_device_is_refused(machine: Machine) -> None:
    why = machine.add(ADDRESS, kind="0x030000").why_not()
    assert why == "it is no network device: its class is 0x030000"


@pytest.mark.parametrize(("driver", "unbind"), [("ixgbe", True), (None, False)])
def test_another_driver_is_refused_with_the_commands(
    machine: Machine, driver: str | None, unbind: bool
) -> None:
    device = machine.add(ADDRESS, driver=driver)
    why = str(device.why_not())
    assert why.startswith(f"its driver is {driver or 'none'}, vfio-pci is needed: ")
    assert f"echo vfio-pci > {device.folder}/driver_override" in why
    assert (f"echo {ADDRESS} > {device.folder}/driver/unbind" in why) == unbind
    assert why.endswith(f"echo {ADDRESS} > {machine.sys}/bus/pci/drivers_probe")


def test_no_iommu_is_refused(machine: Machine) -> None:
    assert "it is behind no IOMMU" in str(machine.add(ADDRESS, group=None).why_not())


@pytest.mark.parametrize(
    ("driver", "kind", "refused"),
    [
        ("ixgbe", "0x020000", True),
        ("vfio-pci", "0x020000", False),
        (None, "0x020000", False),
        ("pcieport", "0x060400", False),
        ("some_bridge", "0x060400", False),
    ],
)
def test_a_group_with_others_in_use_is_refused(
    machine: Machine, driver: str | None, kind: str, refused: bool
) -> None:
    device = machine.add(ADDRESS)
    machine.add(OTHER, driver=driver, kind=kind)
    why = device.why_not()
    assert (why is not None) == refused
    assert not refused or f"in use beside it: {OTHER} ({driver})" in str(why)
    assert f"IOMMU group 7 (with {OTHER} ({driver}))" in device.describe()


def test_no_node_of_the_group_is_refused(machine: Machine) -> None:
    assert "vfio/8 is not there" in str(machine.add(ADDRESS, group="8").why_not())


def test_a_driver_that_shares_the_device_needs_no_vfio(machine: Machine) -> None:
    device = machine.add(ADDRESS, driver="mlx5_core", group=None)
    assert device.why_not() is None
    assert "mlx5_core (a driver that Gauntlet has not been tried on)" in device.describe()
