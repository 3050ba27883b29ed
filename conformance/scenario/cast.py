# SPDX-License-Identifier: BSD-3-Clause
"""The cast of a scenario at a line: processes and ghosts that are there, and the names of answers."""

from __future__ import annotations

import re
from typing import Any, Collection

from conformance.scenario.steps import Reference
from faults.text import Word

PROCESS = re.compile(r"(primary|secondary)[1-9][0-9]?")
LABEL = re.compile(r"[a-z][a-z0-9_]*")


class Cast:
    """there: who has come.  gone: who is no more.  labels: the kind of step that each name is of.
    keywords: what no answer may be called."""

    def __init__(self, keywords: Collection[str]) -> None:
        self._keywords = keywords
        self.there: set[str] = set()
        self.gone: set[str] = set()
        self.labels: dict[str, type] = {}

    def comes(self, who: Word, again: str) -> None:
        """Somebody comes. again: the error where it has come before."""
        if who.text in self.there:
            raise who.wrong(again)
        self.there.add(who.text)

    def new_label(self, word: Word) -> str:
        """The name that an answer is to have. TextError where it cannot."""
        label = word.text[:-1]
        if not LABEL.fullmatch(label) or label in self._keywords:
            raise word.wrong("expected a name of small letters, digits and _")
        if label in self.labels:
            raise word.wrong("this name is taken")
        return label

    def label(self, word: Word, *kinds: type) -> str:
        """The name of an answer, of one of these kinds of steps. TextError where there is none."""
        known = [name for name, kind in self.labels.items() if not kinds or kind in kinds]
        if word.text not in known:
            raise word.wrong(
                f"expected a name that stands before: {', '.join(known) or 'there is none'}"
            )
        return word.text

    def living(self, word: Word) -> str:
        """A process or ghost that is there by now. TextError where it is not, or no more."""
        if word.text in self.gone:
            raise word.wrong("it is gone by then")
        if word.text not in self.there:
            there = ", ".join(sorted(self.there - self.gone)) or "nobody"
            raise word.wrong(f"expected one that is there by then: {there}")
        return word.text

    def checked(self, keys: dict[str, Any], where: Word) -> dict[str, Any]:
        """The keys, whose references name what stands before."""
        for value in keys.values():
            if isinstance(value, Reference):
                self.label(Word(value.label, where.line, where.column))
        return keys
