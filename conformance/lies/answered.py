# SPDX-License-Identifier: BSD-3-Clause
"""Assertions that cannot fail and are answered for: answered.toml says why each is right as it is."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path

HERE = Path(__file__).parent / "answered.toml"


class AnsweredError(Exception):
    """answered.toml says something that cannot be meant."""


@dataclass(frozen=True)
class Answer:
    """clause: node id, without parameters.  assertion: its condition, as the list has it.  why: a
    sentence."""

    clause: str
    assertion: str
    why: str


def load(path: Path = HERE) -> list[Answer]:
    """All entries."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise AnsweredError(f"{path.name}: {error}") from error
    wanted = {field.name for field in fields(Answer)}
    for entry in raw.get("answer", []):
        if set(entry) != wanted or not all(entry.values()):
            raise AnsweredError(
                f"{path.name}: {entry.get('clause', 'an answer')}: its keys are {sorted(wanted)}"
            )
    if set(raw) - {"answer"}:
        raise AnsweredError(f"{path.name}: unknown table {sorted(set(raw) - {'answer'})[0]}")
    return [Answer(**entry) for entry in raw.get("answer", [])]
