# SPDX-License-Identifier: BSD-3-Clause
"""ci/rings: kills a process at every instruction of every ring operation, and says what that leaves."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

from ci import build, enter, packages, ring_repairs
from ci.say import CannotRun, give_up, step
from conformance.verdicts import run as runs
from conformance.rte_ring import table
from conformance.rte_ring.stepping import Walker
from conformance.rte_ring.walk import BURSTS, MODES, STANDINGS, Range, Walk, operations, walks
from targets.outcome import Breach, Inconclusive, Unavailable

ROOT = Path(__file__).resolve().parent.parent
REPORT = ROOT / "build" / "report"
ME = "ci/rings"

EPILOG = """
Without options: the whole table, which is compared with the one that is published for this release
(conformance/rte_ring/deaths/). Report: build/report/rings.json.
--repairs and --mempool do the same with rte_ring/repairs/ and rte_mempool/deaths/ in conformance/;
--kills compares nothing but what is gone with what the dead had (report: build/report/kills.json).
Exit status: 0 it is the same; 1 something differs; 2 the run could not be made, or was interrupted.
"""


def arguments(argv: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog=ME,
        description=__doc__.partition(": ")[2],
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    standings = {name for side in STANDINGS.values() for name in side}
    parser.add_argument("--mode", choices=MODES, help="only rings of this mode")
    parser.add_argument("--operation", choices=sorted({o for _, o in operations()}))
    parser.add_argument("-n", type=int, choices=BURSTS, help="only operations on so many objects")
    parser.add_argument("--standing", choices=sorted(standings), help="how the ring stands before")
    parser.add_argument(
        "--show", action="store_true", help="print the table, not only what differs"
    )
    parser.add_argument(
        "--kill", action="store_true", help="fork and kill a process for each point"
    )
    parser.add_argument("--write", action="store_true", help="publish what is found")
    more = parser.add_argument_group("what a supervisor can do about it (see README)")
    more.add_argument(
        "--repairs", action="store_true", help="try each repair on rings that killed processes tear"
    )
    more.add_argument(
        "--mempool", action="store_true", help="kill inside a mempool's get and put instead"
    )
    more.add_argument(
        "--kills",
        type=positive,
        metavar="N",
        help="kill N processes that use a mempool, and say what is left of it",
    )
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    ours = parser.parse_args(argv)
    selected = ours.mode or ours.operation or ours.n or ours.standing or ours.kill
    if ours.write and selected:
        parser.error("--write publishes the whole table: it goes with no selection")
    others = [name for name in OTHERS if getattr(ours, name)]
    if len(others) > 1 or (others and selected):
        parser.error("--repairs, --mempool and --kills go with no selection, and one at a time")
    if ours.kills and (ours.write or ours.show):
        parser.error("--kills only says what it finds")
    return ours


def positive(text: str) -> int:
    """A number from 1 on, for argparse."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 on")
    return int(text)


def chosen(ours: argparse.Namespace) -> list[Walk]:
    """The walks that were asked for."""
    found = [
        walk
        for mode, operation in operations()
        if ours.mode in (None, mode) and ours.operation in (None, operation)
        for walk in walks(mode, operation)
        if ours.n in (None, walk.n) and ours.standing in (None, walk.standing)
    ]
    if not found:
        raise CannotRun(
            f"there is no such operation: peek is there for {' and '.join(PEEKS)} only, and "
            f"enqueue and dequeue start from {json.dumps({s: list(w) for s, w in STANDINGS.items()})}"
        )
    return found


# What is done instead of the walks through ring operations, by its option.
OTHERS = {
    "repairs": ring_repairs.repairs,
    "mempool": ring_repairs.mempool,
    "kills": ring_repairs.kills,
}

PEEKS = sorted({mode for mode, operation in operations() if operation.endswith("peek")})


def show(walk: Walk, ranges: list[Range]) -> None:
    """A walk, as a person reads it."""
    print(walk)
    for each in ranges:
        print(f"  {each.first:>3}-{each.last:<3}  {each.outcome}")
        print(f"           {each.source}")


def inside(ours: argparse.Namespace) -> int:
    """Behind the walls: the walks, the comparison, the report."""
    run = runs.make("net_tap", REPORT, None)
    for name, other in OTHERS.items():
        if getattr(ours, name):
            return other(run, ours)
    release = ".".join(map(str, run.release))
    published = None if ours.write else table.load(run.release)
    if published is None and not ours.write:
        raise CannotRun("no table is published for this release: ci/rings --write makes one")
    if ours.show:
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `--show | head` is no error.
    selected = chosen(ours)
    found: dict[str, list[Range]] = {}
    before = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, run.scene(Path(folder) / "scene") as scene:
        scene.hugepages()
        walker = Walker(scene.primary())
        for number, walk in enumerate(selected, 1):
            found[str(walk)] = walker.ranges(walk, kill=ours.kill)
            if ours.show:
                show(walk, found[str(walk)])
            if sys.stderr.isatty():
                print(f"\r{ME}: {number} of {len(selected)} operations", end="", file=sys.stderr)
        if sys.stderr.isatty():
            print(file=sys.stderr)
    wall_s = time.monotonic() - before
    new = table.Table(run.greeting["compiler"], found)
    step(
        ME,
        f"DPDK {release}, {new.compiler}: {walker.points} points of {len(found)} operations in "
        f"{wall_s:.1f} s, {walker.points / (walker.took_ns / 1e9):.0f} a second while stepping",
    )
    REPORT.mkdir(parents=True, exist_ok=True)
    rows = {walk: [vars(each) for each in ranges] for walk, ranges in found.items()}
    report = {"dpdk": release, "compiler": new.compiler, "points": walker.points, "walks": rows}
    (REPORT / "rings.json").write_text(json.dumps(report, indent=1) + "\n")
    if published is None:
        path = table.path_of(run.release)
        path.write_text(table.text_of(new, release.rpartition(".")[0]), encoding="utf-8")
        step(ME, f"published: {path.relative_to(ROOT)}")
        return 0
    return compare(published, new)


def compare(published: table.Table, new: table.Table) -> int:
    """Says what differs; the exit status."""
    same = published.compiler == new.compiler
    if not same:
        step(
            ME,
            f"the table is of {published.compiler}: only the order of the outcomes is compared",
        )
    wrong = 0
    for walk, ranges in new.walks.items():
        what = table.difference(published.walks.get(walk, []), ranges, same)
        if what:
            wrong += 1
            print(f"  {walk}: {what}")
    step(ME, f"{wrong} operations differ from what is published" if wrong else "as published")
    return 1 if wrong else 0


def main(argv: list[str]) -> int:
    """The command: installs and builds, then runs itself behind the walls."""
    ours = arguments(argv)
    chosen(ours)
    if ours.inside:
        return inside(ours)
    packages.install(ME, packages.RUN)
    packages.dpdk_release()
    build.build(ME, tests=False)
    return enter.run(ME, ["/usr/bin/python3", "-m", "ci.rings", "--inside", *argv])


if __name__ == "__main__":
    os.chdir(ROOT)
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        give_up(ME, "interrupted: nothing was compared or published")
    except (
        CannotRun,
        runs.CannotRun,
        Breach,
        Inconclusive,
        Unavailable,
        table.TableError,
    ) as error:
        give_up(ME, error)
