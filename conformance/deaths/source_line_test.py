# SPDX-License-Identifier: BSD-3-Clause
"""Proves where an instruction is said to come from."""

from __future__ import annotations

from conformance.deaths.source_line import SourceLines


def test_source_lines_come_from_debug_information() -> None:
    source = SourceLines()
    source.learn([{"file": "/usr/bin/true", "offset": 4096}])
    assert source({"file": "/usr/bin/true", "offset": 4096}) == "the call"
