# SPDX-License-Identifier: BSD-3-Clause
"""The figures of two releases that have changed, whatever their clauses say."""

from __future__ import annotations

from typing import Any

from ci.answer import deaths


def figures(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """A line for each size, limit and published table that is another one."""
    return [*_sizes(before["sizes"], after["sizes"]), *deaths.changes(before, after)]


def _sizes(was: dict[str, int], now: dict[str, int]) -> list[str]:
    """What has changed in what the headers of DPDK and the layout of its datagram say."""
    return [
        f"{name}: {was.get(name, 'none')} to {now.get(name, 'none')}"
        for name in sorted(was.keys() | now.keys())
        if was.get(name) != now.get(name)
    ]
