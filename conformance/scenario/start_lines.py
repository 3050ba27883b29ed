# SPDX-License-Identifier: BSD-3-Clause
"""Reads what a process of a scenario has of its own: KEY=VALUE behind "starts", before EAL arguments."""

from __future__ import annotations

import re
from typing import Any, Callable, Mapping

from conformance.scenario.line import Line
from faults.text import Word
from targets.own import FLAGS

LIMITS = ("nofile", "nproc", "core", "memlock", "as", "stack")

# How an EAL argument begins, as it is or in quotes.
_EAL = '-"'

_MOST = 2**31 - 1


def own(line: Line) -> dict[str, Any]:
    """The words up to the first EAL argument, as targets.scene.Scene.start takes them. TextError where
    they cannot be meant."""
    found: dict[str, Any] = {}
    while (word := line.peek()).text and word.text[0] not in _EAL:
        key, equals, value = word.text.partition("=")
        if not equals or key not in _MEANINGS:
            raise word.wrong(
                f"expected EAL arguments, or, before them, {', '.join(f'{name}=' for name in _MEANINGS)}"
            )
        if key in found:
            raise word.wrong("expected each of them once")
        found[key] = _MEANINGS[key](value, line.take().after(len(key) + 1))
    return found


def told(given: Mapping[str, Any]) -> str:
    """The same as the text of a scenario has it."""
    return " ".join(f"{key}={_text(value)}" for key, value in given.items())


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return ",".join(f"{name}:{most}" for name, most in value.items())
    if isinstance(value, list):
        return ",".join(map(str, value))
    return "own" if value is True else str(value)


def _number(text: str, word: Word) -> int:
    if not re.fullmatch("[0-9]{1,10}", text) or int(text) > _MOST:
        raise word.wrong(f"expected a number, 0 to {_MOST}")
    return int(text)


def _hugetlbfs(text: str, word: Word) -> bool:
    if text != "own":
        raise word.wrong("expected own")
    return True


def _namespaces(text: str, word: Word) -> list[str]:
    kinds = text.split(",")
    if unknown := [kind for kind in kinds if kind not in FLAGS]:
        raise word.wrong(f"{unknown[0]!r} is none of {', '.join(FLAGS)}")
    return kinds


def _limits(text: str, word: Word) -> dict[str, int]:
    limits = {}
    for each in text.split(","):
        name, _, most = each.partition(":")
        if name not in LIMITS:
            raise word.wrong(f"expected such as nofile:64, of {', '.join(LIMITS)}")
        limits[name] = _number(most, word)
    return limits


def _closed(text: str, word: Word) -> list[int]:
    return [_number(each, word) for each in text.split(",")]


_MEANINGS: dict[str, Callable[[str, Word], Any]] = {
    "lcore": _number,
    "namespaces": _namespaces,
    "hugetlbfs": _hugetlbfs,
    "user": _number,
    "limits": _limits,
    "closed": _closed,
}
