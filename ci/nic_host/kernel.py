# SPDX-License-Identifier: BSD-3-Clause
"""The kernel of the guest: the one that Debian serves, downloaded and unpacked, never installed."""

from __future__ import annotations

import lzma
import struct
from dataclasses import dataclass
from pathlib import Path

from ci.host.apt import Apt
from ci.host.say import CannotRun, step
from ci.nic_host import packages
from ci.nic_host.where import HERE

# The image, and the folders of the modules that the guest loads, with what they depend on.
_PARTS = (
    "./boot/vmlinuz-*",
    "*/modules.builtin",
    "*/kernel/drivers/char/virtio*",
    "*/kernel/drivers/iommu/*",
    "*/kernel/drivers/net/net_failover*",
    "*/kernel/drivers/net/virtio_net*",
    "*/kernel/drivers/vfio/*",
    "*/kernel/drivers/virtio/*",
    "*/kernel/fs/9p/*",
    "*/kernel/fs/fscache/*",
    "*/kernel/fs/netfs/*",
    "*/kernel/fs/overlayfs/*",
    "*/kernel/net/9p/*",
    "*/kernel/net/core/*",
    "*/kernel/virt/lib/*",
)

# Source: Linux, Documentation/arch/x86/boot.rst: the header of a bzImage
_SECTORS_OF_SETUP = 0x1F1
_MAGIC, _MAGIC_AT = b"HdrS", 0x202
_PAYLOAD = struct.Struct("<II")
_PAYLOAD_AT = 0x248
_SECTOR = 512
_XZ = b"\xfd7zXZ\x00"


@dataclass(frozen=True)
class Kernel:
    """An unpacked package of a kernel."""

    folder: Path

    @property
    def image(self) -> Path:
        """What QEMU starts."""
        return self.folder / "image"

    @property
    def modules(self) -> Path:
        """The folder with modules.builtin and the modules in kernel/."""
        for found in self.folder.rglob("modules.builtin"):
            return found.parent
        raise CannotRun(f"{self.folder} has no modules: delete it, then run this again")

    @property
    def version(self) -> str:
        """The release that uname says in the guest."""
        return self.modules.name


def ready(command: str, here: Path = HERE / "kernel") -> Kernel:
    """The newest kernel of this machine's suite, downloaded unless one is there; CannotRun when it cannot
    be had."""

    def make(making: Path) -> str:
        apt = Apt(here / "apt", packages.suite_source_here())
        apt.get("update")
        return _unpacked(command, apt, making)

    return Kernel(packages.kept(here, make))


def _unpacked(command: str, apt: Apt, making: Path) -> str:
    names = [name for name in apt.depends("linux-image-amd64") if name.startswith("linux-image-")]
    if not names:
        raise CannotRun(f"apt knows no kernel to download ({apt.log})")
    version = apt.version(names[0])
    step(command, f"downloading {names[0]} {version} for the guest (70 to 110 MB)")
    apt.get("download", names[0], cwd=making)
    for deb in making.glob("*.deb"):
        packages.unpack(deb, making, _PARTS)
        deb.unlink()
    for compressed in (making / "boot").glob("vmlinuz-*"):
        (making / "image").write_bytes(started_quickly(compressed.read_bytes()))
        compressed.unlink()
        return f"{names[0]}_{version}"
    raise CannotRun(f"{names[0]} {version} has no boot/vmlinuz-*")


def started_quickly(image: bytes) -> bytes:
    """The kernel without its compression where that is xz: QEMU starts it as it is, in half the time.
    Any other image is returned as it is; CannotRun for what is no kernel."""
    if image[_MAGIC_AT : _MAGIC_AT + len(_MAGIC)] != _MAGIC:
        raise CannotRun("the kernel is expected to be a bzImage, and has no such header")
    offset, length = _PAYLOAD.unpack_from(image, _PAYLOAD_AT)
    begin = (image[_SECTORS_OF_SETUP] + 1) * _SECTOR + offset
    payload = image[begin : begin + length]
    if not payload.startswith(_XZ):
        return image
    # The last four bytes are the length of what is compressed, and not part of it.
    return lzma.LZMADecompressor().decompress(payload)
