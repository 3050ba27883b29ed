# SPDX-License-Identifier: BSD-3-Clause
"""The parts of ci/rings besides its walks: repairs of a ring, deaths inside a mempool, many kills."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

from ci.say import CannotRun, step
from conformance.rte_mempool import kills as pool_kills
from conformance.rte_mempool import walk as pool_walk
from conformance.rte_mempool.stepping import PoolWalker
from conformance.rte_ring import repair_table, table
from conformance.rte_ring.supervisor import try_repairs
from conformance.rte_ring.torn import SIDES
from conformance.rte_ring.walk import MODES, Range
from conformance.verdicts.run import Run
from targets.scene import Scene

ME = "ci/rings"


@contextmanager
def _scene(run: Run) -> Iterator[Scene]:
    with tempfile.TemporaryDirectory() as folder, run.scene(Path(folder) / "scene") as scene:
        scene.hugepages()
        yield scene


def _series(run: Run) -> str:
    return f"{run.release[0]}.{run.release[1]:02}"


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r{ME}: {text}", end="", file=sys.stderr, flush=True)


def repairs(run: Run, ours: argparse.Namespace) -> int:
    """Every repair of every state; compared with what is published, or published."""
    states = [(mode, side) for mode in MODES for side in SIDES]
    found: dict[str, dict[str, str]] = {}
    for number, (mode, side) in enumerate(states, 1):
        with _scene(run) as scene:
            found[f"{mode} {side}"] = try_repairs(scene, mode, side)
        _progress(f"{number} of {len(states)} states")
    _progress("\n")
    if ours.show:
        print(repair_table.text_of(found, _series(run)))
    if ours.write:
        path = repair_table.path_of(run.release)
        path.write_text(repair_table.text_of(found, _series(run)), encoding="utf-8")
        step(ME, f"published: {path.name}")
        return 0
    published = repair_table.load(run.release)
    if published is None:
        raise CannotRun("no table is published for this release: --repairs --write makes one")
    wrong = 0
    for state, rows in found.items():
        for repair, what in repair_table.difference(published.get(state, {}), rows).items():
            wrong += 1
            print(f"  {state}, {repair}: {what}")
    step(ME, f"{wrong} repairs differ from what is published" if wrong else "as published")
    return 1 if wrong else 0


def mempool(run: Run, ours: argparse.Namespace) -> int:
    """Deaths at every instruction of a get and a put; compared with what is published, or published."""
    before = time.monotonic()
    found: dict[str, list[Range]] = {}
    with _scene(run) as scene:
        walker = PoolWalker(scene.primary())
        for walk, ranges in walker.all_of():
            found[str(walk)] = ranges
            if ours.show:
                print(walk)
                for each in ranges:
                    print(
                        f"  {each.first:>3}-{each.last:<3}  {each.outcome}\n           {each.source}"
                    )
    step(ME, f"{walker.points} points in {time.monotonic() - before:.1f} s")
    new = table.Table(run.greeting["compiler"], found)
    if ours.write:
        path = table.path_of(run.release, pool_walk.HERE)
        path.write_text(table.text_of(new, _series(run), pool_walk.HEAD), encoding="utf-8")
        step(ME, f"published: rte_mempool/deaths/{path.name}")
        return 0
    published = table.load(run.release, pool_walk.HERE)
    if published is None:
        raise CannotRun("no table is published for this release: --mempool --write makes one")
    same = published.compiler == new.compiler
    wrong = 0
    for name, ranges in found.items():
        if what := table.difference(published.walks.get(name, []), ranges, same):
            wrong += 1
            print(f"  {name}: {what}")
    step(ME, f"{wrong} operations differ from what is published" if wrong else "as published")
    return 1 if wrong else 0


def kills(run: Run, ours: argparse.Namespace) -> int:
    """Kills so many processes in each of the ways in which a successor may come, and tells what is left
    of the pool."""
    told = {}
    for way in pool_kills.WAYS:
        with _scene(run) as scene:
            told[way.name] = pool_kills.kill(
                scene.primary(), way, ours.kills, lambda n: _progress(f"{n} killed, {way.name}  ")
            )
        _progress("\n")
        print(f"  {way.name}: {told[way.name]}")
    report = {name: vars(left) for name, left in told.items()}
    run.report.mkdir(parents=True, exist_ok=True)
    (run.report / "kills.json").write_text(json.dumps(report, indent=1) + "\n")
    step(ME, "report: build/report/kills.json")
    return 0 if all(left.explained for left in told.values()) else 1
