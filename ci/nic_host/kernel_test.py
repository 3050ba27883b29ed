# SPDX-License-Identifier: BSD-3-Clause
"""Proves that a kernel comes out of its compression, and what is said of one that is none."""

from __future__ import annotations

import lzma
import struct
from pathlib import Path

import pytest

from ci.host.say import CannotRun
from ci.nic_host import kernel
from ci.nic_host.kernel import Kernel, started_quickly

SETUP_SECTORS, OFFSET = 3, 16


def image(payload: bytes) -> bytes:
    """A bzImage with this payload, and something behind it."""
    begin = (SETUP_SECTORS + 1) * 512
    made = bytearray(begin + OFFSET) + payload + b"behind it"
    made[0x1F1] = SETUP_SECTORS
    made[0x202:0x206] = b"HdrS"
    struct.pack_into("<II", made, 0x248, OFFSET, len(payload))
    return bytes(made)


def test_what_xz_has_compressed_comes_out() -> None:
    inner = b"\x7fELF" + b"kernel" * 100
    payload = lzma.compress(inner) + struct.pack("<I", len(inner))
    assert started_quickly(image(payload)) == inner


def test_any_other_compression_is_left_to_the_kernel() -> None:
    made = image(b"\x28\xb5\x2f\xfd zstd")
    assert started_quickly(made) == made


def test_what_is_no_kernel_is_told() -> None:
    with pytest.raises(CannotRun, match="expected to be a bzImage"):
        started_quickly(b"\0" * 4096)


class _Apt:
    """An apt that knows these packages, and downloads nothing."""

    log = Path("/x/log")

    def __init__(self, depends: list[str]) -> None:
        self._depends = depends

    def depends(self, _package: str) -> list[str]:
        return self._depends

    def version(self, _package: str) -> str:
        return "6.1.1-1"

    def get(self, *_argv: str, cwd: Path | None = None) -> None:
        pass


@pytest.mark.parametrize(
    ("depends", "why"),
    [([], "apt knows no kernel to download"), (["linux-image-6"], "has no boot/vmlinuz-")],
)
def test_a_kernel_that_cannot_be_had_is_told(tmp_path: Path, depends: list[str], why: str) -> None:
    with pytest.raises(CannotRun, match=why):
        kernel._unpacked("x", _Apt(depends), tmp_path)  # type: ignore[arg-type]


def test_modules_lie_where_the_package_has_them(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match="has no modules"):
        Kernel(tmp_path).modules
    there = tmp_path / "usr" / "lib" / "modules" / "6.12.1-amd64"
    there.mkdir(parents=True)
    (there / "modules.builtin").touch()
    assert (Kernel(tmp_path).modules, Kernel(tmp_path).version) == (there, "6.12.1-amd64")
