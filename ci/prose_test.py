# SPDX-License-Identifier: BSD-3-Clause
"""Proves prose.py: finds a pronoun wherever a docstring stands, and no word that begins alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from ci import prose


@pytest.mark.parametrize("begin", ["It, once", "Of the table.", "One call.", "Both.", "Who asks"])
def test_pronoun_is_found_in_every_docstring(begin: str) -> None:
    text = (
        f'"""{begin} """\nclass A:\n    """{begin} """\n    def f(self):\n        """{begin} """\n'
    )
    assert [line.partition(": ")[0] for line in prose.pronouns("x.py", text)] == [
        "x.py:1",
        "x.py:3",
        "x.py:5",
    ]


@pytest.mark.parametrize("begin", ["Items of a list.", "Often", "Bothers nobody.", "Once begun,"])
def test_other_words_are_none(begin: str) -> None:
    assert prose.pronouns("x.py", f'"""{begin}"""\n') == []


def test_only_what_is_done_is_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("traffic", "targets"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.py").write_text('"""It."""\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert (prose.main(["traffic/x.py"]), prose.main(["targets/x.py"])) == (1, 0)
