# SPDX-License-Identifier: BSD-3-Clause
"""DPDK's own messages are told in words, and what is not exactly one of them in hexadecimal."""

from __future__ import annotations

import struct

import pytest

from traffic.eal_param import Dev, DevType, Malloc, Vdev, VdevType
from traffic.param_text import told

PDUMP = struct.pack("=HHI64sH6xQQQI4x", 2, 2, 3, b"net_ring0", 0xFFFF, 0x10, 0x20, 0, 65535)


@pytest.mark.parametrize(
    "name, param, words",
    [
        ("eal_dev_mp_request", Dev(DevType.ATTACH, "net_null1"), "attach net_null1, result 0"),
        (
            "eal_dev_mp_request",
            Dev(DevType.DETACH_ROLLBACK, "x", -2),
            "detach rollback x, result -2 (No such file or directory)",
        ),
        ("eal_dev_mp_request", Dev(99, "a\nb"), "type 99 a\\nb, result 0"),
        (
            "mp_malloc_request",
            Malloc.alloc(0xAB, 4096),
            "alloc 4096 bytes heap 0 page 2097152 socket 0 align 64, id 0xab, result success",
        ),
        (
            "mp_malloc_request",
            Malloc.free(1, 0x1000, 64),
            "free 64 bytes at 0x1000, id 0x1, result success",
        ),
        ("mp_malloc_sync", Malloc(2, 7, Malloc.FAIL), "sync, id 0x7, result fail"),
        ("bus_vdev_mp", Vdev(VdevType.ONE, 1, "net_tap0"), "scan one net_tap0"),
        ("bus_vdev_mp", Vdev(VdevType.REP, 3), "scan rep 3 devices"),
        ("bus_vdev_mp", Vdev(77), "scan type 77"),
        (
            "mp_pdump",
            PDUMP,
            "enable net_ring0 queue 65535 rx and tx, version 2, ring 0x10, pool 0x20, filter 0x0,"
            " snaplen 65535",
        ),
        ("mp_pdump", struct.pack("=HHi", 1, 1, -19), "disable, result -19 (No such device)"),
        (
            "tap_mp_sync_queues",
            struct.pack("=64sii", b"net_tap0", 1, 2),
            "net_tap0, 1 rx queues, 2 tx queues",
        ),
        ("tap_mp_req_start_rxtx", struct.pack("=64si", b"net_tap0", 4), "net_tap0, 4 queue pairs"),
        (
            "memif_mp_send_region",
            struct.pack("=64sH6xQ", b"net_memif0", 1, 4096),
            "net_memif0, region 1, 4096 bytes",
        ),
        ("afxdp_mp_send_fds", b"net_af_xdp0".ljust(64, b"\0"), "net_af_xdp0"),
        ("eal_vfio_mp_sync", struct.pack("=iii", 0x200, 0, 12), "group 12, result ok"),
        ("mp_testpmd", struct.pack("=i", 0), "exit, or result 0"),
    ],
)
def test_it_is_told(name: str, param: object, words: str) -> None:
    assert told(name, bytes(param)) == words  # type: ignore[call-overload]


@pytest.mark.parametrize(
    "name, param, words",
    [
        ("ping", b"hello", "0x68656c6c6f"),
        ("ping", b"", ""),
        ("eal_dev_mp_request", b"\1\2", "0x0102"),
        ("mp_malloc_sync", bytes(Malloc(2, 7))[:-1], f"0x{bytes(Malloc(2, 7))[:32].hex()}..."),
        ("mp_pdump", PDUMP + b"x", f"0x{PDUMP[:32].hex()}..."),
        ("memif_mp_send_region", b"x" * 79, f"0x{'78' * 32}..."),
        ("mp_testpmd", b"\0", "0x00"),
    ],
)
def test_what_is_not_known_or_not_whole_is_hexadecimal(name: str, param: bytes, words: str) -> None:
    assert told(name, param) == words
