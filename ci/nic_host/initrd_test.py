# SPDX-License-Identifier: BSD-3-Clause
"""Proves the archive that the guest starts from: what is in it, and in which order modules are."""

from __future__ import annotations

import gzip
import lzma
from pathlib import Path

import pytest

from ci.host.say import CannotRun
from ci.nic_host import initrd
from ci.nic_host.kernel import Kernel


def _module(depends: str, softdep: str = "") -> bytes:
    told = f"\0license=GPL\0depends={depends}\0" + (f"softdep={softdep}\0" if softdep else "")
    return b"\x7fELF" + told.encode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "lib" / "modules" / "6.1"
    (made / "kernel" / "fs").mkdir(parents=True)
    (made / "modules.builtin").write_text("kernel/drivers/virtio/virtio.ko\n")
    modules = {
        "9p.ko": _module("9pnet,netfs"),
        "9pnet.ko": _module("", "pre: virtio-rng absent post: 9p"),
        "netfs.ko.xz": lzma.compress(_module("virtio")),
        "virtio-rng.ko": _module(""),
    }
    for name, content in modules.items():
        (made / "kernel" / "fs" / name).write_bytes(content)
    return made


def test_what_a_module_needs_comes_before_it(folder: Path) -> None:
    found = initrd.with_dependencies(folder, ["9p"])
    assert list(found) == ["virtio_rng", "9pnet", "netfs", "9p"]
    assert found["netfs"] == _module("virtio")


def test_a_module_that_is_not_there_is_told(folder: Path) -> None:
    with pytest.raises(CannotRun, match="has no module vfio_pci, which the guest needs"):
        initrd.with_dependencies(folder, ["vfio_pci"])
    (folder / "kernel" / "fs" / "netfs.ko.xz").unlink()
    with pytest.raises(CannotRun, match="has no module netfs, which 9p needs"):
        initrd.with_dependencies(folder, ["9p"])


def _entries(archive: bytes) -> dict[str, tuple[int, bytes]]:
    """Mode and content of each file, read as the kernel reads the archive."""
    found, at = {}, 0
    while at < len(archive):
        assert archive[at : at + 6] == b"070701"
        numbers = [int(archive[at + 6 + 8 * n : at + 14 + 8 * n], 16) for n in range(13)]
        mode, size, length = numbers[1], numbers[6], numbers[11]
        name = archive[at + 110 : at + 110 + length - 1].decode()
        begin = at + 110 + length + -(110 + length) % 4
        found[name] = (mode, archive[begin : begin + size])
        at = begin + size + -size % 4
    return found


def test_the_kernel_finds_all_of_it(folder: Path, tmp_path: Path) -> None:
    busybox = tmp_path / "busybox"
    busybox.write_bytes(b"busybox")
    kernel = Kernel(folder.parents[2])
    found = _entries(gzip.decompress(initrd.archive(kernel, ["9p"], busybox)))
    assert list(found)[-1] == "TRAILER!!!"
    assert found["bin/busybox"] == (0o100755, b"busybox")
    assert found["init"] == (0o100755, initrd.GUEST.read_bytes())
    assert found["modules"][1] == b"virtio_rng\n9pnet\nnetfs\n9p\n"
    assert found["lib/9pnet.ko"][1] == (folder / "kernel" / "fs" / "9pnet.ko").read_bytes()
    assert all(found[name][0] == 0o040755 for name in ("proc", "host", "new", "out"))
