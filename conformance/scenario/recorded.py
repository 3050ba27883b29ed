# SPDX-License-Identifier: BSD-3-Clause
"""Writes what happened in a scene as a scenario: its timeline, in the words of a scenario.

The values that are expected are those that were seen. Whoever wants it to fail where DPDK breaks a
promise writes the promised ones in their place.
"""

from __future__ import annotations

import json
import re
from pathlib import PurePosixPath
from typing import Any, Iterable, Mapping

from faults.rule import TYPES
from faults.text import written
from traffic.datagram import Layout, decode

_CLAUSE = re.compile(r"# Clause: (.+)")

# EAL arguments that every process of a scene has.
_USUAL = re.compile(
    r"--(lcores|proc-type|file-prefix|huge-dir|base-virtaddr)=.*|--no-pci|--no-huge|--no-shconf"
)
_USUAL_PAIRS = ("--huge-dir", "-d")

# What differs from run to run, or says nothing of DPDK.
_UNSTABLE = {
    "at",
    "re",
    "of",
    "took_ns",
    "called_at",
    "thread",
    "tid",
    "pid",
    "peer",
    "fds",
    "inode",
}
_SILENT = ("greeting", "ready", "held", "polling", "working")

_SIGNALS = {"SIGKILL": "dies", "SIGSTOP": "stops", "SIGCONT": "continues"}
# What a timeline calls the types of datagrams.
_TYPES = {str(int(number)): name for name, number in TYPES.items()}


