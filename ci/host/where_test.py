# SPDX-License-Identifier: BSD-3-Clause
"""Proves where the paths that a user gives lead."""

from __future__ import annotations

from pathlib import Path

import pytest

from ci.host import where


def test_path_begins_where_the_command_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAUNTLET_FROM", "/tmp")
    assert where.path_of("a/b") == Path("/tmp/a/b")
    assert where.path_of("/etc") == Path("/etc")
