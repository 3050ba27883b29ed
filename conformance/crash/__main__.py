# SPDX-License-Identifier: BSD-3-Clause
"""The walk, in the namespaces of a run: started by ci/crash."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time

from conformance.crash import table
from conformance.crash.activity import ACTIVITIES
from conformance.crash.walk import STUMBLED, Progress, Walk
from conformance.crash.errors import failing
from conformance.crash.table import Range, Row, Table
from conformance.crash.point import Point, Result, alone
from conformance.crash.stage import Stage
from conformance.verdicts.published import TableError
from conformance.verdicts.run import ROOT, Run, make
from targets.outcome import CannotRun, Unavailable

ME = "ci/crash"
REPORT = ROOT / "build" / "report"


def say(text: str) -> None:
    """Prints a line of progress."""
    print(f"{ME}: {text}", flush=True)


def rows(walk: Walk) -> list[Row]:
    """The results, in the order of the points."""
    taken = [walk.results[str(point)] for point in walk.points if str(point) in walk.results]
    return [Row(r.point.key, r.point.occurrence, table.words(r.found), str(r.point)) for r in taken]


def differences(found: list[Row], published: Table | None, mode: str) -> list[str]:
    """The results that differ from the published ones, each with the command that shows it alone."""
    if published is None:
        return []
    lines = []
    for row in found:
        why = published.difference(row)
        if why:
            lines.append(f"{row.key[2]} #{row.occurrence}: {why}\n      {alone(row.point, mode)}")
    return lines


def report(walk: Walk, run: Run, mode: str, seconds: float, partial: bool) -> list[Range]:
    """build/report/crash.json and crash.txt."""
    found = rows(walk)
    ranges = table.fold(found)
    REPORT.mkdir(parents=True, exist_ok=True)
    figures = {
        "dpdk": run.greeting["dpdk"],
        "mode": mode,
        "partial": partial,
        "points": len(walk.points),
        "taken": len(found),
        "with effects": sum(bool(row.effects) for row in found),
        "did not bite": [row.point for row in found if row.effects is None],
        "seconds": round(seconds, 1),
        "ranges": table.as_json(ranges),
    }
    (REPORT / "crash.json").write_text(json.dumps(figures, indent=1) + "\n")
    (REPORT / "crash.txt").write_text(table.show(ranges) + "\n")
    return ranges


def walk_all(run: Run, ours: argparse.Namespace, activities: list[str]) -> int:
    """Takes every point; the exit status."""
    begin = time.monotonic()
    partial = False
    with Walk(run, ours.mode, activities, anew=ours.anew) as walk:
        try:
            if walk.resumed:
                say(f"goes on where it was interrupted: {walk.resumed} points are done")
            walk.record()
            say(f"{len(walk.points)} points in {len(activities)} activities")
            progress = Progress(len(walk.points), walk.resumed)
            for result in walk.take():
                progress.step(str(result.point))
        except KeyboardInterrupt:
            partial = True
    ranges = report(walk, run, ours.mode, time.monotonic() - begin, partial)
    found = rows(walk)
    harmful = [one for one in ranges if one.effects]
    print(table.show(harmful))
    tables = table.TABLES[ours.mode]
    stumbled = sum(STUMBLED in (walk.results[r.point].found or {}) for r in found)
    if ours.publish and not partial and not stumbled:
        before = None if ours.anew else tables.load(run.release)
        merged = [before.beside(row) for row in found] if before else found
        tables.publish(run.release, Table(table.fold(merged)))
    published = tables.load(run.release)
    wrong = differences(found, published, ours.mode)
    for line in wrong:
        say(f"RED: {line}")
    lost = sum(row.effects is None for row in found)
    say(
        f"{run.greeting['dpdk']}: {len(found)} of {len(walk.points)} points in "
        f"{time.monotonic() - begin:.0f} s: {sum(bool(row.effects) for row in found)} have an "
        f"effect on somebody, {lost} did not bite; {len(ranges)} ranges, {len(harmful)} with effects; "
        + (
            f"{len(wrong)} not as published"
            if published
            else f"no table is published ({tables.path_of(run.release).name})"
        )
    )
    if partial:
        say("INTERRUPTED: partial; the same command goes on from here")
    if stumbled:
        say(f"the walk itself stumbled at {stumbled} points: the same command takes them again")
    return 2 if partial or stumbled else 1 if wrong else 0


def one_point(run: Run, ours: argparse.Namespace) -> int:
    """Takes a single point and prints its whole story; returns the exit status."""
    activity = ours.point.partition("/")[0]
    if activity not in ACTIVITIES or ours.point.count("/") < 3:
        raise CannotRun(
            f"a point is ACTIVITY/THREAD/CALL/NUMBER[/ERROR], as a walk names it: {ours.point}"
        )
    folder = ROOT / "build" / "crash" / "point"
    shutil.rmtree(folder, ignore_errors=True)
    stage = Stage(run, folder)
    recorded = stage.record(activity)
    points = failing(recorded) if ours.mode == "fail" else recorded
    wanted = [point for point in points if str(point) == ours.point]
    if not wanted:
        raise CannotRun(f"{ours.point} is no point here: {activity} does not make that call")
    result = stage.take(wanted[0], ours.mode, keep=True)
    show(wanted[0], result, stage)
    published = table.TABLES[ours.mode].load(run.release)
    effects = table.words(result.found)
    row = Row(result.point.key, result.point.occurrence, effects, str(result.point))
    why = published.difference(row) if published else None
    say(f"RED: {why}" if why else "as published" if published else "no table is published")
    return 2 if effects is None else 1 if why else 0


def show(point: Point, result: Result, stage: Stage) -> None:
    """The story of one point."""
    print(f"{point}: {point.key[2]}, the {point.occurrence}. of these")
    for line in result.bite.get("stack", []):
        print(f"    {line}")
    if result.found is None:
        print("  it was not reached this time: inconclusive")
    for item, words in (result.found or {}).items():
        print(f"  {item}: {words}")
    if result.found == {}:
        print("  no effect on anybody")
    print(f"  {result.seconds:.1f} s; the scene: {stage.folder.relative_to(ROOT)}")


def main(argv: list[str]) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog=ME)
    parser.add_argument("--mode", default="kill")
    parser.add_argument("--activity", action="append", default=[])
    parser.add_argument("--point")
    parser.add_argument("--publish", action="store_true")
    parser.add_argument("--anew", action="store_true")
    ours = parser.parse_args(argv)
    run = make("net_tap", REPORT, None)
    if ours.point:
        return one_point(run, ours)
    chosen = [name for name in ACTIVITIES if not ours.activity or name in ours.activity]
    return walk_all(run, ours, chosen)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (CannotRun, TableError, Unavailable) as error:
        print(f"{ME}: {error}", file=sys.stderr)
        sys.exit(2)
