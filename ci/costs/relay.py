# SPDX-License-Identifier: BSD-3-Clause
"""Measures the cost of a relay for the processes that it stands between: requests and datagrams with
and without a relay, in turns."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from statistics import median
from types import TracebackType
from typing import Any

from ci.costs.figures import Figure, number
from faults import deployment_view
from faults.engine import Engine
from faults.relay import Relay
from targets.peer import Peer
from targets.scene import Scene

ROUNDS = 15
REQUESTS = 1000
DATAGRAMS = 10_000

DIRECT, RELAYED, TOLD, WATCHED = "direct", "relayed", "told", "watched"
WAYS = (DIRECT, RELAYED, TOLD, WATCHED)


class _Told:
    """A relay that reports each datagram to an owner who reads that, and does nothing with it."""

    def __init__(self, scene: Scene, path: str) -> None:
        self._scene = scene
        self._path = path
        self._engine = Engine(deployment_view.of(scene), lambda line: None)

    def __enter__(self) -> _Told:
        self._engine.start()
        self._engine.call("report", on=True)
        self._engine.call("before", socket=PurePosixPath(self._path).name)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._engine.end()


def _in_the_way(how: str, scene: Scene, path: str) -> AbstractContextManager[Any]:
    if how == DIRECT:
        return nullcontext()
    if how == TOLD:
        return _Told(scene, path)
    return Relay(scene, path, watch=how == WATCHED)


@dataclass
class _Rounds:
    """The figures of a way to measure, one for each round."""

    p50_us: list[float] = field(default_factory=list)
    p99_us: list[float] = field(default_factory=list)
    per_s: list[float] = field(default_factory=list)


@dataclass
class _Engine:
    """The cost of a datagram for the engine, a figure for each round."""

    # Its own code and the kernel's together: the kernel tells the sum, and guesses at the parts.
    cpu_us: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    def add(self, before: dict[str, Any], after: dict[str, Any]) -> None:
        """Adds what came between two counts. The cost of starting an engine is not the cost of a
        datagram."""
        seen, user_us, system_us, waits = (
            after[key] - before[key] for key in ("seen", "user_us", "system_us", "waits")
        )
        self.cpu_us.append((user_us + system_us) / seen)
        self.waits.append(waits / seen)


@dataclass
class _Pair:
    """The two processes, and the figures that were measured, by way."""

    asker: Peer
    asked: Peer
    rounds: dict[str, _Rounds] = field(default_factory=lambda: {way: _Rounds() for way in WAYS})
    engine: _Engine = field(default_factory=_Engine)

    def measure(self, scene: Scene, how: str) -> None:
        """Measures in one way, once."""
        with _in_the_way(how, scene, scene.socket_of(self.asked)) as relay:
            before = relay.count() if how == RELAYED else {}
            took = self._ask(REQUESTS)
            if how == RELAYED:
                self.engine.add(before, relay.count())
            mine = self.rounds[how]
            mine.p50_us.append(took.p50_ns / 1000)
            mine.p99_us.append(took.p99_ns / 1000)
            mine.per_s.append(self._flood())

    def _ask(self, times: int, timeout: str = "ample") -> Any:
        answer = self.asker.call(
            "mp_request_sync_times", name="echo", times=times, timeout=timeout, deadline_s=120
        )
        if answer.missed:
            raise RuntimeError(f"{answer.missed} of {times} requests failed: nothing is measured")
        return answer.took

    def _flood(self) -> float:
        """Datagrams a second, as they come to the one they are sent to."""
        self.asked.call("mp_counted")
        sent = self.asker.call("mp_sendmsg_times", name="sink", times=DATAGRAMS, deadline_s=120)
        self._ask(1)  # It is answered when all before it has come.
        came = self.asked.call("mp_counted")
        if sent.missed or came.count != DATAGRAMS + 1:
            raise RuntimeError(f"{came.count - 1} of {DATAGRAMS} datagrams came")
        return float(DATAGRAMS / (came.last_ns - came.first_ns) * 1e9)


def measure(scene: Scene, rounds: int) -> tuple[list[Figure], dict[str, Any], str]:
    """The figures, what else is to be known for the report, and where the time goes, for people."""
    primary, secondary = scene.primary(), scene.secondary()
    for peer in (primary, secondary):
        peer.call("mp_action_count", name="echo", reply=True)
        peer.call("mp_action_count", name="sink", reply=False)
    pairs = [_Pair(secondary, primary), _Pair(primary, secondary)]
    trips = []
    size = primary.greeting.datagram.size
    for _ in range(rounds):
        for pair in pairs:
            for how in WAYS:
                pair.measure(scene, how)
        trip = primary.call("round_trip_times", times=REQUESTS, size=size)
        trips.append(trip.took.p50_ns / 1000)
    scene.timeline.add("benchmark", "measured", rounds=rounds)
    figures = [figure for pair in pairs for figure in _figures(pair)]
    more = {"round_trip_us": trips, "engine": [vars(pair.engine) for pair in pairs]}
    return figures, more, _where_it_goes(pairs[0], median(trips) / 2)


def _figures(pair: _Pair) -> list[Figure]:
    asks = f"{pair.asker.name[:-1]} asks {pair.asked.name[:-1]}"
    sends = f"{pair.asker.name[:-1]} sends to {pair.asked.name[:-1]}"
    found = []
    for plain, other, way, wanted, rate in (
        (DIRECT, RELAYED, "a relay before the one who is asked", "<= 1.3", ">= 20,000 /s"),
        (RELAYED, TOLD, "its telling of each datagram", "", ""),
        (RELAYED, WATCHED, "its watching, decoded into a timeline", "", ""),
    ):
        one, two = pair.rounds[plain], pair.rounds[other]
        found += [
            Figure(f"{asks}, p50", "us", way, one.p50_us, two.p50_us, wanted),
            Figure(f"{asks}, p99", "us", way, one.p99_us, two.p99_us),
            Figure(f"{sends}", "/s", way, one.per_s, two.per_s, rate),
        ]
    return found


def _where_it_goes(pair: _Pair, hop_us: float) -> str:
    direct, relayed = pair.rounds[DIRECT], pair.rounds[RELAYED]
    added = median(two - one for one, two in zip(direct.p50_us, relayed.p50_us))
    engine = pair.engine
    return "\n".join(
        [
            f"Where the time goes ({pair.asker.name} asks {pair.asked.name}, p50): a relay adds",
            f"  {number(added)} us to a request: one more process is woken, receives and sends.",
            f"  {number(hop_us)} us is what this machine takes to hand a datagram of this size to a",
            "  thread that sleeps: between two threads, without DPDK and without us.",
            f"  {number(median(engine.cpu_us))} us of CPU time is what a datagram costs the engine, "
            f"the kernel's part included; it waits {median(engine.waits):.1f} times.",
        ]
    )
