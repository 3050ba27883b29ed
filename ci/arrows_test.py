# SPDX-License-Identifier: BSD-3-Clause
"""Holds the arrows between the rooms, and other rules of the house that a text search can hold."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("targets", "conformance", "faults", "traffic", "ci")

MAY_IMPORT = {
    "targets": {"targets"},
    "traffic": {"traffic"},
    "faults": {"faults", "targets", "traffic"},
    "conformance": {"conformance", "faults", "targets", "traffic"},
    "ci": set(ROOMS),
}


def imported(text: str) -> set[str]:
    """First parts of all modules that a Python text imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names


def python_files(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


@pytest.mark.parametrize("room", ROOMS)
def test_arrows_are_kept(room: str) -> None:
    for path in python_files(room):
        wrong = (imported(path.read_text()) & set(ROOMS)) - MAY_IMPORT[room]
        assert not wrong, f"{path.relative_to(ROOT)} imports {wrong}: {room} may not"


def test_imports_are_seen_wherever_they_stand() -> None:
    text = "import ci.x\ndef f():\n    from faults.y import z\nfrom . import q"
    assert imported(text) == {"ci", "faults"}


def test_there_are_no_other_rooms() -> None:
    there = {path.name for path in ROOT.iterdir() if path.is_dir() and path.name[0] != "."}
    assert there - {"build", "__pycache__"} == set(ROOMS)


@pytest.mark.parametrize("room", ROOMS)
def test_every_file_says_what_it_does(room: str) -> None:
    for path in python_files(room):
        assert ast.get_docstring(ast.parse(path.read_text())), f"{path} has no first line"


@pytest.mark.parametrize("room", ROOMS)
def test_time_is_never_waited_for(room: str) -> None:
    forbidden = re.compile(r"\b(time\.sleep|usleep|sleep_for|pkill|killall)\b|shell=True")
    for path in (ROOT / room).rglob("*"):
        if path.suffix in (".py", ".cpp", ".hpp") and path != Path(__file__):
            found = forbidden.search(path.read_text())
            assert not found, f"{path.relative_to(ROOT)}: {found and found[0]}"
