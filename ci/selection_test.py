# SPDX-License-Identifier: BSD-3-Clause
"""Proves selection.py: pytest's own rules, and an expression that pytest would not take."""

from __future__ import annotations

from pathlib import Path

import pytest

from ci.selection import selected


def test_words_select_cases_as_pytest_does(tmp_path: Path) -> None:
    found = selected(
        ["test_action_register and test_name_is_taken_once", "no_clause_has_this_name"], tmp_path
    )
    assert len(found["test_action_register and test_name_is_taken_once"]) == 2
    assert found["no_clause_has_this_name"] == []


def test_expression_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="expected end of input"):
        selected(["two words"], tmp_path)
