# SPDX-License-Identifier: BSD-3-Clause
"""A PCI device by its address: the wire is the interface at the other end of its cable, on this host or
on another one."""
from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Mapping

from traffic.far.address import EXPECTED, SCHEME, split
from traffic.ports.cable import Cable
from traffic.ports.far_cable import FarCable
from traffic.ports.interface import checked
from traffic.ports.pci_device import PciDevice
from traffic.ports.port import Ability, Port, PortError
from traffic.link import OwnLink

_ADDRESS = re.compile(r"(?:([0-9a-fA-F]{4}):)?([0-9a-fA-F]{2}:[0-9a-fA-F]{2}\.[0-7])")
# Two ends of a cable agree on a speed within seconds.
_CARRIER_S = 30.0


@dataclass(frozen=True)
class Pci(Port):
    """The device at `address`, whose driver is DPDK's. Nothing of it, or of its wire, is changed."""

    address: str
    cable: Cable | FarCable

    kind: ClassVar[str] = "PCI"
    driver: ClassVar[str] = "bus_pci"
    keys: ClassVar[Mapping[str, str]] = {"wire": "IFACE"}
    secondary_data_path: ClassVar[Ability] = Ability()
    copies: ClassVar[bool] = False
    is_hardware: ClassVar[bool] = True
    #: A driver clears a place of its tx ring when it needs that place.
    keeps_sent: ClassVar[bool] = True

    @classmethod
    def is_named(cls, name: str) -> bool:
        return _ADDRESS.fullmatch(name) is not None

    @classmethod
    def of(cls, text: str, name: str, options: Mapping[str, str]) -> Port:
        if "wire" not in options:
            raise PortError(
                f"port {text!r}: no wire is given; expected the interface of this machine that is"
                f" cabled to {name}; give {name},wire=IFACE"
            )
        found = _ADDRESS.fullmatch(name)
        assert found is not None
        address = f"{found[1] or '0000'}:{found[2]}".lower()
        return cls(address, _cable(text, options["wire"]))

    @property
    def pci_address(self) -> str:
        return self.address

    @property
    def pci_id(self) -> tuple[int, int] | None:
        found = PciDevice(self.address)
        return found.id if found.folder.exists() else None

    @property
    def lock(self) -> Path:
        return PciDevice(self.address).folder / "vendor"

    @property
    def node(self) -> str:
        return f"/dev/vfio/{PciDevice(self.address).group}"

    @property
    def device(self) -> str:
        return self.address

    @property
    def wire(self) -> str:
        return str(self.cable)

    @property
    def wire_is_far(self) -> bool:
        return isinstance(self.cable, FarCable)

    def open_wire(self) -> OwnLink:
        return self.cable.wire()

    def eal_args(self, queues: int = 1) -> list[str]:
        """Return none: every process of the scene is told the address."""
        return []

    @property
    def devargs(self) -> str:
        return f"pci:{self.address}"

    def prepare(self) -> None:
        """Does nothing: the device is there."""

    def link_up(self) -> None:
        """Does nothing: the wire is up, or the port is refused."""

    def carrying(self) -> None:
        if not self.cable.carries(_CARRIER_S):
            raise PortError(
                f"port {self.address}: its wire {self.wire} is expected to have a link and has none after"
                f" {_CARRIER_S:.0f} s; see whether the cable is in"
            )

    def why_not(self) -> str | None:
        why = type(self).unavailable() or PciDevice(self.address).why_not()
        if why:
            return why
        wire = self.cable.why_not()
        return f"wire {self.wire}: {wire}" if wire else None

    def announce(self) -> list[str]:
        return self.cable.announce()

    def describe(self) -> list[str]:
        return [
            f"{self.address} is {PciDevice(self.address).describe()}",
            f"its wire is {self.cable.describe()}",
        ]


def _cable(text: str, wire: str) -> Cable | FarCable:
    """The cable that this value of `wire` names, in `text`. PortError when it names none."""
    if not wire.startswith(SCHEME):
        return Cable(checked(text, "wire", wire))
    try:
        host, name = split(wire)
    except ValueError as error:
        raise PortError(f"port {text!r}: {error}; expected wire={EXPECTED}") from error
    return FarCable(host, checked(text, "wire", name))
