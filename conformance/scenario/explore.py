# SPDX-License-Identifier: BSD-3-Clause
"""Looks for an order in which a scenario fails: python3 -m conformance.scenario.explore FILE OUTPUT. Each
way of failing is written into OUTPUT.1.scenario, OUTPUT.2.scenario, ... as soon as it is found.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Callable

from conformance.scenario.in_order import Played
from conformance.scenario.minimise import way
from conformance.scenario.orders import All, ByChance, shorten
from conformance.scenario.repeated import Repeated, in_place
from conformance.scenario.steps import Scenario
from conformance.scenario.text import TextError, parse
from conformance.verdicts.run import make, verbs
from faults.schedule import Order, Switch
from targets.outcome import CannotRun, HarnessFault, Inconclusive, Unavailable

# How often what is found between two lines of progress.
_EVERY_S = 5.0


class Exploration:
    """Plays a scenario in one order after another, and keeps what fails."""

    def __init__(self, scenario: Scenario, repeated: Repeated, output: Path) -> None:
        self._scenario = scenario
        self._repeated = repeated
        self._output = output
        self._began = self._told = time.monotonic()
        self._orders: set[tuple[str, ...]] = set()
        self._shortened_s = 0.0
        self.schedules = 0
        self.ways: Counter[str] = Counter()

    def run(self, orders: All | ByChance, most: int, until_fails: bool) -> None:
        """Plays at most so many orders."""
        for order in orders:
            if self.schedules == most:
                return
            played = self._repeated.play(order)
            self.schedules += 1
            self._orders.add(played.order)
            orders.seen(played.decisions)
            if played.error is not None:
                failure = way(played.error)
                self.ways[failure] += 1
                if self.ways[failure] == 1:
                    self._keep(played, failure)
                if until_fails:
                    return
            if time.monotonic() > self._told + _EVERY_S:
                self.tell()

    def _took_s(self) -> float:
        """For looking, without what making it shorter took."""
        return time.monotonic() - self._began - self._shortened_s

    def tell(self) -> None:
        """Says how far it is."""
        self._told = time.monotonic()
        took_s = self._took_s()
        print(
            f"{self.schedules} schedules in {took_s:.1f} s ({self.schedules / took_s:.0f} a second), "
            f"{len(self._orders)} different, {self._repeated.starts} times new processes; "
            f"{sum(self.ways.values())} failed, in {len(self.ways)} ways",
            flush=True,
        )

    def _keep(self, played: Played, failure: str) -> None:
        """Writes an order that fails, and then shorter ones."""
        number = len(self.ways)
        began = time.monotonic()
        print(
            f"way {number}, after {self.schedules} schedules and {self._took_s():.1f} s: {failure}\n"
            f"{played.error}".replace("\n", "\n    "),
            flush=True,
        )
        path = self._output.with_name(f"{self._output.name}.{number}.scenario")

        def fails(switches: tuple[Switch, ...], fresh: bool) -> Played | None:
            """Plays this order, fresh: by new processes, as ci/reproduce does. Writes it if it fails."""
            again = self._repeated.play(Order(switches), fresh=fresh)
            if again.error is None:
                return None
            text = in_place(self._scenario.text, self._repeated.steps[0], again.switches)
            path.write_text(text, encoding="utf-8")
            return again

        print(f"    {_shortest(played.switches, fails)}", flush=True)
        if path.exists():
            print(f"    written: {path}", flush=True)
        self._shortened_s += time.monotonic() - began


def _shortest(
    switches: tuple[Switch, ...], fails: Callable[[tuple[Switch, ...], bool], Played | None]
) -> str:
    """Looks for the fewest switches that fail in the same way; what came of that."""
    first = fails(switches, True)
    if first is None or first.error is None:
        return "new processes do not fail in this order: what others had done before is needed"
    failure = way(first.error)

    def by_fewer(fewer: tuple[Switch, ...]) -> tuple[Switch, ...] | None:
        again = fails(fewer, False)
        if again is None or again.error is None or way(again.error) != failure:
            return None
        return again.switches if len(again.switches) <= len(fewer) else None

    shortest = shorten(first.switches, by_fewer)
    again = fails(shortest, True)
    told = way(again.error) if again is not None and again.error is not None else "it holds"
    return f"in {len(shortest)} switches, by new processes: {told}"


def arguments(argv: list[str]) -> argparse.Namespace:
    """The wishes of the user, which ci/explore has checked."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("file", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--schedules", type=int, default=1000)
    parser.add_argument("--depth", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--all-orders", type=int)
    parser.add_argument("--until-fails", action="store_true")
    return parser.parse_args(argv)


def main(argv: list[str]) -> int:
    """The program; its exit status: 0 nothing fails, 1 something does, 2 it cannot be run."""
    ours = arguments(argv)
    # Beside the output, so that what a run that was killed has left is gone with the next one.
    folder = ours.output.parent / "scenes"
    shutil.rmtree(folder, ignore_errors=True)
    run = make("net_tap", folder, None)
    try:
        scenario = parse(ours.file.read_text(encoding="utf-8"), verbs(run.dpdk))
        exploring = Repeated(run, scenario, folder)
    except TextError as error:
        print(f"{ours.file}: {error}", file=sys.stderr)
        return 2
    exploration = Exploration(scenario, exploring, ours.output)
    orders: All | ByChance = ByChance(ours.seed, ours.depth)
    if ours.all_orders is not None:
        orders = All(ours.all_orders)
    try:
        with exploring:
            exploration.run(orders, ours.schedules, ours.until_fails)
    except KeyboardInterrupt:
        print("interrupted: what was found is written", file=sys.stderr)
        exploration.tell()
        return 1 if exploration.ways else 2
    exploration.tell()
    return 1 if exploration.ways else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (CannotRun, Unavailable, Inconclusive, HarnessFault) as failed:
        print(failed, file=sys.stderr)
        sys.exit(2)
