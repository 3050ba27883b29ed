# SPDX-License-Identifier: BSD-3-Clause
"""The drivers that a scene's processes load: those that the scenes use, not all that are installed.

EAL loads each driver of its plugin folder in each process, and a distribution ships some 130: that took
more CPU time than all else that a scene does. In a scene's mount namespace another folder lies over
that one. Where there is no plugin folder or no such namespace, a process loads what there is.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Iterable

from targets.dpdk import Dpdk
from targets.observed import observed

# Every driver that each scene uses, and what for. A clause that uses another one adds it here, or asks
# for it in its own scene alone: more_drivers.
USED = {
    "bus_pci": "the net drivers are linked to it; clauses ask for PCI devices that are not there",
    "bus_vdev": "every device of every scene is on this bus, and its scan is an IPC request",
    "mempool_ring": "the operations of every mempool",
    "net_af_packet": "port kind",
    "net_af_xdp": "port kind; conformance/ipc_users: a secondary asks for the descriptors of its sockets",
    "net_bond": "port kind: net_bonding",
    "net_memif": "port kind; conformance/ipc_users: a secondary asks for the shared regions of a port",
    "net_null": "hotplug: a device that needs nothing of the machine",
    "net_pcap": "port kind",
    "net_ring": "packet capture and DPDK's applications: what is sent comes back",
    "net_tap": "port kind, the default; conformance/ipc_users: the descriptors of its queues",
    "net_vhost": "port kind, and the other side of net_virtio_user",
    "net_virtio": "port kind, and the other side of net_vhost: its library has net_virtio_user",
}

# dpdk-pmdinfo looks for the same: a text that EAL has had since 16.07 for this purpose.
_MARK = re.compile(rb"DPDK_PLUGIN_PATH=([^\0]*)\0")

# What a driver says of itself, and its PCI devices, to dpdk-pmdinfo: also since 16.07.
_INFO = re.compile(rb"PMD_INFO_STRING= (\{[^\0]*\})\0")

# EAL loads what ends in ".so" or ".so.<ABI version>", such as ".so.23.0".
LOADED = re.compile(r"\.so(\.\d+){2,}$|\.so$")

# Where the folder that is covered can still be seen; EAL loads nothing from folders in its folder.
BEHIND = "all"


# Vendor and device.
PciId = tuple[int, int]


class NotUsed(Exception):
    """A clause asks for a driver that is installed and that scenes do not load."""


@dataclass(frozen=True)
class Drivers:
    """The drivers of one plugin folder; the folder of which scenes see the used ones only. more: drivers
    that are used besides: the port under test has them, or a clause asks for them."""

    folder: Path
    more: frozenset[str] = frozenset()

    @property
    def covering(self) -> dict[str, str | None]:
        """Each name of the folder that a scene sees: with what it is a link to, or None: the file itself.

        A driver that is not used keeps the names that EAL does not load: a program that is linked to it
        (dpdk-testpmd is, to some) finds it by its soname.
        """
        return _covering(self.folder, self.used)

    @property
    def installed(self) -> frozenset[str]:
        """Names of all drivers of the folder."""
        return _installed(self.folder)

    @property
    def used(self) -> frozenset[str]:
        """Names of the drivers that processes load, where they are installed."""
        return self.more.union(USED)

    def serving(self, vendor: int, device: int) -> frozenset[str]:
        """Names of the drivers of the folder that say that they are for this PCI device."""
        return frozenset(
            name
            for name, ids in _pci_ids(self.folder).items()
            if any((vendor, device) == (each[0], each[1]) for each in ids)
        )

    def need(self, words: Iterable[Any]) -> None:
        """NotUsed where one of these, EAL arguments or device arguments, is of a driver that is installed
        and not loaded. What is not installed is DPDK's to refuse."""
        unused = tuple(self.installed - self.used)
        asked = [word.removeprefix("--vdev=") for word in words if isinstance(word, str)]
        for word in asked:
            if word.startswith(unused) and not word.startswith(tuple(self.used)):
                raise NotUsed(
                    f"{word!r} needs a driver that scenes do not load: name it in targets/drivers.py, "
                    "with what it is for, or make the scene with more_drivers or all_drivers"
                )


@cache
def _covering(folder: Path, used: frozenset[str]) -> dict[str, str | None]:
    seen: dict[str, str | None] = {}
    for name in sorted(os.listdir(folder)):
        file = folder / name
        if _driver(name) in used:
            seen[name] = os.readlink(file) if file.is_symlink() else None
        elif file.is_symlink() and not LOADED.search(name):
            seen[name] = f"{BEHIND}/{name}"
    return seen


@cache
def _installed(folder: Path) -> frozenset[str]:
    there = [name for name in os.listdir(folder) if ".so" in name and (folder / name).exists()]
    return frozenset(map(_driver, there))


@cache
def _pci_ids(folder: Path) -> dict[str, list[list[int]]]:
    """The PCI devices of each network driver of the folder: vendor, device, and what is below them."""
    found: dict[str, list[list[int]]] = {}
    for path in sorted(folder.glob("librte_net_*.so")):
        told = (json.loads(text) for text in _INFO.findall(path.read_bytes()))
        found[_driver(path.name)] = [ids for each in told for ids in each.get("pci_ids", [])]
    return found


@observed
def loaded(pid: int) -> set[str]:
    """Names of the libraries of DPDK that a process has loaded, drivers and others."""
    maps = Path(f"/proc/{pid}/maps").read_text()
    return {_driver(name) for name in re.findall(r"/(librte_[^/\s]+\.so\S*)$", maps, re.MULTILINE)}


def _driver(name: str) -> str:
    """bus_vdev, of librte_bus_vdev.so.23.0"""
    return name.removeprefix("librte_").partition(".so")[0]


def of(dpdk: Dpdk, pci: PciId | None = None, more: frozenset[str] = frozenset()) -> Drivers | None:
    """The drivers that the peer of a DPDK would load. Those that are for this PCI device are used, and
    these; None where its EAL loads none."""
    found = _of(dpdk)
    if found is None:
        return None
    return replace(found, more=more.union(found.serving(*pci)) if pci else more)


@cache
def _of(dpdk: Dpdk) -> Drivers | None:
    root = dpdk.root
    found = _MARK.search((root.eal if root else _with_eal(dpdk)).read_bytes())
    if not found or not found[1]:
        return None
    folder = Path(os.fsdecode(found[1]))
    folder = root.outside(folder) if root else folder
    return Drivers(folder) if folder.is_dir() else None


def _with_eal(dpdk: Dpdk) -> Path:
    """The file that EAL is in: the library that the peer is linked to in its environment, or itself."""
    argv, environment = ["ldd", str(dpdk.binary)], {**os.environ, **dpdk.environment}
    listed = subprocess.run(argv, env=environment, capture_output=True, text=True).stdout
    found = re.search(r"^\s*librte_eal\.so\S* => (/\S+)", listed, re.MULTILINE)
    return Path(found[1]) if found else dpdk.binary
