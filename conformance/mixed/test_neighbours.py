# SPDX-License-Identifier: BSD-3-Clause
"""Primaries of different releases that may live beside each other: the memory of each is its own."""

from pathlib import Path

import pytest

from conformance.ipc_users.block import SIZE, fill, seen
from conformance.mixed.other import Other
from targets.observed import observed
from targets.peer import Peer
from targets.scene import Scene

OTHERWISE = b"as another process wrote it"


def _filled(peer: Peer) -> str:
    """The address of a block of several pages that a peer has allocated and written to."""
    ptr: str = peer.call("malloc", size=SIZE).ret
    fill(peer, ptr)
    return ptr


@observed
def _pages(peer: Peer) -> dict[str, bool]:
    """The hugepages that a process has mapped, by inode: whether their files are still there."""
    lines = Path(f"/proc/{peer.pid}/maps").read_text().splitlines()
    mapped = [line for line in lines if "map_" in line and "/huge/" in line]
    return {line.split()[4]: not line.endswith("(deleted)") for line in mapped}


@observed
def _apart(first: Peer, second: Peer) -> str:
    """Whether two processes share a page, or one has removed the other's files."""
    if _pages(first).keys() & _pages(second).keys():
        return "they share pages"
    return "apart" if all(_pages(first).values()) else "its files are removed"


def test_primaries_with_prefixes_of_their_own_share_no_memory(scene: Scene, other: Other):
    """Two primaries of different releases, each with a --file-prefix of its own, share hugepages of one
    mount and never a page.

    Source: guide, "Running Multiple Independent DPDK Applications": --file-prefix
    Since: 18.05   Strength: documented
    """
    first = scene.primary(dpdk=other.dpdk)
    block = _filled(first)
    scene.prefix = "second"
    second = scene.primary()
    second.call("write_memory", ptr=_filled(second), data=OTHERWISE)
    assert (_apart(first, second), seen(first, block)) == ("apart", "the same")


@pytest.mark.parametrize("option", ["--in-memory", "--no-shconf"])
def test_primary_that_shares_nothing_takes_nothing(scene: Scene, other: Other, option: str):
    """A primary that is told to create no shared files lives beside one of another release that has the
    same --file-prefix, and takes none of its pages or their files.

    Source: guide, "EAL parameters", --no-shconf: "No shared files created"; --in-memory: "Do not create
        any shared data structures and run entirely in memory"
    Since: 18.08   Strength: documented
    """
    first = scene.primary(dpdk=other.dpdk)
    block = _filled(first)
    second = scene.primary(option)
    _filled(second)
    assert (_apart(first, second), seen(first, block)) == ("apart", "the same")
