# SPDX-License-Identifier: BSD-3-Clause
"""Small texts that a user writes on a command line, word by word; what is wrong is shown in its place."""

from __future__ import annotations


class TextError(ValueError):
    """A text is wrong. Shows what is wrong, the text, and a mark below the place."""

    def __init__(self, text: str, at: int, why: str) -> None:
        super().__init__(f"{why}\n  {text}\n  {' ' * at}^")


def words(text: str) -> list[tuple[str, int]]:
    """Each word and where it begins."""
    found, at = [], 0
    for word in text.split():
        at = text.index(word, at)
        found.append((word, at))
        at += len(word)
    return found
