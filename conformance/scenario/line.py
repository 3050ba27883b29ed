# SPDX-License-Identifier: BSD-3-Clause
"""The words of one step of a scenario, taken one after another."""

from __future__ import annotations

import re

from faults.text import Word


class Line:
    """found: its words.  end: an empty one where the step ends."""

    def __init__(self, found: list[Word], end: Word) -> None:
        self._words = found
        self._end = end
        self.number = end.line

    def peek(self) -> Word:
        """The next word; the empty one at the end."""
        return self._words[0] if self._words else self._end

    def take(self) -> Word:
        """The next word, which is gone then."""
        return self._words.pop(0) if self._words else self._end

    def rest(self) -> list[Word]:
        """All words that are left."""
        rest, self._words = self._words, []
        return rest

    def keyword(self, *expected: str) -> None:
        """Takes these words, which must come next. TextError where others do."""
        for each in expected:
            word = self.take()
            if word.text != each:
                raise word.wrong(f"expected {each}")

    def comes(self, *expected: str) -> bool:
        """Takes these words where they come next; whether they did."""
        if [word.text for word in self._words[: len(expected)]] != list(expected):
            return False
        del self._words[: len(expected)]
        return True

    def number_from(self, least: int) -> int:
        """The next word is a number. TextError where it is none, or too small."""
        word = self.take()
        if not re.fullmatch(r"[0-9]{1,9}", word.text) or int(word.text) < least:
            raise word.wrong(f"expected a number, {least} or more")
        return int(word.text)

    def over(self) -> None:
        """Nothing more may come."""
        if self._words:
            raise self._words[0].wrong("expected the end of the step")
