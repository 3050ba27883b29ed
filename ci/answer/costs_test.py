# SPDX-License-Identifier: BSD-3-Clause
"""Proves that a page shows what was measured of its own DPDK, and nothing of another one."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from ci.answer.costs import DRAWINGS, FILE, drawings
from ci.answer.example import report

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20"/>'


@pytest.fixture
def measured(tmp_path: Path) -> Path:
    """The folder of a benchmark of rings on DPDK 22.11.11."""
    (tmp_path / FILE).write_text(json.dumps({"dpdk": "DPDK 22.11.11", "rings": {}}))
    (tmp_path / "rings.svg").write_text(SVG)
    return tmp_path


def test_what_was_measured_is_shown(measured: Path) -> None:
    (shown,) = drawings([report(release="24.11.8"), report()], measured)
    assert shown["words"] == DRAWINGS["rings"]
    assert (
        base64.b64decode(shown["image"].removeprefix("data:image/svg+xml;base64,")) == SVG.encode()
    )


def test_what_was_measured_of_another_dpdk_is_not_shown(measured: Path) -> None:
    assert drawings([report(release="22.11.4")], measured) == []


def test_nothing_is_shown_where_nothing_was_measured(tmp_path: Path) -> None:
    assert drawings([report()], tmp_path) == []
