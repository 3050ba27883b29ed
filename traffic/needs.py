# SPDX-License-Identifier: BSD-3-Clause
"""Checks what a port needs here, each need for real: its driver, capabilities, /dev/net/tun, AF_XDP."""
from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path

# Bit numbers of include/uapi/linux/capability.h.
_CAPABILITIES = {"CAP_NET_ADMIN": 12, "CAP_NET_RAW": 13}


_AF_XDP = 44  # include/linux/socket.h; Python's socket module does not know it.


def driver_folders() -> list[Path]:
    """Return the folders from which the installed DPDK loads its drivers, newest name last.

    The one that pkg-config names is the one a peer built here is linked to. Without pkg-config or
    libdpdk.pc (no -dev package), all that Debian's layout could hold.
    """
    try:
        asked = subprocess.run(
            ["pkg-config", "--variable=libdir", "libdpdk"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            check=False,
        ).stdout.strip()
    except FileNotFoundError:
        asked = ""
    libraries = [Path(asked)] if asked else sorted(Path("/usr/lib").glob("*-linux-gnu"))
    return [pmds for library in libraries for pmds in sorted(library.glob("dpdk/pmds-*"))]


def lacks_driver(kind: str, folders: list[Path] | None = None) -> str | None:
    """Return why DPDK cannot load the driver of `kind`, or None. Default: `driver_folders()`."""
    places = driver_folders() if folders is None else folders
    library = f"librte_{kind}.so"
    if any(found for place in places for found in place.glob(f"{library}*")):
        return None
    looked = ", ".join(map(str, places)) or "DPDK's driver folder, of which there is none"
    package = f"librte-{kind.replace('_', '-')}*"
    return f"{library} is not in {looked}; install {package}"


def lacks_capabilities(status: Path = Path("/proc/self/status")) -> str | None:
    """Return which capability for interfaces and packet sockets this process lacks, or None."""
    lines = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
    effective = int(lines["CapEff"], 16)
    lacking = [name for name, bit in _CAPABILITIES.items() if not effective >> bit & 1]
    return f"needs {' and '.join(lacking)}; run as root" if lacking else None


def lacks_tun(device: Path = Path("/dev/net/tun")) -> str | None:
    """Return why `device` cannot be opened for a tap, or None. The node alone proves nothing."""
    try:
        os.close(os.open(device, os.O_RDWR | os.O_CLOEXEC))
    except OSError as error:
        return f"{device} does not open: {error.strerror}; load the kernel's tun (modprobe tun)"
    return None


def lacks_xdp(family: int = _AF_XDP) -> str | None:
    """Return why this kernel gives no AF_XDP socket, or None."""
    try:
        socket.socket(family, socket.SOCK_RAW).close()
    except OSError as error:
        return f"an AF_XDP socket does not open: {error.strerror}; use a kernel with XDP_SOCKETS"
    return None
