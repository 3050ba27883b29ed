# SPDX-License-Identifier: BSD-3-Clause
"""Reads the lines of a scenario about ghosts: what they send, get and answer."""

from __future__ import annotations

import re
from typing import Any, Callable

from conformance.scenario import values
from conformance.scenario.cast import PROCESS, Cast
from conformance.scenario.line import Line
from conformance.scenario.steps import (
    GhostAnswers,
    GhostAppears,
    GhostGets,
    GhostGoes,
    GhostSends,
    GhostSendsBytes,
    Step,
)
from faults.rule import TYPES
from faults.rule_text import MAX_NAME_LEN, MAX_PARAM_LEN
from faults.text import Word, data, unquoted

# More than any datagram of DPDK has.
MAX_BYTES = 4096

DOES = (
    "appears [without address | with abstract address], goes, sends TYPE NAME to=PROCESS [param=BYTES] "
    "[len_param=N] [num_fds=N], sends bytes BYTES to=PROCESS, gets TYPE NAME, answers LABEL TYPE "
    "[param=BYTES]"
)


def ghost(who: Word, line: Line, label: str, cast: Cast) -> Step:
    """A step of a ghost. TextError where it cannot be meant."""
    what = line.take()
    if what.text == "appears":
        cast.comes(who, "it has appeared before")
        bound = not line.comes("without", "address")
        abstract = bound and line.comes("with", "abstract", "address")
        return GhostAppears(line.number, who.text, bound and not abstract, abstract)
    name = cast.living(who)
    if what.text == "goes":
        cast.gone.add(name)
        return GhostGoes(line.number, name)
    if what.text == "sends":
        return _sends(name, line, cast)
    if what.text == "gets":
        return GhostGets(line.number, name, _type(line.take()), _name(line.take()), label)
    if what.text == "answers":
        asked = cast.label(line.take(), GhostGets)
        answer = _type(line.take())
        keys = _datagram_keys(line.rest(), ("param",))
        return GhostAnswers(line.number, name, asked, answer, keys.get("param", b""))
    raise what.wrong(f"expected what {name} does: {DOES}")


def _sends(who: str, line: Line, cast: Cast) -> GhostSends | GhostSendsBytes:
    if line.peek().text == "bytes":
        line.take()
        raw = data(line.take(), MAX_BYTES)
        return GhostSendsBytes(line.number, who, raw, _receiver(line, cast))
    kind, name = _type(line.take()), _name(line.take())
    to = _receiver(line, cast)
    keys = _datagram_keys(line.rest(), ("param", "len_param", "num_fds"))
    return GhostSends(line.number, who, kind, name, to, keys)


def _receiver(line: Line, cast: Cast) -> str:
    target = line.take()
    key, to = values.assigned(target)
    if key.text != "to" or not PROCESS.fullmatch(to.text):
        raise target.wrong("expected to=PROCESS, such as to=primary1")
    return cast.living(to)


def _type(word: Word) -> str:
    if word.text not in TYPES:
        raise word.wrong(f"expected one of {', '.join(TYPES)}")
    return word.text


def _name(word: Word) -> str:
    name = unquoted(word)
    if not 0 < len(name.encode()) < MAX_NAME_LEN:
        raise word.wrong(f"expected a name of 1 to {MAX_NAME_LEN - 1} bytes")
    return name


def _datagram_keys(given: list[Word], known: tuple[str, ...]) -> dict[str, Any]:
    meanings: dict[str, Callable[[Word], Any]] = {
        "param": lambda word: data(word, MAX_PARAM_LEN),
        "len_param": _number,
        "num_fds": _number,
    }
    found = {}
    for word in given:
        key, value = values.assigned(word)
        if key.text not in known:
            raise key.wrong(f"expected one of {', '.join(known)}")
        found[key.text] = meanings[key.text](value)
    return found


def _number(word: Word) -> int:
    if not re.fullmatch(r"-?[0-9]{1,10}", word.text) or not -(2**31) <= int(word.text) < 2**31:
        raise word.wrong("expected a number that fits a C int")
    return int(word.text)
