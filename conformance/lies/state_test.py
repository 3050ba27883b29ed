# SPDX-License-Identifier: BSD-3-Clause
"""Proves that a finding is kept for just the source and the release that it is about."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.lies import state
from conformance.lies.state import State
from conformance.lies.trial import Finding

CLAUSE = "conformance/rte_mp/test_x.py::test_y[a-1]"
FOUND = Finding(["line 3: a == b"], {}, ["p.a()#1: zero"], 7)


def test_a_finding_is_kept(tmp_path: Path) -> None:
    State(tmp_path, "22.11.1").save(CLAUSE, "key", FOUND)
    assert State(tmp_path, "22.11.1").load(CLAUSE, "key") == FOUND


def test_what_has_changed_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = State(tmp_path, "22.11.1")
    kept.save(CLAUSE, "key", FOUND)
    assert kept.load(CLAUSE, "another") is None
    assert State(tmp_path, "24.11.0").load(CLAUSE, "key") is None
    monkeypatch.setattr(state, "EDITION", state.EDITION + 1)
    assert kept.load(CLAUSE, "key") is None


def test_a_finding_that_is_half_written_is_none(tmp_path: Path) -> None:
    kept = State(tmp_path, "22.11.1")
    kept.save(CLAUSE, "key", FOUND)
    (file,) = (tmp_path / "22.11.1").iterdir()
    file.write_text(file.read_text()[:40])
    assert kept.load(CLAUSE, "key") is None


def test_all_can_be_forgotten(tmp_path: Path) -> None:
    kept = State(tmp_path, "22.11.1")
    kept.forget()
    kept.save(CLAUSE, "key", FOUND)
    kept.forget()
    assert kept.load(CLAUSE, "key") is None


def test_the_selection_is_kept(tmp_path: Path) -> None:
    kept = State(tmp_path / "new", "22.11.1")
    kept.select({CLAUSE: "key"})
    assert kept.selected() == {CLAUSE: "key"}
