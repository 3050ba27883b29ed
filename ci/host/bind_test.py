# SPDX-License-Identifier: BSD-3-Clause
"""Proves what the kernel is told when a device is given away and back, and whose device is not taken."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from ci.host import bind
from ci.host.say import CannotRun
from traffic.ports.cable import Cable
from traffic.ports.pci_device import PciDevice
from traffic.ports.pci_device_test import ADDRESS, Machine


class _Routed(Cable):
    """An interface that everything goes through."""

    def has_default_route(self) -> bool:
        return True


class _Spoken(Cable):
    """An interface that somebody works through."""

    def has_default_route(self) -> bool:
        return False

    def has_ssh_session(self) -> bool:
        return True


class _Kernel(Machine):
    """A machine whose files keep all that is written to them."""

    def give(self, driver: str | None, override: str = "(null)") -> PciDevice:
        """A NIC with this driver, and vfio-pci for whom it may concern."""
        device = self.add(ADDRESS, driver)
        (self.sys / "bus/pci/drivers/vfio-pci").mkdir(parents=True, exist_ok=True)
        (device.folder / "driver_override").write_text(f"{override}\n")
        return device

    def told(self, device: PciDevice) -> list[str | None]:
        """What stands in driver_override, in the driver's unbind, and in drivers_probe."""
        unbind = device.folder / "driver" / "unbind"
        files = (device.folder / "driver_override", unbind, self.sys / "bus/pci/drivers_probe")
        return [file.read_text().strip() if file.exists() else None for file in files]


@pytest.fixture
def kernel(tmp_path: Path) -> _Kernel:
    return _Kernel(tmp_path)


def test_device_is_taken_from_its_driver_and_offered_to_vfio(kernel: _Kernel) -> None:
    device = kernel.give("ixgbe")
    bind.hand_over(device, "vfio-pci")
    assert kernel.told(device) == ["vfio-pci", ADDRESS, ADDRESS]


@pytest.mark.parametrize(
    ("driver", "override", "told"),
    [
        ("ixgbe", "(null)", ["", ADDRESS, ADDRESS]),
        ("ixgbe", "ixgbe", ["ixgbe", ADDRESS, ADDRESS]),
        (None, "(null)", ["", None, None]),
    ],
)
def test_device_is_put_back_as_it_was(
    kernel: _Kernel,
    monkeypatch: pytest.MonkeyPatch,
    driver: str | None,
    override: str,
    told: list[str | None],
) -> None:
    device = kernel.give(driver, override)

    class _Owner(io.StringIO):
        def read(self, *_: object) -> str:
            """The owner has ended. What the kernel was told until then is forgotten."""
            assert kernel.told(device)[0] == "vfio-pci"
            (kernel.sys / "bus/pci/drivers_probe").unlink()
            return ""

    monkeypatch.setattr(sys, "stdin", _Owner())
    bind.lend(device)
    assert kernel.told(device) == told


def test_device_that_the_kernel_keeps_is_told(
    kernel: _Kernel, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    bind.lend(kernel.give("ixgbe"))  # Nobody binds it.
    assert capfd.readouterr().out == "its driver is ixgbe\n"


@pytest.mark.parametrize(
    ("cable", "why"),
    [
        (_Routed, "the default route of this machine goes through it"),
        (_Spoken, "an SSH session comes through it"),
    ],
)
def test_device_that_others_need_is_not_taken(
    kernel: _Kernel, cable: type[Cable], why: str
) -> None:
    device = kernel.give("ixgbe")
    (device.folder / "net" / "eth0").mkdir(parents=True)
    assert bind.refusal(device, cable) == f"{why} (eth0)"


def test_device_that_needs_no_binding_is_not_taken(kernel: _Kernel) -> None:
    why = bind.refusal(kernel.give("mlx5_core"))
    assert why == "its driver is mlx5_core, beside which DPDK works: leave --bind out"


def test_kernel_without_vfio_is_told(tmp_path: Path) -> None:
    bound = bind.Bound("ci/x", Machine(tmp_path).add(ADDRESS, "ixgbe"))
    with pytest.raises(CannotRun, match="the kernel has no driver vfio-pci loaded: modprobe vfio"):
        bound.__enter__()


def test_device_that_is_at_vfio_is_left_there(kernel: _Kernel) -> None:
    with bind.Bound("ci/x", kernel.give("vfio-pci")):
        pass
    assert kernel.told(PciDevice(ADDRESS, kernel.sys, kernel.dev))[2] is None
