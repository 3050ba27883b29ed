# SPDX-License-Identifier: BSD-3-Clause
"""A PCI device by its address: how it is named, and what it is to a run."""
from __future__ import annotations

import pytest

from traffic.far.address import SshAddress
from traffic.far.connection import Connection, FarError
from traffic.far.wire import FarWire
from traffic.ports import pci
from traffic.ports.cable import Cable
from traffic.ports.far_cable import FarCable
from traffic.ports.named import parse
from traffic.ports.pci import Pci
from traffic.ports.pci_device import PciDevice
from traffic.ports.port import PortError
from traffic.wire import Wire

NIC = Pci("0000:03:00.0", Cable("eth1"))


@pytest.mark.parametrize("text", ["0000:03:00.0,wire=eth1", "03:00.0,wire=eth1"])
def test_an_address_names_a_device(text: str) -> None:
    port = parse(text)
    assert port == NIC
    assert (port.device, port.wire, port.pci_address) == ("0000:03:00.0", "eth1", port.device)
    assert (port.eal_args(4), port.is_hardware) == ([], True)


def test_a_wire_may_be_on_another_host() -> None:
    port = parse("03:00.0,wire=ssh://root@lab1:2222/eth1")
    assert port == Pci("0000:03:00.0", FarCable(SshAddress("lab1", "root", 2222), "eth1"))
    assert port.wire == "ssh://root@lab1:2222/eth1"
    assert isinstance(port.open_wire(), FarWire) and isinstance(NIC.open_wire(), Wire)
    assert (port.wire_is_far, NIC.wire_is_far) == (True, False)
    assert ["on root@lab1:2222, by SSH" in line for line in port.announce()] == [True]
    assert NIC.announce() == []


def test_an_address_is_as_the_kernel_writes_it() -> None:
    port = parse("0000:AF:00.1,wire=eth1")
    assert (port.device, str(port.lock)) == (
        "0000:af:00.1",
        "/sys/bus/pci/devices/0000:af:00.1/vendor",
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("03:00.0", "no wire is given; expected the interface of this machine that is cabled"),
        ("03:00.0,wire=a/b", "wire 'a/b' cannot be an interface's name"),
        ("03:00.0,iface=eth1", "unknown key 'iface'; expected KIND[,wire=IFACE]"),
        ("03:00.8,wire=eth1", "unknown kind '03:00.8'"),
        (
            "03:00.0,wire=ssh://lab1",
            "'ssh://lab1' names no interface of a host; expected wire=ssh://[",
        ),
        ("03:00.0,wire=ssh://-x/eth1", "'-x' is no [USER@]HOST[:PORT]; expected wire=ssh://["),
        ("03:00.0,wire=ssh://lab1/a/b", "wire 'a/b' cannot be an interface's name"),
    ],
)
def test_what_names_none_is_refused(text: str, why: str) -> None:
    with pytest.raises(PortError) as told:
        parse(text)
    assert str(told.value).startswith(f"port {text!r}: {why}")


def test_a_device_that_is_not_there_has_no_id() -> None:
    port = Pci("ffff:ff:1f.7", Cable("eth1"))
    assert (port.pci_id, port.names) == (None, ("PCI",))


def test_a_record_names_a_device_by_its_kind_or_its_id(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Pci, "pci_id", (0x8086, 0x10C9))
    assert NIC.names == ("PCI", "8086:10c9")


def test_what_a_device_is_attached_by() -> None:
    assert NIC.devargs == "pci:0000:03:00.0"


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A machine that can have the device and its wire."""
    monkeypatch.setattr(Pci, "unavailable", classmethod(lambda cls, drivers=None: None))
    monkeypatch.setattr(PciDevice, "why_not", lambda _: None)
    monkeypatch.setattr(Cable, "why_not", lambda _: None)
    return monkeypatch


def test_each_refusal_is_told(here: pytest.MonkeyPatch) -> None:
    assert NIC.why_not() is None
    here.setattr(Cable, "why_not", lambda _: "it is down")
    assert NIC.why_not() == "wire eth1: it is down"
    here.setattr(PciDevice, "why_not", lambda _: "it is behind no IOMMU")
    assert NIC.why_not() == "it is behind no IOMMU"
    here.setattr(Pci, "unavailable", classmethod(lambda cls, drivers=None: "run as root"))
    assert NIC.why_not() == "run as root"


def test_a_wire_without_a_link_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def carries(cable: Cable, _wait_s: float) -> bool:
        asked.append(cable)
        return len(asked) > 1

    monkeypatch.setattr(Cable, "carries", carries)
    monkeypatch.setattr(pci, "_CARRIER_S", 1.0)
    with pytest.raises(PortError, match="its wire eth1 is expected to have a link and has none"):
        NIC.carrying()
    NIC.carrying()
    assert asked == [NIC.cable] * 2


def test_a_host_that_cannot_be_reached_is_told(here: pytest.MonkeyPatch) -> None:
    def fail(there: Connection) -> Connection:
        raise FarError(f"{there.host} cannot be reached: no route")

    here.setattr(Connection, "__enter__", fail)
    far = Pci("0000:03:00.0", FarCable(SshAddress("lab1"), "eth1"))
    assert far.why_not() == "wire ssh://lab1/eth1: lab1 cannot be reached: no route"
    here.setattr(PciDevice, "describe", lambda _: "a NIC")
    with pytest.raises(PortError, match="^wire ssh://lab1/eth1: lab1 cannot be reached: no route$"):
        far.describe()
    with pytest.raises(FarError, match="^lab1 cannot be reached: no route$"):
        far.carrying()
