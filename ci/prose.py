# SPDX-License-Identifier: BSD-3-Clause
"""Finds docstrings that do not name their thing: those whose first word is a bare pronoun."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

PRONOUNS = {"It", "Its", "Of", "Those", "These", "Who", "One", "Both", "They", "He", "So"}

# Folders and files whose docstrings have been written again. The others are still to be done.
DONE = (
    "ci/",
    "conformance/",
    "traffic/",
    "faults/attacks/",
    "faults/deployment/",
    "faults/fault.py",
    "faults/ghost.py",
    "faults/lies.py",
)


def is_done(name: str) -> bool:
    """True if no docstring of a file may begin with a pronoun."""
    return name.startswith(DONE) and not name.startswith("conformance/verdicts/")


def pronouns(name: str, text: str) -> list[str]:
    """The docstrings of a Python text whose first word is a pronoun: file, line, and their beginning."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Module)):
            docstring = ast.get_docstring(node) or ""
            if docstring.partition(" ")[0].rstrip(",.:;") in PRONOUNS:
                line = node.body[0].lineno
                found.append((line, docstring.splitlines()[0]))
    return [f"{name}:{line}: whom or what? {begin}" for line, begin in sorted(found)]


def main(names: list[str]) -> int:
    """Prints what is found in these files; 1 if there is anything."""
    found = [
        line
        for name in names
        if is_done(name)
        for line in pronouns(name, Path(name).read_text(encoding="utf-8"))
    ]
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
