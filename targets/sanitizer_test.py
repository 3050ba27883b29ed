# SPDX-License-Identifier: BSD-3-Clause
"""Proves that sanitizers' reports are told in words that are the same every time, and only DPDK's."""

from __future__ import annotations

from pathlib import Path

import pytest

from targets.outcome import Leftover
from targets.sanitizer import reports
from targets.scene import Scene

LEAK = """
==7==ERROR: LeakSanitizer: detected memory leaks

Direct leak of 4216 byte(s) in 1 object(s) allocated from:
    #0 0x7f8160cb83b7 in __interceptor_calloc ../src/asan_malloc_linux.cpp:77
    #1 0x7f815c319c87 in {frame}
    #2 0x7f815c319c99 in rte_mp_request_async ../dpdk/lib/eal/common/eal_common_proc.c:1123

SUMMARY: AddressSanitizer: 4216 byte(s) leaked in 1 allocation(s).
"""
OVERFLOW = """
==7==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x2000009fffc0 at pc 0x7f4a37c47681
WRITE of size 2097152 at 0x2000009fffc0 thread T4
    #0 0x7f4a37c47680 in __interceptor_memset ../sanitizer_common_interceptors.inc:799
    #1 0x7f4a374c171a in free_seg ../dpdk/lib/eal/linux/eal_memalloc.c:746
"""
UNDEFINED = (
    "../dpdk/lib/eal/common/malloc_mp.c:312:15: runtime error: member access within misaligned "
    "address 0x7f9cf74bc0cc for type 'struct m', which requires 8 byte alignment\n"
)


@pytest.mark.parametrize(
    "output, told",
    [
        ("EAL: Detected NUMA nodes: 1\n", []),
        (
            LEAK.format(frame="mp_send ../dpdk/lib/eal/common/eal_common_proc.c:9"),
            ["LeakSanitizer: leak in mp_send"],
        ),
        (
            LEAK.format(frame="btf_new (/lib/x86_64-linux-gnu/libbpf.so.1+0x12ee7)"),
            ["LeakSanitizer: leak in rte_mp_request_async"],
        ),
        (OVERFLOW, ["AddressSanitizer: heap-buffer-overflow in free_seg"]),
        (
            UNDEFINED + UNDEFINED.replace("bc0cc", "bc0ff"),
            [
                "UndefinedBehaviorSanitizer: member access within misaligned address N for type "
                "'struct m', which requires 8 byte alignment in malloc_mp.c"
            ],
        ),
    ],
)
def test_report_is_told(output: str, told: list[str]) -> None:
    assert reports(output) == told


def test_leak_of_another_library_is_not_dpdks() -> None:
    frames = LEAK.format(frame="xsk_new (/lib/x86_64-linux-gnu/libxdp.so.1+0xb)").splitlines()
    assert reports("\n".join(line for line in frames if "rte_mp" not in line)) == []


def _sanitized(scene: Scene, output: str) -> None:
    """A primary that looks as if it had been built with sanitizers and had reported something."""
    peer = scene.primary()
    peer.sanitized = True
    with Path(peer.directory / "output").open("a") as file:
        file.write(output)


def test_unknown_report_fails_the_scene(scene: Scene) -> None:
    _sanitized(scene, OVERFLOW)
    with pytest.raises(
        Leftover, match="primary1: AddressSanitizer: heap-buffer-overflow in free_seg"
    ):
        scene.close()


def test_report_on_record_is_no_news(scene: Scene) -> None:
    scene.known_reports = frozenset(["AddressSanitizer: heap-buffer-overflow in free_seg"])
    _sanitized(scene, OVERFLOW)
    scene.close()
    assert scene.reports() == ["AddressSanitizer: heap-buffer-overflow in free_seg"]
