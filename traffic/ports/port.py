# SPDX-License-Identifier: BSD-3-Clause
"""What all port kinds share. One kind is one file beside this one; kinds.py lists them.

In order: `prepare()`, the primary's rte_eal_init, `link_up()`, rte_eth_dev_start. Everything acts
on the caller's own network namespace. Standard library only, because `ci/validate --port x` is
checked before anything is installed; pyroute2 is imported where it is used.
"""
from __future__ import annotations

import abc
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Mapping, Sequence

from traffic import needs
from traffic.link import OwnLink
from traffic.wire import Wire


class PortError(Exception):
    """A port is wrong. Its text, one line, says which port, what was expected, what was found, and what
    to do."""


@dataclass(frozen=True)
class Ability:
    """True when it can be done; if not, `why_not` is the reason."""

    why_not: str | None = None

    def __bool__(self) -> bool:
        return self.why_not is None


@dataclass(frozen=True)
class Port(abc.ABC):
    """A port of one kind."""

    kind: ClassVar[str]

    #: What the library of its driver is called, where that is not `kind`: librte_net_virtio.so.
    driver: ClassVar[str] = ""

    #: The keys of this kind's options, each with what its value is called: {"iface": "NAME"}.
    keys: ClassVar[Mapping[str, str]]

    #: Whether numbered frames can come from outside and go there, on a kernel interface.
    has_wire: ClassVar[Ability] = Ability()

    #: What this kind's driver lets a secondary do with rx and tx. Seen on 22.11.11; the drivers of
    #: 22.11 to 26.07 read the same.
    secondary_data_path: ClassVar[Ability]

    #: True: every process that polls gets a copy of its own of each frame. False: they share them.
    copies: ClassVar[bool]

    #: How many ports its EAL arguments make: itself, and those that are its members.
    ports: ClassVar[int] = 1

    #: True: the driver keeps the buffers of frames that it has sent until somebody calls its tx burst
    #: again, be it with no frame. False: it keeps none.
    reclaims_by_sending: ClassVar[bool] = False

    #: True: the driver keeps the buffers of frames that it has sent as long as it likes; all come back
    #: when the port is closed.
    keeps_sent: ClassVar[bool] = False

    #: Whether the port carries frames again when the process that has it stops and starts it.
    restarts: ClassVar[Ability] = Ability()

    #: Whether the process that has the port can detach its device, attach it again and use it.
    reattaches: ClassVar[Ability] = Ability()

    #: Whether the port goes on carrying frames when the process that made it is dead.
    outlives_owner: ClassVar[Ability] = Ability()

    #: True: the port is a device with limits of its own, rte_eth_dev_info_get tells them; its link comes
    #: up some time after rte_eth_dev_start; and its wire is an interface of this machine, in the network
    #: that the run was started in.
    is_hardware: ClassVar[bool] = False

    @classmethod
    def is_named(cls, name: str) -> bool:
        """Whether `name`, the text before the options, names a port of this kind."""
        return name == cls.kind

    @classmethod
    @abc.abstractmethod
    def of(cls, text: str, name: str, options: Mapping[str, str]) -> Port:
        """Return the port that `name` and `options` mean, which have `keys` only and no empty value.

        PortError, with `text`, which is all that was given, when a value cannot be meant.
        """

    def on(self, version: Sequence[int]) -> Port:
        """Return this port for a DPDK of this version, (23, 11, 0): names of device arguments change."""
        return self

    @property
    def pci_address(self) -> str | None:
        """The address of a PCI device, which EAL must be told in every process; None for a port that is
        none."""
        return None

    @property
    def names(self) -> tuple[str, ...]:
        """The names that a record may have for the port: its kind; vendor and device of a NIC."""
        if self.pci_id is None:
            return (self.kind,)
        vendor, device = self.pci_id
        return (self.kind, f"{vendor:04x}:{device:04x}")

    @property
    def pci_id(self) -> tuple[int, int] | None:
        """Vendor and device of that PCI device, as this machine has it."""
        return None

    @property
    def lock(self) -> Path | None:
        """The file whose lock says that the port is in use; None for a port that each scene has anew."""
        return None

    @property
    def node(self) -> str | None:
        """The file that each process holds open which has the port; None where there is none."""
        return None

    @property
    def device(self) -> str:
        """DPDK's name of the port."""
        return f"{self.kind}0"

    @property
    @abc.abstractmethod
    def wire(self) -> str:
        """The kernel interface to send to and to receive from."""

    @property
    def wire_is_far(self) -> bool:
        """Whether the wire is an interface of another host."""
        return False

    def open_wire(self) -> OwnLink:
        """Return the link on `wire`, which is to be entered in the network that the wire is in."""
        return Wire(self.wire)

    @abc.abstractmethod
    def eal_args(self, queues: int = 1) -> list[str]:
        """Return the primary's EAL arguments, for `queues` rx and as many tx queues.

        A secondary needs none: it finds the port by asking the primary (bus/vdev, since 18.05).
        """

    @property
    def devargs(self) -> str:
        """What rte_dev_probe is told to attach the port's device, with one queue each way."""
        return self.eal_args()[0].removeprefix("--vdev=")

    @abc.abstractmethod
    def prepare(self) -> None:
        """Make what must be there before the primary's rte_eal_init. PortError when it cannot."""

    @abc.abstractmethod
    def link_up(self) -> None:
        """Set the wire up, and the kernel silent on it: no IPv6, so no solicitations of its own.

        Call it between the primary's rte_eal_init and rte_eth_dev_start, which sets a tap up too:
        what the kernel says before this reaches the port. PortError when the wire is not there.
        """

    def carrying(self) -> None:
        """Wait, after rte_eth_dev_start, until the wire carries frames. PortError when it does not."""

    def why_not(self) -> str | None:
        """Return why this very port cannot be used here, or None. In the network of its wire."""
        return type(self).unavailable()

    def announce(self) -> list[str]:
        """Return what is done elsewhere before anything is asked about this port, a line each."""
        return []

    def describe(self) -> list[str]:
        """Return what is to be known about this port, a line each."""
        return []

    @classmethod
    def unavailable(cls, drivers: list[Path] | None = None) -> str | None:
        """Return why this kind cannot be used on this machine now, or None.

        `drivers` are the folders with librte_net_*.so, by default those of the installed DPDK.
        """
        return needs.lacks_driver(cls.driver or cls.kind, drivers) or needs.lacks_capabilities()
