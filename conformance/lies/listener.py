# SPDX-License-Identifier: BSD-3-Clause
"""Hears each look of a clause: writes down what was seen, and lies about one thing, or none."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from conformance.lies.kinds import Change
from targets.peer import Pending
from targets.protocol import Facts

_TARGETS = str(Path(sys.modules[Facts.__module__].__file__ or "").parent)


@dataclass(frozen=True, eq=False)
class Read:
    """A look that a clause took. what: who was looked at, the how manieth time, and which key.
    lines: of the clause's file, that were under way."""

    what: str
    value: Any
    lines: frozenset[int]

    @property
    def kind(self) -> str:
        """The look without its numbers: equal for looks at the same thing at other times."""
        return "".join(c for c in self.what if not c.isdigit())

    @property
    def place(self) -> tuple[frozenset[int], str]:
        """The lines and the kind: equal for the looks of a loop."""
        return self.lines, self.kind


@dataclass(frozen=True)
class Lie:
    """kind: in words.  told: what is told instead, by what is looked at. An exception is raised."""

    about: str
    kind: str
    told: dict[str, Change] = field(compare=False)

    def __str__(self) -> str:
        return f"{self.about}: {self.kind}"


class Listener:
    """path: the clause's file.  lie: None for the truth."""

    def __init__(self, path: Path, lie: Lie | None = None) -> None:
        self.reads: list[Read] = []
        self.told = 0
        self._path = str(path)
        self._lie = lie
        self._count: Counter[str] = Counter()
        self._sources: dict[int, tuple[Facts, str]] = {}
        self._handles: dict[Any, Any] = {}

    # -- what is heard ----------------------------------------------------------------------------

    def fact(self, facts: Facts, key: str, value: Any) -> Any:
        """See targets/observed.py."""
        known = self._sources.get(id(facts))
        lines = self._lines()
        if known is None or lines is None:
            return value
        return self._seen(f"{known[1]}.{key}", value, lines)

    def look(self, observer: str, arguments: tuple[Any, ...], value: Any) -> Any:
        """See targets/observed.py."""
        lines = self._lines()
        if lines is None and not isinstance(value, (Facts, list)):
            return value
        name = ".".join([_name(arguments[0]), observer] if arguments else [observer])
        about = ", ".join(_name(argument) for argument in arguments[1:2])
        what = f"{name}({about})"
        self._count[what] += 1
        what = f"{what}#{self._count[what]}"
        return self._named(what, value) if lines is None else self._seen(what, value, lines)

    def truth(self, value: Any) -> Any:
        """See targets/observed.py."""
        return self._handles.get(value, value) if isinstance(value, str) else value

    # -- what is told -----------------------------------------------------------------------------

    def _seen(self, what: str, value: Any, lines: frozenset[int]) -> Any:
        self.reads.append(Read(what, value, lines))
        return self._named(what, self._instead(what, value))

    def _instead(self, what: str, value: Any) -> Any:
        change = self._lie.told.get(what) if self._lie else None
        if change is None:
            return value
        try:
            told = change(value)
        except (TypeError, ValueError, IndexError, KeyError):
            return value  # The truth has another type this time.
        self.told += 1
        if isinstance(told, BaseException):
            raise told
        if isinstance(value, str) and value.startswith("0x"):
            # An address: a false one would kill the peer, not the clause.
            self._handles[told] = value
        return told

    def _named(self, what: str, value: Any) -> Any:
        """Facts are known by where they come from, also within lists."""
        if isinstance(value, Facts):
            self._sources[id(value)] = (value, what)  # Kept: an id is not used again meanwhile.
        elif isinstance(value, list):
            for place, item in enumerate(value):
                self._named(f"{what}[{place}]", item)
        return value

    def _lines(self) -> frozenset[int] | None:
        """The lines of the clause's file that are under way. None for what the harness looks at itself,
        and outside of the clause."""
        frame: FrameType | None = sys._getframe(2)
        while frame is not None and _is_between(frame):
            frame = frame.f_back
        if frame is None or frame.f_code.co_filename.startswith(_TARGETS):
            return None
        lines = []
        while frame is not None:
            if frame.f_code.co_filename == self._path:
                lines.append(frame.f_lineno)
            frame = frame.f_back
        return frozenset(lines) or None


_BETWEEN = (f"{_TARGETS}/protocol.py", f"{_TARGETS}/observed.py")


def _is_between(frame: FrameType) -> bool:
    return frame.f_code.co_filename in _BETWEEN


def _name(who: Any) -> str:
    """The name of a peer, a command or an argument, the same in each run."""
    if isinstance(who, Pending):
        return f"{who.peer.name} {who.verb}"
    for key in ("name", "verb", "who"):
        if isinstance(getattr(who, key, None), str):
            return str(getattr(who, key))
    if isinstance(who, str):
        return who
    return getattr(who, "__name__", type(who).__name__)
