# SPDX-License-Identifier: BSD-3-Clause
"""The values of a scenario: of the keys of verbs, and those that answers are compared with."""

from __future__ import annotations

import re
from typing import Any, Callable, Mapping

from conformance.scenario.steps import Not, Reference
from faults.rule_text import MAX_PARAM_LEN
from faults.text import Word, data, nanoseconds, unquoted, words

# The verbs as `peer --verbs=json` tells of them.
Verbs = Mapping[str, Any]

# Timeouts that follow the speed of the machine: targets/speed.py.
TIMES = ("brief", "patience", "ample")

_REFERENCE = re.compile(r"\$([a-z][a-z0-9_]*)\.([A-Za-z0-9_.]+)")
_INTEGER = re.compile(r"-?(?:0x[0-9a-fA-F]+|[0-9]+)")
_CONSTANTS = {"true": True, "false": False, "null": None}


def assigned(word: Word) -> tuple[Word, Word]:
    """The two words of KEY=VALUE."""
    name, equals, _ = word.text.partition("=")
    if not equals or not name:
        raise word.wrong("expected KEY=VALUE")
    return Word(name, word.line, word.column), word.after(len(name) + 1)


def of_verb(verb: str, given: list[Word], where: Word, verbs: Verbs) -> dict[str, Any]:
    """The keys of a verb, as Peer.tell takes them. where: what an error about a missing one points at."""
    known = verbs[verb].get("keys", {})
    found: dict[str, Any] = {}
    for word in given:
        key, value = assigned(word)
        if key.text not in known:
            raise key.wrong(f"{verb} takes {', '.join(known) or 'no keys'}")
        if key.text in found:
            raise key.wrong("expected each key once")
        found[key.text] = _meant(value, known[key.text], verbs)
    for name, kind in known.items():
        if kind["required"] and name not in found:
            raise where.wrong(f"{verb} needs {name}: {kind['type']}")
    return found


def _meant(word: Word, key: Mapping[str, Any], verbs: Verbs) -> Any:
    """What a word means for a key of this type."""
    kind: str = key["type"]
    if not word.text:
        raise word.wrong(f"expected {kind}")
    reference = _REFERENCE.fullmatch(word.text)
    if reference:
        return Reference(reference[1], reference[2])
    if word.text == "null" and (key["nullable"] or kind == "null"):
        return None
    for begin, meaning in _MEANINGS:
        if kind.startswith(begin):
            return meaning(word, kind)
    if kind.startswith("a command"):
        return _command(word, verbs)
    raise word.wrong(f"expected {kind}")


def _integer(word: Word, kind: str) -> int:
    if not _INTEGER.fullmatch(word.text):
        raise word.wrong(f"expected {kind}")
    value = int(word.text, 0)
    bounds = re.search(r"(-?\d+) to (-?\d+)", kind)
    low, high = (int(bounds[1]), int(bounds[2])) if bounds else (0, 2**64 - 1)
    if not low <= value <= high:
        raise word.wrong(f"expected {kind}")
    return value


def _boolean(word: Word, kind: str) -> bool:
    if word.text not in ("true", "false"):
        raise word.wrong(f"expected {kind}")
    return word.text == "true"


def _timeout(word: Word, kind: str) -> str | dict[str, int]:
    del kind
    if word.text in TIMES:
        return word.text
    if word.text == "0":
        return {"sec": 0, "nsec": 0}
    pair = re.fullmatch("(-?[0-9]{1,18}),(-?[0-9]{1,18})", word.text)
    if pair:
        return {"sec": int(pair[1]), "nsec": int(pair[2])}
    negative = word.text.startswith("-")
    try:
        sec, nsec = divmod(nanoseconds(word.after(1) if negative else word), 10**9)
    except ValueError as error:
        raise word.wrong(
            f"expected {', '.join(TIMES)}, 0, null, a time such as 300ms or -2s, or seconds and "
            "nanoseconds, such as 0,-5"
        ) from error
    return {"sec": -sec, "nsec": -nsec} if negative else {"sec": sec, "nsec": nsec}


def _list(word: Word, kind: str) -> list[Any]:
    parts = [part for part in unquoted(word).split(",") if part]
    if "strings" in kind:
        return parts
    least = (
        "an integer of 0 or more"
        if "0 or more" in kind
        else "an integer: -2147483648 to 2147483647"
    )
    return [_integer(Word(part, word.line, word.column), least) for part in parts]


def _pointer(word: Word, kind: str) -> str:
    if not re.fullmatch("0x[0-9a-f]+", word.text):
        raise word.wrong(f"expected {kind}, or what a step has given, such as $memory.addr")
    return word.text


def _command(word: Word, verbs: Verbs) -> dict[str, Any]:
    """A verb with its keys, in quotes."""
    inside, end = words(word.line, unquoted(word))
    verb, *given = inside or [end]
    if verb.text not in verbs:
        raise word.wrong('expected a verb with its keys in quotes, such as "mp_sendmsg name=ping"')
    return {"verb": verb.text, **of_verb(verb.text, given, word, verbs)}


_MEANINGS: list[tuple[str, Callable[[Word, str], Any]]] = [
    ("an integer", _integer),
    ("a count", _integer),
    ("a string", lambda word, kind: unquoted(word)),
    ("bytes", lambda word, kind: data(word, MAX_PARAM_LEN)),
    ("a list", _list),
    ("true or false", _boolean),
    ('{"sec"', _timeout),
    ("a pointer", _pointer),
]


def compared(word: Word) -> tuple[str, Any]:
    """The way to a value and what it is compared with, of KEY=VALUE or KEY!=VALUE."""
    key, value = assigned(word)
    if key.text.endswith("!"):
        path = Word(key.text[:-1], key.line, key.column)
        return path.text, Not(seen(path, value))
    return key.text, seen(key, value)


def seen(path: Word, word: Word) -> Any:
    """What is compared with the value at the end of this way into an answer or an event."""
    if path.text.rpartition(".")[2] == "param":
        return data(word, MAX_PARAM_LEN).hex()
    reference = _REFERENCE.fullmatch(word.text)
    if reference:
        return Reference(reference[1], reference[2])
    if word.text in _CONSTANTS:
        return _CONSTANTS[word.text]
    if _INTEGER.fullmatch(word.text) and not word.text.startswith("0x"):
        return int(word.text)
    if not word.text:
        raise word.wrong('expected a value, or "" for an empty text')
    return unquoted(word)
