# SPDX-License-Identifier: BSD-3-Clause
"""What happened in a scene, as reports carry it: its timeline, in the words of a sequence diagram."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Iterator

# A report keeps so many events of a case, from both ends; so many characters of each.
MOST = 120
WIDTH = 160

# Facts of an answer that differ from run to run, or are told beside it.
_UNSTABLE = {"at", "re", "called_at", "took_ns"}

# A peer's own words that say nothing of DPDK.
_SILENT = {"greeting"}


@dataclass(frozen=True)
class Event:
    """One event of a scene.

    at_us: since the scene began.  who: the process, ghost, relay or "fault".  what: "start", "end",
    "signal", "call", "answer", "message", "reply", "datagram", "event", "fault" or "failed".  text: the
    rest.  to: for a message, a reply and a datagram, who is to have it.
    """

    at_us: int
    who: str
    what: str
    text: str
    to: str = ""

    def as_dict(self) -> dict[str, Any]:
        """For JSON; without `to` where it is for nobody."""
        return {key: value for key, value in asdict(self).items() if key != "to" or value}


class Reader:
    """Reads the lines of one timeline, and knows by which name each socket's owner goes."""

    def __init__(self) -> None:
        self._primary = "primary1"
        self._by_pid: dict[int, str] = {}
        self._asked_by: dict[tuple[str, str], str] = {}
        self._began: int | None = None

    def read(self, line: dict[str, Any]) -> Iterator[Event]:
        """The events of a line, none or one."""
        at, who, (word, _, rest) = line["at"], line["who"], line["what"].partition(" ")
        if self._began is None:
            self._began = at
        self._learn(who, word, rest, line)
        found = self._event(who, word, rest, line)
        if found is not None:
            what, text, other, to = found
            yield Event((at - self._began) // 1000, other, what, _cut(text), to)

    def _learn(self, who: str, word: str, rest: str, line: dict[str, Any]) -> None:
        if line["what"] == "start" and who.startswith("primary"):
            self._primary = who
        if word == "event" and rest == "greeting":
            self._by_pid[line["pid"]] = who
        if word == "event" and rest == "action":
            self._asked_by[who, line["action"]] = self._owner(line["peer"])

    def _owner(self, path: str | None) -> str:
        """Who owns a socket of the runtime directory."""
        name = PurePosixPath(path or "somebody").name
        if name == "mp_socket":
            return self._primary
        owner = name.removeprefix("mp_socket_")
        pid = owner.partition("_")[0]
        return self._by_pid.get(int(pid), owner) if pid.isdecimal() else owner

    def _event(
        self, who: str, word: str, rest: str, line: dict[str, Any]
    ) -> tuple[str, str, str, str] | None:
        """What, text, who and to whom; None for what a diagram does not show."""
        if line["what"] in ("start", "end") and who != "scene":
            arguments = " ".join(line.get("command", [])).partition(" -- ")[2]
            return word, line.get("how", arguments), who, ""
        if word == "signal":
            return word, line["signal"], who, ""
        if word == "tell" and "id" in line:
            return "call", f"{rest} {_told(line, {'id', 'verb'})}", who, ""
        if word == "answer" and "re" in line:
            return word, f"{rest}: {outcome(line)}", who, ""
        if word == "event":
            return self._said(who, rest, line)
        if who == "fault":
            about = line.get("about", rest) + ("" if line.get("bit", True) else ", without effect")
            return "fault", f"{word} {about}", who, ""
        if who == "scene" and word == "failed":
            return word, line["why"], who, ""
        if who == "relay" and "from" in line and "to" in line:
            text = f"{line['what']} {line.get('name', '')} {line.get('why', '')}"
            return "datagram", text, self._owner(line["from"]), self._owner(line["to"])
        if word == "send" and "to" in line:
            return "datagram", f"{line['size']} bytes", who, self._owner(line["to"])
        if word == "received":
            return "datagram", line["name"], self._owner(line["from"]), who
        return None if who == "scene" else ("event", f"{line['what']} {_told(line)}", who, "")

    def _said(self, who: str, event: str, line: dict[str, Any]) -> tuple[str, str, str, str] | None:
        if event in _SILENT:
            return None
        if event == "action":
            message = line.get("msg") or {}
            text = f"{line['action']} ({message.get('len_param', 0)} bytes)"
            return "message", text, self._owner(line["peer"]), who
        if event == "replied":
            to = self._asked_by.get((who, line["action"]), "")
            return "reply", f"{line['action']}: {outcome(line)}", who, to
        return "event", f"{event} {_told(line)}", who, ""


def _told(line: dict[str, Any], without: frozenset[str] | set[str] = frozenset()) -> str:
    """The facts of a line, for people."""
    left = {"at", "who", "what", "action", "thread", *without}
    facts = {key: value for key, value in line.items() if key not in left}
    return " ".join(f"{key}={_value(value)}" for key, value in facts.items())


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def outcome(line: dict[str, Any]) -> str:
    """What an answer says: "-1 ETIMEDOUT, nb_received 0, nb_sent 1"."""
    facts = {key: value for key, value in line.items() if key not in _UNSTABLE}
    head = _value(facts.pop("ret", None))
    error = facts.pop("rte_errno", None)
    for key in ("who", "what", "thread", "action"):
        facts.pop(key, None)
    rest = [f"{key} {_value(value)}" for key, value in sorted(facts.items()) if value is not None]
    return ", ".join([head + (f" {error}" if error else ""), *rest])


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= WIDTH else f"{text[: WIDTH - 4]} ..."


def lines_of(path: Path) -> list[dict[str, Any]]:
    """The lines of a timeline, in the order of what happened; none where it is not there."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    lines: list[dict[str, Any]] = [json.loads(line) for line in text.splitlines()]
    return sorted(lines, key=lambda line: int(line["at"]))


def of(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The events of a scene, at most MOST: of more, the first and the last."""
    reader = Reader()
    events = [event.as_dict() for line in lines for event in reader.read(line)]
    if len(events) <= MOST:
        return events
    left_out = len(events) - MOST
    gap = Event(events[MOST // 2]["at_us"], "scene", "event", f"{left_out} events are not shown")
    return [*events[: MOST // 2], gap.as_dict(), *events[-MOST // 2 :]]
