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

# Every program speaks the line protocol, which knows none of them.
LINE_PROTOCOL = "targets/line/"

# A peer is a program: the drawers of its verbs know the table of verbs, and each other in one direction.
PEER = "targets/peer"
DRAWERS_MAY_INCLUDE: dict[str, set[str]] = {
    "crypto": set(),
    "distributor": {"mempool"},
    "eal": set(),
    "event": set(),
    "hash": {"stepping"},
    "library": {"stepping"},
    "mbuf": set(),
    "mempool": {"stepping"},
    "metrics": set(),
    "mp": set(),
    "port": {"stepping"},
    "rcu": {"hash"},
    "reorder": {"mempool"},
    "ring": {"stepping"},
    "service": set(),
    "stack": {"stepping"},
    "stepping": set(),
    "timer": {"stepping"},
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


def included(text: str) -> set[str]:
    """Paths of our own that a C++ text includes: with quotes, from the root."""
    return set(re.findall(r'^#include "([^"]+)"', text, re.MULTILINE))


def cpp_files(room: str) -> list[Path]:
    return sorted(path for path in (ROOT / room).rglob("*") if path.suffix in (".cpp", ".hpp"))


@pytest.mark.parametrize("room", ("targets", "faults", "traffic"))
def test_arrows_of_cpp_are_kept(room: str) -> None:
    for path in cpp_files(room):
        for name in included(path.read_text()):
            first = name.partition("/")[0]
            if first not in ROOMS:
                continue  # Beside the file itself: of the same room.
            assert (ROOT / name).exists(), f"{path.relative_to(ROOT)} includes {name}: not there"
            is_known = first in MAY_IMPORT[room] or name.startswith(LINE_PROTOCOL)
            assert is_known, f"{path.relative_to(ROOT)} includes {name}"


def test_headers_of_targets_are_named_from_the_root() -> None:
    for path in cpp_files("targets"):
        wrong = {name for name in included(path.read_text()) if not name.startswith("targets/")}
        assert not wrong, f"{path.relative_to(ROOT)} includes {wrong}"


def test_line_protocol_knows_no_program() -> None:
    for path in cpp_files("targets/line"):
        wrong = {name for name in included(path.read_text()) if not name.startswith(LINE_PROTOCOL)}
        assert not wrong, f"{path.relative_to(ROOT)} includes {wrong}"


def drawer_of(name: str) -> str | None:
    """The drawer of a path from the root; None for a path that is in none."""
    parts = Path(name).relative_to(PEER).parts if name.startswith(PEER + "/") else ()
    return parts[0] if len(parts) == 2 else None


@pytest.mark.parametrize("drawer", DRAWERS_MAY_INCLUDE)
def test_drawers_of_the_peer_include_in_one_direction(drawer: str) -> None:
    for path in cpp_files(f"{PEER}/{drawer}"):
        if path.name.endswith("_test.cpp"):
            continue  # Which may try it on what others have.
        others = {drawer_of(name) for name in included(path.read_text())} - {None, drawer}
        wrong = others - DRAWERS_MAY_INCLUDE[drawer]
        assert not wrong, f"{path.relative_to(ROOT)} includes from {wrong}"


def test_every_drawer_of_the_peer_is_known() -> None:
    there = {path.name for path in (ROOT / PEER).iterdir() if path.is_dir()}
    assert there == set(DRAWERS_MAY_INCLUDE)


def test_includes_are_seen() -> None:
    text = '#include <rte_ring.h>\n#include "targets/peer/ring/known.hpp"\n'
    assert included(text) == {"targets/peer/ring/known.hpp"}
    assert drawer_of("targets/peer/ring/known.hpp") == "ring"
    assert drawer_of("targets/peer/verbs.hpp") is drawer_of("targets/line/schema.hpp") is None


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
