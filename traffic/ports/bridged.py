# SPDX-License-Identifier: BSD-3-Clause
"""What the port kinds share whose other side is another DPDK process, and no kernel interface.

That process has two ports: the other side, and a tap; it carries every frame from one to the other,
and so the tap is the wire.
"""
from __future__ import annotations

import abc
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from traffic import needs
from traffic.ports.interface import OnInterface
from traffic.ports.port import Ability
from traffic.ports.tap import Tap


@dataclass(frozen=True)
class Bridged(OnInterface):
    """A port whose wire is the tap `iface` of the process at the other side."""

    outlives_owner: ClassVar[Ability] = Ability(
        "the connection with its other side is one of the primary's"
    )
    reattaches: ClassVar[Ability] = Ability("its other side would have to be made anew, too")

    #: True: that process must have its port before the primary's rte_eal_init. False: after it.
    far_first: ClassVar[bool]

    #: The driver of the other side, and DPDK's name of it, in the process that has it.
    far_driver: ClassVar[str]
    far_device: ClassVar[str]

    @property
    def outlet(self) -> Tap:
        """The tap port of the process at the other side."""
        return Tap(self.iface)

    @property
    def wire(self) -> str:
        return self.outlet.wire

    @abc.abstractmethod
    def far_args(self, queues: int = 1) -> list[str]:
        """Return the EAL arguments that make the other side, beside those of its tap."""

    def prepare(self) -> None:
        """Does nothing: the process at the other side makes the wire."""

    def link_up(self) -> None:
        """Does nothing: the wire is set up when the process at the other side is, by `outlet`."""

    @classmethod
    def unavailable(cls, drivers: list[Path] | None = None) -> str | None:
        return (
            super().unavailable(drivers)
            or needs.lacks_driver(Tap.kind, drivers)
            or needs.lacks_tun()
            or needs.lacks_driver(cls.far_driver, drivers)
        )
