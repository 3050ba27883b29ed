# SPDX-License-Identifier: BSD-3-Clause
"""The assertions of a file of clauses, by line; and the source that a clause's answer depends on."""

from __future__ import annotations

import ast
import hashlib
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any


@dataclass(frozen=True, order=True)
class Assertion:
    """An assert statement, or a part of one that compares several values at once: its lines, the
    condition as text, and the part's place among all. A whole statement has none.
    made: the lines of the statements that gave its variables their values.
    """

    first: int
    last: int
    text: str
    place: int | None = None
    of: int = 1
    made: frozenset[int] = field(default=frozenset(), compare=False)

    def __str__(self) -> str:
        return f"line {self.first}: {self.text}"

    def __contains__(self, line: int) -> bool:
        return self.first <= line <= self.last


@lru_cache(maxsize=None)
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


@lru_cache(maxsize=None)
def of_file(path: Path) -> tuple[Assertion, ...]:
    """All of a file; of those that have parts, the parts."""
    return tuple(
        replace(part, made=_made(function, node))
        for function in _tree(path).body
        for node in ast.walk(function)
        if isinstance(node, ast.Assert)
        for part in _parts(node)
    )


# Variables are followed through so many statements.
STEPS = 3


def _made(function: ast.stmt, node: ast.Assert) -> frozenset[int]:
    """The lines of the statements of a function that give the variables of an assertion their values."""
    lines: set[int] = set()
    wanted = _names(node.test)
    for _ in range(STEPS):
        further: set[str] = set()
        for statement in ast.walk(function):
            if isinstance(statement, ast.stmt) and wanted & _changed(statement):
                lines |= _lines_of(statement)
                further |= _names(statement)
        wanted = further
    return frozenset(lines)


def _names(node: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def _changed(statement: ast.stmt) -> set[str]:
    """The variables to which a statement gives a value, or of which it calls a method."""
    targets: list[ast.AST | None] = []
    if isinstance(statement, ast.Assign):
        targets += statement.targets
    elif isinstance(statement, (ast.AnnAssign, ast.AugAssign, ast.For)):
        targets.append(statement.target)
    elif isinstance(statement, ast.With):
        targets += [item.optional_vars for item in statement.items]
    elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        targets.append(statement.value.func)
    return set().union(*(_names(target) for target in targets if target is not None))


def _lines_of(statement: ast.stmt) -> set[int]:
    """The lines of a statement; of a block its first line only."""
    body = getattr(statement, "body", None)
    last = statement.lineno if body else statement.end_lineno or statement.lineno
    return set(range(statement.lineno, last + 1))


def _parts(node: ast.Assert) -> list[Assertion]:
    first, last, test = node.lineno, node.end_lineno or node.lineno, node.test
    if not isinstance(test, ast.Compare) or [type(op) for op in test.ops] != [ast.Eq]:
        return [Assertion(first, last, ast.unparse(test))]
    seen, promised = _items(test.left), _items(test.comparators[0])
    if len(seen) < 2:
        return [Assertion(first, last, ast.unparse(test))]
    if len(promised) != len(seen):
        whole = ast.unparse(test.comparators[0])
        promised = [f"{whole}[{place}]" for place in range(len(seen))]
    return [
        Assertion(first, last, f"{left} == {right}", place, len(seen))
        for place, (left, right) in enumerate(zip(seen, promised))
    ]


def _items(node: ast.expr) -> list[str]:
    """The items of a tuple or list that is written out."""
    if not isinstance(node, (ast.Tuple, ast.List)):
        return []
    return (
        [] if any(isinstance(n, ast.Starred) for n in node.elts) else [*map(ast.unparse, node.elts)]
    )


def ends_in_one(path: Path, function: str) -> bool:
    """True if the last statement of a function of this file is an assertion: whoever holds passes it."""
    bodies = [
        node.body
        for node in _tree(path).body
        if isinstance(node, ast.FunctionDef) and node.name == function
    ]
    return any(isinstance(body[-1], ast.Assert) for body in bodies)


def at(path: Path, line: int) -> frozenset[Assertion]:
    """The one that this line belongs to, or all its parts."""
    return frozenset(found for found in of_file(path) if line in found)


def red(parts: frozenset[Assertion], left: Any, right: Any) -> frozenset[Assertion]:
    """The parts, of those that were compared, in which the two values differ."""
    return frozenset(part for part in parts if _differs(part, left, right))


def _differs(part: Assertion, left: Any, right: Any) -> bool:
    if part.place is None:
        return True
    try:
        same_length = len(left) == len(right) == part.of
        return same_length and bool(left[part.place] != right[part.place])
    except (TypeError, ValueError, IndexError):
        return False  # What cannot be told apart proves nothing.


def _without_docstring(node: ast.stmt) -> ast.stmt:
    if isinstance(node, ast.FunctionDef) and ast.get_docstring(node) is not None:
        return ast.FunctionDef(**{**dict(ast.iter_fields(node)), "body": node.body[1:]})
    return node


def source_key(path: Path, function: str) -> str:
    """Changes when the clause does, or what it shares with the other clauses of its file."""
    parts = [
        ast.dump(_without_docstring(node))
        for node in _tree(path).body
        if not isinstance(node, ast.FunctionDef)
        or not node.name.startswith("test_")
        or node.name == function
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
