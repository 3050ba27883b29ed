# SPDX-License-Identifier: BSD-3-Clause
"""Proves that a table is read as it was written, and that a missing or broken one is told."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from conformance.verdicts.published import Published, TableError
from targets.outcome import Unavailable


Words = dict[str, str]


def _parse(raw: dict[str, Any]) -> Words:
    if "rust" in raw:
        raise TableError("a table has no rust")
    return raw


def _text(words: Words, release: tuple[int, ...]) -> str:
    head = f"# Of {'.'.join(map(str, release))}.\n\n"
    return head + "".join(f"{key} = {json.dumps(word)}\n" for key, word in words.items())


def _less(words: Words, other: Words) -> Words:
    return {key: word for key, word in words.items() if other.get(key) != word}


def _over(words: Words, other: Words) -> Words:
    return {**other, **words}


@pytest.fixture
def words(tmp_path: Path) -> Published[Words]:
    """A table of words."""
    return Published(tmp_path, "ci/x --publish", _parse, _text, _less, _over)


def _run(sanitized: bool) -> Any:
    return SimpleNamespace(sanitized=sanitized, release=(20, 8, 1))


def test_what_is_written_is_read_again(words: Published[Words]) -> None:
    said = {"word": 'a "b"'}
    assert words.publish((20, 8, 0), said).name == "20.08.toml"
    assert words.load((20, 8, 9)) == said
    assert words.of(_run(False)) == said
    assert words.load((22, 11, 0)) is None


def test_kinds_of_a_folder_have_files_of_their_own(words: Published[Words]) -> None:
    other = replace(words, kind="fail")
    assert other.publish((22, 11, 11), {}).name == "22.11-fail.toml"
    assert (words.all(), other.all()) == ([], ["22.11"])


def test_what_does_not_differ_is_not_written_twice(words: Published[Words]) -> None:
    words.publish((22, 11, 11), {"a": "1", "b": "2"})
    path = words.publish((24, 11, 8), {"a": "1", "b": "3"})
    assert path.read_text() == '# Of 24.11.8.\n\nas = "22.11"\n\nb = "3"\n'
    assert words.load((24, 11, 9)) == {"a": "1", "b": "3"}


def test_the_series_before_is_named_and_else_the_next_one(words: Published[Words]) -> None:
    words.publish((22, 11, 11), {"a": "1"})
    for release in ((20, 11, 10), (24, 11, 8), (25, 11, 4)):
        assert 'as = "22.11"' in words.publish(release, {"a": "1"}).read_text()


def test_table_that_others_name_changes_nothing_of_theirs(words: Published[Words]) -> None:
    words.publish((22, 11, 11), {"a": "1", "b": "2"})
    words.publish((24, 11, 8), {"a": "1", "b": "3"})
    words.publish((22, 11, 12), {"a": "4", "b": "3"})
    assert words.load((24, 11, 8)) == {"a": "1", "b": "3"}
    text = words.path_of((24, 11)).read_text()
    assert text == '# Of 24.11.8.\n\nas = "22.11"\n\na = "1"\n'
    assert "as =" not in words.path_of((22, 11)).read_text()


@pytest.mark.parametrize(
    ("others", "why"),
    [
        ({}, '24.11.toml: as = "22.11": there is no 22.11.toml'),
        (
            {(22, 11): 'as = "20.11"'},
            "24.11.toml: as = .*: 22.11.toml names 20.11 itself, and is no whole table",
        ),
    ],
)
def test_table_that_names_no_whole_one_is_told(
    words: Published[Words], others: dict[tuple[int, ...], str], why: str
) -> None:
    words.path_of((24, 11)).write_text('as = "22.11"')
    for release, text in others.items():
        words.path_of(release).write_text(text)
    with pytest.raises(TableError, match=why):
        words.load((24, 11, 8))


def test_nothing_published_says_what_makes_it(
    words: Published[Words], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GAUNTLET_ALONE", "ci/qualify --release 20.08")
    with pytest.raises(Unavailable, match="20.08: make one by ci/x --publish --release 20.08"):
        words.of(_run(False))


def test_other_instructions_are_not_compared(words: Published[Words]) -> None:
    words.publish((20, 8, 0), {})
    with pytest.raises(Unavailable, match="a peer without sanitizers"):
        words.of(_run(True))


@pytest.mark.parametrize(
    "text, why", [("word", "20.08.toml: "), ('rust = "x"', "20.08.toml: a table has no rust")]
)
def test_nonsense_is_told_with_its_file(words: Published[Words], text: str, why: str) -> None:
    words.path_of((20, 8)).write_text(text)
    with pytest.raises(TableError, match=why):
        words.load((20, 8))
