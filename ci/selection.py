# SPDX-License-Identifier: BSD-3-Clause
"""Selects cases of the contract by expressions of pytest's -k, with pytest's own matching."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from _pytest.mark import KeywordMatcher
from _pytest.mark.expression import Expression

ROOT = Path(__file__).resolve().parent.parent


class _Answers:
    """A plugin that writes down, once the cases are collected, which of them each expression selects."""

    def __init__(self, expressions: list[str], answers: Path) -> None:
        self._expressions = expressions
        self._answers = answers

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Writes the answers, as JSON: node ids, by expression."""
        cases = [(item.nodeid, KeywordMatcher.from_item(item)) for item in session.items]
        found = {}
        for text in self._expressions:
            expression = Expression.compile(text)
            found[text] = [name for name, matcher in cases if expression.evaluate(matcher)]
        self._answers.write_text(json.dumps(found), encoding="utf-8")


def selected(expressions: list[str], scratch: Path) -> dict[str, list[str]]:
    """The node ids that each expression selects; the contract is collected once, and nothing is run."""
    asked, answers = scratch / "expressions.json", scratch / "selected.json"
    asked.write_text(json.dumps(expressions), encoding="utf-8")
    argv = ["/usr/bin/python3", "-m", "ci.selection", str(asked), str(answers)]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True)
    if not answers.exists():
        raise RuntimeError(f"the contract cannot be collected: {done.stdout}{done.stderr}")
    found: dict[str, list[str]] = json.loads(answers.read_text(encoding="utf-8"))
    return found


if __name__ == "__main__":
    given = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    plugin = _Answers(given, Path(sys.argv[2]))
    sys.exit(pytest.main(["conformance", "--collect-only", "-qq"], plugins=[plugin]))