class Recorder:
    """lines: of the scenario. missing: what happened and has no words in one."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.missing: list[str] = []
        self._labels: dict[tuple[str, int], str] = {}
        self._by_pid: dict[int, str] = {}
        self._ghosts: dict[str, str] = {}
        self._layout: Layout | None = None
        self._gone: set[str] = set()

    def read(self, timeline: list[dict[str, Any]]) -> None:
        """Takes all lines of a timeline."""
        for number, line in enumerate(timeline):
            what, _, rest = line["what"].partition(" ")
            after = timeline[number + 1] if number + 1 < len(timeline) else {}
            if line["who"] == "scene" and what in ("failed", "end"):
                break
            take = getattr(self, f"_{what}", None)
            if take is not None:
                take(line, rest, after)
            elif line["who"] not in ("scene", "scenario", "model", "fault"):
                self._lacks(line)

    def _lacks(self, line: Mapping[str, Any]) -> None:
        said = f"{line['who']} {line['what']}"
        if said not in self.missing:
            self.missing.append(said)

    # -- processes --------------------------------------------------------------------------------

    def _start(self, line: Mapping[str, Any], rest: str, after: Mapping[str, Any]) -> None:
        del rest, after
        command = line["command"]
        if not any(word.startswith("--control-fd") for word in command) or "--hold" in command:
            self._lacks(line)
            return
        given = command[command.index("--") + 1 :]
        words, skip = [], False
        for word in given:
            if not skip and word not in _USUAL_PAIRS and not _USUAL.fullmatch(word):
                words.append(_word(word))
            skip = word in _USUAL_PAIRS
        self.lines.append(" ".join([line["who"], "starts", *words]))

    def _signal(self, line: Mapping[str, Any], rest: str, after: Mapping[str, Any]) -> None:
        del rest, after
        verb = _SIGNALS.get(line["signal"])
        if verb is None:
            self._lacks(line)
        elif line["who"] not in self._gone:
            self.lines.append(f"{line['who']} {verb}")
            self._gone |= {line["who"]} if verb == "dies" else set()

    def _tell(self, line: Mapping[str, Any], verb: str, after: Mapping[str, Any]) -> None:
        who = line["who"]
        if verb == "exit":
            self.lines.append(f"{who} exits")
            self._gone.add(who)
            return
        if verb == "nothing":
            return
        label = f"a{len(self._labels) + 1}"
        self._labels[who, line["id"]] = label
        at_once = after.get("re") == line["id"] and after.get("who") == who
        keys = {key: line[key] for key in line if key not in ("at", "who", "what", "id", "verb")}
        told = [f"{key}={_value(key, value)}" for key, value in keys.items()]
        how = "does" if at_once else "begins"
        self.lines.append(" ".join([f"{label}:", who, how, verb, *told]))

    def _answer(self, line: Mapping[str, Any], verb: str, after: Mapping[str, Any]) -> None:
        del after
        label = self._labels.get((line["who"], line["re"]))
        if label is None or verb in ("exit", "nothing"):
            return
        seen = list(_seen({key: line[key] for key in line if key not in ("who", "what")}))
        self.lines.append(f"expect {label} {' '.join(seen)}" if seen else f"{label} ends")

    def _event(self, line: Mapping[str, Any], event: str, after: Mapping[str, Any]) -> None:
        del after
        if event == "greeting":
            self._by_pid[line["pid"]] = line["who"]
            self._layout = Layout.from_greeting(line["datagram"])
        if event in _SILENT:
            return
        if event in ("eal_failed", "failed"):
            self._lacks(line)
            return
        facts = {key: line[key] for key in line if key not in ("who", "what")}
        self.lines.append(" ".join([line["who"], "says", event, *_seen(facts)]))

    # -- what goes wrong --------------------------------------------------------------------------

    def _begin(self, line: Mapping[str, Any], rest: str, after: Mapping[str, Any]) -> None:
        del after
        about = line.get("about", "").split()
        if rest == "ghost" and len(about) == 2:
            name = f"ghost{len(self._ghosts) + 1}"
            self._ghosts[about[1]] = name
            self.lines.append(f"{name} appears")
        elif line["who"] == "fault" and rest not in ("SIGKILL", "SIGSTOP", "exit without cleanup"):
            self._lacks({"who": "fault", "what": line["about"]})

    def _end(self, line: Mapping[str, Any], rest: str, after: Mapping[str, Any]) -> None:
        """Where a process has ended nothing is said: what ended it is."""

    def _received(self, line: Mapping[str, Any], rest: str, after: Mapping[str, Any]) -> None:
        del rest, after
        ghost = self._ghosts.get(line["who"])
        kind = _TYPES.get(line.get("type", ""))
        if ghost is None or kind is None:
            self._lacks(line)
        else:
            self.lines.append(f"{ghost} gets {kind} {_word(line['name'])}")

    def _send(self, line: Mapping[str, Any], rest: str, after: Mapping[str, Any]) -> None:
        del rest, after
        ghost, raw = self._ghosts.get(line["who"]), bytes.fromhex(line["data"])
        to = self._owner(line["to"])
        if ghost is None or to is None or len(raw) < line["size"]:
            self._lacks(line)
            return
        self.lines.append(f"{ghost} sends {self._datagram(raw, to)}")

    def _owner(self, path: str) -> str | None:
        name = PurePosixPath(path).name
        if name == "mp_socket":
            return next((who for who in self._by_pid.values() if who.startswith("primary")), None)
        pid = name.removeprefix("mp_socket_").partition("_")[0]
        return self._by_pid.get(int(pid)) if pid.isdecimal() else None

    def _datagram(self, raw: bytes, to: str) -> str:
        assert self._layout is not None
        if len(raw) == self._layout.size:
            found = decode(self._layout, raw)
            kind = _TYPES.get(str(int(found.type)))
            if kind and found.name and found.malformed is None:
                words = [kind, _word(found.name), f"to={to}"]
                words += [f"param={found.param.hex()}"] if found.param else []
                words += [f"num_fds={found.num_fds}"] if found.num_fds else []
                return " ".join(words)
        return f"bytes {raw.hex()} to={to}"


def clause_of(scenario: str) -> str:
    """The clause that a scenario belongs to, as its first line says; "" where none is named."""
    named = _CLAUSE.match(scenario)
    return named[1] if named else ""


def scenario_of(timeline: Iterable[str], promise: str, clause: str) -> tuple[str, list[str]]:
    """The text of a scenario, and what happened that has no words in one.

    timeline: its lines, each a JSON object.
    """
    recorder = Recorder()
    recorder.read([json.loads(line) for line in timeline])
    head = [f"# Clause: {clause}", "# The values are those that were seen."]
    head += [f"# It lacks: {what}" for what in recorder.missing]
    living = [
        name for name in dict.fromkeys(recorder._by_pid.values()) if name not in recorder._gone
    ]
    tail = [f"{name} lives" for name in living]
    return "\n".join([*head, f"promise {promise}", *recorder.lines, *tail, ""]), recorder.missing


def _word(text: str) -> str:
    return written(text, r"[^\s\"#;\\]+")


def _value(key: str, value: Any) -> str:
    """A value as the keys of a verb have it."""
    if isinstance(value, dict) and set(value) == {"sec", "nsec"}:
        return f"{value['sec']},{value['nsec']}"
    if isinstance(value, dict):
        inside = [f"{name}={_value(name, part)}" for name, part in value.items() if name != "verb"]
        return _word(" ".join([str(value["verb"]), *inside]))
    if isinstance(value, list):
        return ",".join(map(str, value)) or '""'
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return _word(str(value))


def _seen(facts: Any, way: str = "") -> Iterable[str]:
    """The values of an answer that are the same each time, each with the way to it."""
    pairs = enumerate(facts) if isinstance(facts, list) else facts.items()
    for key, value in pairs:
        if key in _UNSTABLE or (
            key == "rte_errno" and isinstance(facts, dict) and facts.get("ret") == 0
        ):
            continue  # Where a call succeeds, rte_errno says nothing.
        path = f"{way}{key}"
        if isinstance(value, (dict, list)):
            yield from _seen(value, f"{path}.")
        elif not re.fullmatch("0x[0-9a-f]+", str(value)):
            yield f"{path}={_value(str(key), value)}"
