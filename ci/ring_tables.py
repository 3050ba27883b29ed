# SPDX-License-Identifier: BSD-3-Clause
"""The commands of ci/rings: what is found is shown, compared with what is published, or published."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from pathlib import Path
from typing import Any, Callable, TypeVar

from ci.host.say import CannotRun, step
from conformance.deaths import table
from conformance.deaths.range import Range
from conformance.rte_mempool import kills as pool_kills
from conformance.rte_mempool.deaths import walk as pool_walk
from conformance.rte_mempool.deaths.stepping import PoolWalker
from conformance.rte_ring.deaths import walk as ring_walk
from conformance.rte_ring.deaths.stepping import RingWalker
from conformance.rte_ring.deaths.walk import MODES, START_STATES, Walk, operations
from conformance.rte_ring.repairs import table as repair_table
from conformance.rte_ring.repairs.supervisor import try_repairs
from conformance.rte_ring.repairs.torn import SIDES
from conformance.rte_ring.soring.deaths import walk as soring_walk
from conformance.rte_ring.soring.deaths.stepping import SoringWalker
from conformance.verdicts.published import Published
from conformance.verdicts.run import Run, make

ROOT = Path(__file__).resolve().parent.parent
REPORT = ROOT / "build" / "report"
ME = "ci/rings"

PEEKS = sorted({mode for mode, operation in operations() if operation.endswith("peek")})

T = TypeVar("T")


def chosen(ours: argparse.Namespace) -> list[Walk]:
    """The walks that were asked for."""
    found = [
        walk
        for mode, operation in operations()
        if ours.mode in (None, mode) and ours.operation in (None, operation)
        for walk in ring_walk.walks(mode, operation)
        if ours.n in (None, walk.n) and ours.start_state in (None, walk.start_state)
    ]
    if not found:
        states = json.dumps({side: list(names) for side, names in START_STATES.items()})
        raise CannotRun(
            f"there is no such operation: peek is there for {' and '.join(PEEKS)} only, and enqueue "
            f"and dequeue start from {states}"
        )
    return found


def walks(ours: argparse.Namespace) -> int:
    """Deaths at every instruction of every ring operation."""
    run = make("net_tap", REPORT, None)
    selected = chosen(ours)
    found: dict[str, list[Range]] = {}
    began = time.monotonic()
    with run.temporary_scene() as scene:
        walker = RingWalker(scene.primary())
        for number, walk in enumerate(selected, 1):
            found[str(walk)] = walker.ranges(walk, kill=ours.kill)
            _progress(f"{number} of {len(selected)} operations")
    _progress("\n")
    new = table.Table(run.greeting["compiler"], found)
    rate = walker.points / (walker.took_ns / 1e9)
    step(
        ME,
        f"{run.greeting['dpdk']}, {new.compiler}: {walker.points} points of {len(found)} operations "
        f"in {time.monotonic() - began:.1f} s, {rate:.0f} a second while stepping",
    )
    rows = {walk: [vars(each) for each in ranges] for walk, ranges in found.items()}
    figures = {"compiler": new.compiler, "points": walker.points, "walks": rows}
    _report(run, "rings.json", {"dpdk": ".".join(map(str, run.release)), **figures})
    return _judge(run, ours, ring_walk.TABLE, new, table.differences, _show_ranges)


def repairs(ours: argparse.Namespace) -> int:
    """Every repair of every state."""
    run = make("net_tap", REPORT, None)
    states = [(mode, side) for mode in MODES for side in SIDES]
    found: dict[str, dict[str, str]] = {}
    for number, (mode, side) in enumerate(states, 1):
        with run.temporary_scene() as scene:
            found[f"{mode} {side}"] = try_repairs(scene, mode, side)
        _progress(f"{number} of {len(states)} states")
    _progress("\n")
    return _judge(run, ours, repair_table.TABLE, found, repair_table.differences, _show_repairs)


def mempool(ours: argparse.Namespace) -> int:
    """Deaths at every instruction of a get and a put."""
    run = make("net_tap", REPORT, None)
    began = time.monotonic()
    with run.temporary_scene() as scene:
        walker = PoolWalker(scene.primary())
        found = {str(walk): ranges for walk, ranges in walker.all_of()}
    step(ME, f"{walker.points} points in {time.monotonic() - began:.1f} s")
    new = table.Table(run.greeting["compiler"], found)
    return _judge(run, ours, pool_walk.TABLE, new, table.differences, _show_ranges)


def soring(ours: argparse.Namespace) -> int:
    """Deaths at every instruction of the operations on a staged ordered ring."""
    run = make("net_tap", REPORT, None)
    began = time.monotonic()
    with run.temporary_scene() as scene:
        walker = SoringWalker(scene.primary())
        found = {str(walk): walker.ranges(walk) for walk in soring_walk.walks()}
    step(ME, f"{walker.points} points in {time.monotonic() - began:.1f} s")
    # The instructions are those of librte_ring, of whose compiler nothing is known.
    new = table.Table(f"that of {run.greeting['dpdk']}", found)
    return _judge(run, ours, soring_walk.TABLE, new, soring_walk.differences, _show_ranges)


def kills(ours: argparse.Namespace) -> int:
    """Kills so many processes in each of the ways in which a successor may come, and tells what is left
    of the pool."""
    run = make("net_tap", REPORT, None)
    told = {}
    for way in pool_kills.WAYS:
        with run.temporary_scene() as scene:
            told[way.name] = pool_kills.kill(
                scene.primary(), way, ours.number, lambda n: _progress(f"{n} killed, {way.name}  ")
            )
        _progress("\n")
        print(f"  {way.name}: {told[way.name]}")
    _report(run, "kills.json", {name: vars(left) for name, left in told.items()})
    step(ME, "report: build/report/kills.json")
    return 0 if all(left.explained for left in told.values()) else 1


def _judge(
    run: Run,
    ours: argparse.Namespace,
    tables: Published[T],
    found: T,
    differences: Callable[[T, T], dict[str, str]],
    show: Callable[[T], None],
) -> int:
    """Shows what was found if that is wanted, and publishes it, or says what differs from what is
    published; the exit status."""
    if ours.show:
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `--show | head` is no error.
        show(found)
    if ours.publish:
        step(ME, f"published: {tables.publish(run.release, found).relative_to(ROOT)}")
        return 0
    published = tables.load(run.release)
    if published is None:
        raise CannotRun(f"no table is published for this release: {tables.made_by} makes one")
    compiler = getattr(published, "compiler", run.greeting["compiler"])
    if compiler != run.greeting["compiler"]:
        step(ME, f"the table is of {compiler}: only the order of the outcomes is compared")
    wrong = differences(published, found)
    for name, what in wrong.items():
        print(f"  {name}: {what}")
    step(ME, f"{len(wrong)} differ from what is published" if wrong else "as published")
    return 1 if wrong else 0


def _show_ranges(found: table.Table) -> None:
    for walk, ranges in found.walks.items():
        print(walk)
        for each in ranges:
            print(f"  {each.first:>3}-{each.last:<3}  {each.outcome}\n           {each.source}")


def _show_repairs(found: repair_table.Repairs) -> None:
    print(repair_table.body_of(found))


def _report(run: Run, name: str, figures: dict[str, Any]) -> None:
    run.report.mkdir(parents=True, exist_ok=True)
    (run.report / name).write_text(json.dumps(figures, indent=1) + "\n")


def _progress(text: str) -> None:
    """How far it is, on a terminal; a line's end when it is done."""
    if sys.stderr.isatty():
        line = text if text == "\n" else f"\r{ME}: {text}"
        print(line, end="", file=sys.stderr, flush=True)
