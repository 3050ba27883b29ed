# SPDX-License-Identifier: BSD-3-Clause
"""Reads the house's Markdown files: blocks of code, the commands in them, links and headings."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WIDEST = 100

_LINK = re.compile(r"\]\((?!https?:)([^)\s#]*)(?:#([^)\s]+))?\)")
_PATH = re.compile(r"`((?:ci|conformance|faults|targets|traffic)/[\w./-]+)`")
_COMMENT = re.compile(r"(^|\s{2,})#.*$")

# What the reader is told to make.
EXAMPLES = {"conformance/rte_mp/test_mine.py"}


@dataclass(frozen=True)
class Block:
    """A block of code: the language of a fenced block ("" of an indented one), and its lines."""

    path: str
    line: int
    language: str
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """The whole block."""
        return "\n".join(self.lines) + "\n"

    @property
    def commands(self) -> list[str]:
        """The lines as a shell is given them: without comments, and continued lines joined."""
        joined = self.text.replace("\\\n", " ")
        bare = [_COMMENT.sub("", line).rstrip() for line in joined.splitlines()]
        return [re.sub(r"\s+", " ", line) for line in bare if line.strip()]

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


def files() -> list[str]:
    """The Markdown files that git knows, relative to the root."""
    argv = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-co", "--exclude-standard", "*.md"]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in done.stdout.splitlines() if (ROOT / name).is_file()]


def read(path: str) -> str:
    """The text of a Markdown file."""
    return (ROOT / path).read_text(encoding="utf-8")


def blocks(path: str, text: str) -> list[Block]:
    """The blocks of code of a text, in its order."""
    found: list[Block] = []
    language: str | None = None
    taken: list[str] = []
    begin = 0
    lines = text.splitlines()
    for number, line in enumerate([*lines, ""], 1):
        if line.startswith("```"):
            if language is not None:
                found.append(Block(path, begin, language, tuple(taken)))
            language, taken, begin = (None if language is not None else line[3:]), [], number + 1
        elif language is not None:
            taken.append(line)
        elif line.startswith("    ") and (taken or not lines[number - 2].strip()):
            begin = begin if taken else number
            taken.append(line)
        elif taken:
            found.append(Block(path, begin, "", tuple(_dedented(taken))))
            taken = []
    return found


def _dedented(lines: list[str]) -> list[str]:
    indent = min(len(line) - len(line.lstrip()) for line in lines)
    return [line[indent:] for line in lines]


def prose(path: str, text: str) -> list[tuple[int, str]]:
    """The lines that are neither code nor rows of tables, with their numbers."""
    code = {block.line + n for block in blocks(path, text) for n in range(len(block.lines))}
    return [
        (number, line)
        for number, line in enumerate(text.splitlines(), 1)
        if number not in code and not line.startswith("|")
    ]


def too_wide(path: str, text: str) -> list[str]:
    """The lines of prose that are wider than WIDEST columns."""
    return [
        f"{path}:{number}: {len(line)} columns, {WIDEST} are allowed"
        for number, line in prose(path, text)
        if len(line) > WIDEST
    ]


def anchors(text: str) -> set[str]:
    """The names by which links find the headings of a text, as GitHub and others make them."""
    titles = re.findall(r"^#+ (.*)$", text, re.M)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def dead_ends(path: str, text: str) -> list[str]:
    """The links to files and headings, and the paths in backticks, that lead nowhere."""
    dead = []
    for target, anchor in _LINK.findall(text):
        to = (ROOT / path).parent / target
        if target and not to.exists():
            dead.append(f"{path}: there is no {target}")
        elif anchor and anchor not in anchors(to.read_text("utf-8") if target else text):
            dead.append(f"{path}: {target or path} has no heading {anchor}")
    dead += [f"{path}: there is no {name}" for name in _PATH.findall(text) if _missing(name)]
    return dead


def _missing(name: str) -> bool:
    return name not in EXAMPLES and not (ROOT / name.rstrip(".")).exists()
