# SPDX-License-Identifier: BSD-3-Clause
"""Proves where an instruction is said to come from."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.deaths.source_line import SourceLines
from targets.root import Root


def test_source_lines_come_from_debug_information() -> None:
    source = SourceLines()
    source.learn([{"file": "/usr/bin/true", "offset": 4096}])
    assert source({"file": "/usr/bin/true", "offset": 4096}) == "the call"


def test_file_of_a_root_is_looked_for_in_there(tmp_path: Path) -> None:
    place = {"file": "/lib/program", "offset": 4096}
    source = SourceLines(Root(tmp_path))
    source.learn([place])
    with pytest.raises(KeyError):
        source(place)
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "program").write_bytes(Path("/usr/bin/true").read_bytes())
    source.learn([place])
    assert source(place) == "the call"
