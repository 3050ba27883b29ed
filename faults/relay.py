# SPDX-License-Identifier: BSD-3-Clause
"""A relay: a transparent go-between on a live peer's socket.

Its engine (faults/relay/) gives the peer's socket another name, puts a socket of its own in the old place
in one step, and passes on what arrives there, each datagram from a socket that has its sender's own
address, so that neither side can tell. Nothing is asked of the process in front of which it sits.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, Callable, Sequence

from faults import rule_text
from faults import unix_socket
from faults import deployment_view
from faults.engine import Engine
from faults.fault import Fault
from faults.rule import Rule
from faults.deployment_view import DeploymentView
from targets.observed import observed
from targets.scene import Scene
from traffic.datagram import Layout, Span

__all__ = ["Passed", "Relay", "Rule"]


@dataclass(frozen=True)
class Passed:
    """A datagram that came to a relay: when (CLOCK_MONOTONIC ns), from which address, to which socket,
    with how many descriptors, and what the rules make of it."""

    at: int
    action: str
    rule: Rule | None
    to: str
    sender: str
    data: bytes
    fds: int


@dataclass
class _Seen:
    """The messages of the engine until now."""

    datagrams: list[int] = field(default_factory=list)  # by rule
    placed: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


class Relay(Fault):
    """Before sockets of a deployment, while the block lasts. It bit if every rule but "pass" was applied
    at least once, and if anything came at all.

    path: of the socket, or of several.  rules: as objects, and behind them those that are text.
    later: "primary", "secondary" or a socket's name: also before those that arrive while the block lasts.
    watch: each datagram goes to the timeline, and to `on_datagram` (called on a thread of ours).
    """

    name = "relay"

    def __init__(
        self,
        scene: Scene | DeploymentView,
        path: str | Sequence[str] = (),
        *rules: Rule | str,
        later: str | None = None,
        watch: bool = True,
        on_datagram: Callable[[Passed], None] | None = None,
    ) -> None:
        super().__init__(scene)
        self.view = deployment_view.of(scene)
        self.paths = [path] if isinstance(path, str) else list(path)
        self.rules = _read(rules)
        self.seen = 0
        self._later = later
        self._watch = watch
        self._on_datagram = on_datagram
        self._said = _Seen([0] * len(self.rules))
        self._engine = Engine(self.view, self._hear)

    @classmethod
    def unavailable(cls, scene: Scene | DeploymentView) -> str | None:
        return deployment_view.of(scene).no_relay

    def __enter__(self) -> Relay:
        super().__enter__()
        return self

    def __str__(self) -> str:
        before = [PurePosixPath(path).name for path in self.paths]
        before += [f"each later {self._later}"] if self._later else []
        rules = "; ".join(map(str, self.rules))
        return f"relay before {', '.join(before)} ({rules or 'pass all'})"

    def inject(self) -> None:
        for path in self.paths:
            if str(PurePosixPath(path).parent) != self.view.runtime:
                raise ValueError(f"{path} is no socket in {self.view.runtime}")
        self._layout = self.view.layout
        self._engine.start()
        told = [("layout", self._engine.tell("layout", **_numbers(self._layout)))]
        told += [(str(rule), self._engine.tell("rule", **rule.command())) for rule in self.rules]
        told.append(("report", self._engine.tell("report", on=self._watch)))
        if self._later:
            told.append(("later", self._engine.tell("later", of=self._later)))
        for path in self.paths:
            socket = PurePosixPath(path).name
            told.append((path, self._engine.tell("before", socket=socket)))
        for what, number in told:
            self._engine.answer(number, what)

    def heal(self) -> None:
        self._engine.end()

    def took_effect(self) -> bool:
        self.count()
        return self.seen > 0 and all(r.bites > 0 for r in self.rules if r.action != "pass")

    # -- what the test sees of it -----------------------------------------------------------------

    @observed
    def count(self) -> dict[str, Any]:
        """The counters until now: seen, bites (by rule), waiting, lost; and the engine's expense:
        user_us, system_us, waits and preempted (context switches)."""
        counted = self._engine.call("count")
        self.seen = counted["seen"]
        for rule, bites in zip(self.rules, counted["bites"]):
            rule.bites = bites
        return counted

    def wait_bites(self, rule: Rule, bites: int = 1) -> None:
        """Waits until a rule has been applied this often. Only where the relay is watched."""
        index = next(n for n, mine in enumerate(self.rules) if mine is rule)
        wanted = bites * max(rule.group, 1)
        self._engine.wait_until(
            lambda: self._said.datagrams[index] >= wanted, f"{bites} bites of {rule}"
        )

    def wait_before(self, path: str) -> None:
        """Waits until it stands before a socket that was to come later."""
        self._engine.wait_until(lambda: path in self._said.placed, "the relay to be in place")

    def wait_left(self, path: str) -> None:
        """Waits until it has left a socket because its owner has: dead, or the name unlinked."""
        self._engine.wait_until(lambda: path in self._said.left, "the relay to leave")

    @property
    def pid(self) -> int:
        """The pid of the engine."""
        return self._engine.pid

    def let_go(self) -> None:
        """Lets the engine end as it would without us."""
        self._engine.let_go()

    def release(self) -> None:
        """Passes on what is held, in the order in which it came."""
        self._engine.call("release")

    # -- what the engine says, on its reader's thread ---------------------------------------------

    def _hear(self, line: dict[str, Any]) -> None:
        path = f"{self.view.runtime}/{PurePosixPath(line.get('socket', '')).name}"
        if line["event"] == "datagram":
            self._take(line)
        elif line["event"] == "placed":
            self._said.placed.append(path)
            self.timeline.add("relay", "placed", at=line["at"], before=path)
        elif line["event"] == "left":
            self._said.left.append(path)
            self.timeline.add("relay", "left", at=line["at"], before=path, why=line["why"])
        elif line["event"] == "lost":
            why = os.strerror(line["errno"])
            facts = {"from": line["from"], "to": line["to"], "why": why}
            self.timeline.add("relay", "lost", at=line["at"], **facts)

    def _take(self, line: dict[str, Any]) -> None:
        data, rule = bytes.fromhex(line["data"]), line["rule"]
        facts = unix_socket.describe(self._layout, data, line["from"], line["fds"])
        facts.update(to=line["to"], rule=rule, data=line["data"])
        self.timeline.add("relay", line["action"], at=line["at"], **facts)
        if rule is not None:
            self._said.datagrams[rule] += 1
        if self._on_datagram is not None:
            taken_by = None if rule is None else self.rules[rule]
            to = f"{self.view.runtime}/{line['to']}"
            passed = Passed(
                line["at"], line["action"], taken_by, to, line["from"], data, line["fds"]
            )
            self._on_datagram(passed)


def _read(rules: tuple[Rule | str, ...]) -> list[Rule]:
    """Texts are read together, so that what one of them makes impossible in another is refused."""
    texts = [rule for rule in rules if isinstance(rule, str)]
    parsed = rule_text.parse("\n".join(texts))
    return [rule for rule in rules if isinstance(rule, Rule)] + parsed


def _numbers(layout: Layout) -> dict[str, Any]:
    """The layout, as the engine is told of it."""
    spans: list[tuple[str, Span]] = layout.fields()
    return {"size": layout.size, **{name: [span.offset, span.size] for name, span in spans}}
