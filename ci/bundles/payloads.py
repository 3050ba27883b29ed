# SPDX-License-Identifier: BSD-3-Clause
"""The payloads of a bundle: finds them, however a text has them, and puts letters in their places."""

from __future__ import annotations

import ast
import re

from faults.text import TextError, Word, data

# The keys of verbs, answers and events whose values are the user's data, in hexadecimal digits.
_MESSAGES = ("param", "reply_param")
KEYS = (*_MESSAGES, "data", "obj", "obj_table")

# A shorter payload, or printable part of one, is any word: only where it stands as a payload is it taken
# for one.
_LEAST = 4
_LEAST_PART = 6
# One that is longer, and of so many characters, must be nowhere.
_SURE = 8

#: Bytes, as Python writes them.
LITERAL = re.compile(r"\bb('(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\")")
# As a scenario has them (param="x", 'inside="mp_sendmsg param=\\"x\\""'), and Python ('param': '78').
_GIVEN = re.compile(
    rf"""(\b(?:{'|'.join(KEYS)})(?:!?=|["']:\ ?(?=["']))|\bsends\ bytes\ )"""
    r"""(?:(\\")((?:[^"\\]|\\[^"])*)\\"|(")((?:\\.|[^"\\])*)"|('?)((?:[0-9a-fA-F]{2})+)\b'?)"""
)
_DIGITS = re.compile(r"(?<![0-9A-Za-z])(?:[0-9a-fA-F]{2}){4,}(?![0-9A-Za-z])")

_LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Payloads:
    """Learn from all that the bundle has, settle, then ask. places: how many were replaced."""

    def __init__(self) -> None:
        self._letters: dict[bytes, bytes] = {}
        self._messages: set[bytes] = set()
        self._texts: dict[str, str] = {}
        self._pattern: re.Pattern[str] | None = None
        self.places = 0

    def __len__(self) -> int:
        return len(self._letters)

    def learn_text(self, text: str) -> None:
        """The payloads that a text has as such."""
        for literal in LITERAL.findall(text):
            self._learn(evaluated(f"b{literal}"))
        for given in _GIVEN.finditer(text):
            self._learn(_given(given)[0])

    def learn_value(self, key: str, digits: str) -> None:
        """The value of a key, as JSON has it."""
        if key in KEYS:
            self._learn(_of_hex(digits))
        if key in _MESSAGES:
            self._messages.add(_of_hex(digits))

    def settle(self) -> None:
        """All is learnt."""
        for real, letters in self._letters.items():
            for start, end in self._printable(real):
                self._texts[real[start:end].decode()] = letters[start:end].decode()
        if self._texts:
            told = "|".join(map(re.escape, sorted(self._texts, key=len, reverse=True)))
            self._pattern = re.compile(told)

    def _printable(self, real: bytes) -> list[tuple[int, int]]:
        """Which parts of a payload may stand as they are in a text: all of it, or, of a message, what is
        before a NUL."""
        if _is_text(real):
            return [(0, len(real))] if len(real) >= _LEAST else []
        if real not in self._messages:
            return []  # A whole datagram has the name of its message in it.
        parts = re.finditer(rb"[ -~]{%d,}" % _LEAST_PART, real)
        return [found.span() for found in parts if _is_text(found[0])]

    def _learn(self, real: bytes) -> bytes:
        """The letters that stand for a payload, of the same length; of short ones there are only so
        many."""
        if real and real not in self._letters:
            number, letters = len(self._letters), ""
            while number or not letters:
                number, digit = divmod(number, len(_LETTERS))
                letters += _LETTERS[digit]
            self._letters[real] = letters.ljust(len(real), "x")[: len(real)].encode()
        return self._letters.get(real, b"")

    def value(self, key: str, text: str) -> str | None:
        """What stands for a value of JSON; None where that is no payload."""
        real = _of_hex(text) if key in KEYS else b""
        return self._told(real).hex() if real else None

    def text(self, text: str) -> str:
        """A text without payloads."""
        text = _GIVEN.sub(self._given, text)
        text = LITERAL.sub(self._literal, text)
        text = _DIGITS.sub(self._digits, text)
        return self._pattern.sub(self._text, text) if self._pattern else text

    def _told(self, real: bytes) -> bytes:
        self.places += 1
        return self._learn(real)

    def _text(self, found: re.Match[str]) -> str:
        self.places += 1
        return self._texts[found[0]]

    def _digits(self, found: re.Match[str]) -> str:
        """Digits that are a payload, or have one in them."""
        whole = bytes.fromhex(found[0])
        if whole in self._letters:
            return self._told(whole).hex()
        for real in self._letters:
            if len(real) >= _SURE and real in whole:
                whole = whole.replace(real, self._told(real))
        return whole.hex() if whole != bytes.fromhex(found[0]) else found[0]

    def _literal(self, found: re.Match[str]) -> str:
        real = evaluated(found[0])
        return repr(self._told(real)) if real else found[0]

    def _given(self, found: re.Match[str]) -> str:
        real, quote, is_digits = _given(found)
        if not real:
            return found[0]
        other = self._told(real)
        return f"{found[1]}{quote}{other.hex() if is_digits else other.decode()}{quote}"

    def are_in(self, text: str) -> bool:
        """Whether one of them is left in a text."""
        letters = {*self._texts.values(), *(other.hex() for other in self._letters.values())}
        forms = [real.hex() for real in self._letters if _is_sure(real)]
        forms += [part for part in self._texts if _is_sure(part.encode())]
        return any(form in text and form not in letters for form in forms)


def _is_sure(payload: bytes) -> bool:
    return len(payload) >= _SURE and len(set(payload)) >= _LEAST


def _of_hex(text: str) -> bytes:
    """The bytes of hexadecimal digits; none where these are none."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


def evaluated(literal: str) -> bytes:
    """The bytes that a literal of Python means; none where it means none."""
    try:
        value = ast.literal_eval(literal)
    except (ValueError, SyntaxError):
        return b""
    return value if isinstance(value, bytes) else b""


def _given(found: re.Match[str]) -> tuple[bytes, str, bool]:
    """A payload that a text gives: its bytes, the quote around it, and whether it is digits."""
    key, escape, inside, mark, quoted, single, digits = found.groups(default="")
    if ":" in key:  # JSON and Python have digits in quotes.
        quoted, digits = "", digits or quoted
    real = _of_hex(digits) or _unescaped(inside or quoted)
    return real, escape or mark or single, bool(digits)


def _unescaped(text: str) -> bytes:
    """The bytes of what a scenario has in quotes."""
    try:
        return data(Word(f'"{text}"', 1, 1), 1 << 20)
    except TextError:
        return b""


def _is_text(payload: bytes) -> bool:
    """Whether a payload may stand as it is in a text."""
    return (
        payload.isascii()
        and payload.decode().isprintable()
        and any(map(str.isalpha, payload.decode()))
    )
