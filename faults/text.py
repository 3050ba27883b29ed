# SPDX-License-Identifier: BSD-3-Clause
"""Text that people write, word by word, with the place of each: rules of a relay, steps of a scenario."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

UNITS = {"ns": 1, "us": 1_000, "ms": 1_000_000, "s": 1_000_000_000}
LONGEST_NS = 24 * 3600 * UNITS["s"]

_WORD = re.compile(r'(?:"(?:\\.|[^"\\])*"|[^\s"])+')
_ESCAPE = re.compile(r'\\(?:x([0-7][0-9a-fA-F])|(["\\]))')


class TextError(ValueError):
    """A text that cannot be meant, or that can do nothing: where, what was given, what is allowed."""

    def __init__(self, line: int, column: int, given: str, allowed: str) -> None:
        super().__init__(f"line {line}, column {column}: {given}: {allowed}")
        self.line = line
        self.column = column
        self.given = given
        self.allowed = allowed


@dataclass(frozen=True)
class Word:
    """A word, or a word with a quoted text in it; lines and columns count from 1."""

    text: str
    line: int
    column: int

    def wrong(self, allowed: str) -> TextError:
        """The error that this word is."""
        given = repr(self.text) if self.text else "the end of the line"
        return TextError(self.line, self.column, given, allowed)

    def after(self, size: int) -> Word:
        """The word without its first characters."""
        return Word(self.text[size:], self.line, self.column + size)


def words(number: int, text: str) -> tuple[list[Word], Word]:
    """The words of a line, and an empty one where it ends. "#" begins a comment. TextError."""
    found = []
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
        elif text[at] == "#":
            break
        else:
            match = _WORD.match(text, at)
            word = Word(match.group() if match else text[at:], number, at + 1)
            if not match or text[match.end() : match.end() + 1] == '"':
                raise word.wrong("a quoted text ends with a quote")
            found.append(word)
            at = match.end()
    return found, Word("", number, len(text.rstrip()) + 1)


def unquoted(word: Word) -> str:
    """The text that a word means: itself, or what is in its quotes."""
    text = word.text
    if '"' not in text:
        return text
    if not (len(text) > 1 and text[0] == '"' and text[-1] == '"' and '"' not in _bare(text)):
        raise word.wrong("expected one word, or one text in quotes")
    inner = text[1:-1]
    if "\\" in _ESCAPE.sub("", inner):
        raise word.wrong('expected in quotes no other escapes than \\\\, \\" and \\x00 to \\x7f')
    return _ESCAPE.sub(lambda m: chr(int(m[1], 16)) if m[1] else m[2], inner)


def written(text: str, bare: str = r"[A-Za-z0-9_.:/+-]+") -> str:
    """The word that `unquoted` reads as this text. bare: what needs no quotes."""
    if re.fullmatch(bare, text):
        return text
    escaped = (
        f"\\x{ord(c):02x}" if ord(c) < 32 or ord(c) == 127 else f"\\{c}" if c in '"\\' else c
        for c in text
    )
    return f'"{"".join(escaped)}"'


def _bare(quoted: str) -> str:
    return re.sub(r"\\.", "", quoted[1:-1])


def nanoseconds(word: Word) -> int:
    """The time that a word means, such as 300ms: 1 ns to 24 hours."""
    found = re.fullmatch(r"([0-9]{1,15}(?:\.[0-9]{1,9})?)([a-z]*)", word.text)
    units = ", ".join(UNITS)
    if not found or found[2] not in UNITS:
        raise word.wrong(f"expected a time with its unit, such as 300ms; the units are {units}")
    ns = Decimal(found[1]) * UNITS[found[2]]
    if ns != int(ns) or not 1 <= ns <= LONGEST_NS:
        raise word.wrong("expected 1ns to 24 hours, in whole nanoseconds")
    return int(ns)


def data(word: Word, most: int) -> bytes:
    """The bytes that a word means: hexadecimal digits, or a text in quotes."""
    if '"' in word.text:
        value = unquoted(word).encode(errors="surrogatepass")
    elif re.fullmatch(r"(?:[0-9a-fA-F]{2})+", word.text):
        value = bytes.fromhex(word.text)
    else:
        raise word.wrong('expected bytes as hexadecimal digits, two each, or a text in quotes ("")')
    if len(value) > most:
        raise word.wrong(f"it has {len(value)} bytes; a param has at most {most}")
    return value
