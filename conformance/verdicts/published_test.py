# SPDX-License-Identifier: BSD-3-Clause
"""Proves that a table is read as it was written, and that a missing or broken one is told."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from conformance.verdicts.published import Published, TableError
from targets.outcome import Unavailable


def _parse(raw: dict[str, Any]) -> str:
    if "word" not in raw:
        raise TableError("a table has a word")
    return str(raw["word"])


@pytest.fixture
def words(tmp_path: Path) -> Published[str]:
    """A table of one word."""
    return Published(
        tmp_path, "ci/x --publish", _parse, lambda word, _release: f"word = {json.dumps(word)}\n"
    )


def _run(sanitized: bool) -> Any:
    return SimpleNamespace(sanitized=sanitized, release=(20, 8, 1))


def test_what_is_written_is_read_again(words: Published[str]) -> None:
    assert words.publish((20, 8, 0), 'a "b"').name == "20.08.toml"
    assert words.load((20, 8, 9)) == 'a "b"'
    assert words.of(_run(False)) == 'a "b"'
    assert words.load((22, 11, 0)) is None


def test_kinds_of_a_folder_have_files_of_their_own(tmp_path: Path) -> None:
    other = Published(tmp_path, "", _parse, lambda word, _release: word, kind="fail")
    assert other.path_of((22, 11, 11)).name == "22.11-fail.toml"


def test_nothing_published_says_what_makes_it(words: Published[str]) -> None:
    with pytest.raises(Unavailable, match="of DPDK 20.08: make one by ci/x --publish"):
        words.of(_run(False))


def test_other_instructions_are_not_compared(words: Published[str]) -> None:
    words.publish((20, 8, 0), "x")
    with pytest.raises(Unavailable, match="a peer without sanitizers"):
        words.of(_run(True))


@pytest.mark.parametrize("text, why", [("word", "20.08.toml: "), ("", "20.08.toml: a table has")])
def test_nonsense_is_told_with_its_file(words: Published[str], text: str, why: str) -> None:
    words.path_of((20, 8)).write_text(text)
    with pytest.raises(TableError, match=why):
        words.load((20, 8))
