# SPDX-License-Identifier: BSD-3-Clause
"""The assertions of a file of clauses, by line; and the source that a clause's answer depends on."""

from __future__ import annotations

import ast
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path


@dataclass(frozen=True, order=True)
class Assertion:
    """An assert statement: its lines, and its condition as text."""

    first: int
    last: int
    text: str

    def __str__(self) -> str:
        return f"line {self.first}: {self.text}"

    def __contains__(self, line: int) -> bool:
        return self.first <= line <= self.last


@lru_cache(maxsize=None)
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


@lru_cache(maxsize=None)
def of_file(path: Path) -> tuple[Assertion, ...]:
    """All of a file."""
    return tuple(
        Assertion(node.lineno, node.end_lineno or node.lineno, ast.unparse(node.test))
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Assert)
    )


def at(path: Path, line: int) -> Assertion | None:
    """The one that this line belongs to."""
    return next((found for found in of_file(path) if line in found), None)


def source_key(path: Path, function: str) -> str:
    """Changes when the clause does, or what it shares with the other clauses of its file."""
    parts = [
        ast.dump(node)
        for node in _tree(path).body
        if not isinstance(node, ast.FunctionDef)
        or not node.name.startswith("test_")
        or node.name == function
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
