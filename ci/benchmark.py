# SPDX-License-Identifier: BSD-3-Clause
"""ci/benchmark: what relays cost those they stand between, what each mode of a ring costs, and how many
frames a second are accounted for."""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ci.answer.costs import FILE, FOLDER
from ci.host import build
from ci.host import enter
from ci.costs import figures
from ci.host import packages
from ci.costs import relay as relay_cost
from ci.costs import traffic as traffic_cost
from conformance.rte_ring import cost as ring_cost
from ci.costs import autotest as ring_autotest
from ci.costs import report as ring_report
from ci.host.say import CannotRun, give_up, step
from conformance.verdicts import run as runs
from targets import speed
from targets.dpdk import Dpdk
from targets.outcome import Unavailable
from targets.scene import Scene

ROOT = Path(__file__).resolve().parent.parent
ME = "ci/benchmark"
NEEDS = ("python3-matplotlib",)

EPILOG = """
relay: requests and datagrams with and without a relay in between, as ratios.
rings: cycles an object between two processes, for every mode, burst and place to run; what becomes of a
popular claim; DPDK's own ring_perf_autotest in the same run.
traffic: frames a second that a hand sends, receives and checks, beside those that Scapy's sendp sends.
Each way is measured in turns with the one it is compared to, so that what else the machine does hits
both; the loops run in the processes under test, and a ratio is of one round. A figure that is not what
was wanted fails nothing.
All figures are printed, written to build/benchmark/benchmark.json and drawn beside it; the page of a
run on the same DPDK shows the drawings.
Exit status: 0 it was measured; 2 it could not be, or was interrupted.
"""


class Bench:
    """The place in which all parts run: a scene for each part."""

    def __init__(self, rounds: int | None) -> None:
        self.peer = runs.find_peer()
        self.greeting = runs.greet(Dpdk(self.peer))
        self.rounds = rounds
        self._scenes = 0

    def title(self, what: str) -> str:
        """The title of a drawing."""
        return f"{self.greeting['dpdk']}: {what}"

    @contextmanager
    def scene(self) -> Iterator[Scene]:
        """A new one; nobody needs its timeline when nothing went wrong."""
        self._scenes += 1
        folder = FOLDER / "scenes" / str(self._scenes)
        shutil.rmtree(folder, ignore_errors=True)
        with Scene(folder, self.peer, speed.measure(self.peer)) as scene:
            yield scene
        shutil.rmtree(folder)


def _progress(number: int, of: int) -> None:
    if sys.stderr.isatty():
        end = "\n" if number == of else ""
        print(f"\r{ME}: round {number} of {of}", end=end, file=sys.stderr, flush=True)


def _drawn(name: str) -> list[Path]:
    """The files of a drawing: for the page, and for those who show it elsewhere."""
    files = [FOLDER / f"{name}.{kind}" for kind in ("svg", "png")]
    step(ME, f"drawing {' and '.join(str(file.relative_to(ROOT)) for file in files)}")
    return files


def relay(bench: Bench) -> dict[str, Any]:
    """Measures the cost of a relay."""
    from ci.costs import plot  # Not above: it needs what is installed only by then.

    with bench.scene() as scene:
        rounds = bench.rounds or relay_cost.ROUNDS
        found, more, where = relay_cost.measure(scene, rounds)
    print(figures.table(found))
    print(where)
    for file in _drawn("relay"):
        plot.ratios(found, bench.title("what a relay costs, in ratios"), file)
    return {"rounds": rounds, "figures": [figure.as_dict() for figure in found], **more}


def rings(bench: Bench) -> dict[str, Any]:
    """Measures the cost of a ring."""
    from ci.costs import plot  # As in relay.

    cpus = ring_cost.two_cpus()
    rounds = bench.rounds or ring_cost.ROUNDS
    told = []

    def autotest(what: str) -> None:
        step(ME, f"ring_perf_autotest, {what}")
        with bench.scene() as scene:
            told.append(ring_autotest.run(scene, cpus))

    autotest("before")
    with bench.scene() as scene:
        table = ring_cost.measure(scene, rounds, cpus, _progress)
    autotest("after")
    autotest("again: three tell how far it agrees with itself")
    beside = ring_autotest.beside(table, told)
    print(ring_report.text(table, beside))
    title = bench.title(f"a ring between two processes ({ring_cost.kind(cpus)})")
    for file in _drawn("rings"):
        plot.rings(table, title, file)
    return {"rounds": rounds, "cpus": ring_cost.kind(cpus), **ring_report.report(table, beside)}


def traffic(bench: Bench) -> dict[str, Any]:
    """Measures the rate of a hand."""
    from ci.costs import plot  # As in relay.

    rounds = bench.rounds or traffic_cost.ROUNDS
    with bench.scene() as scene:
        found, more, told = traffic_cost.measure(scene, rounds)
    print(figures.table(found, traffic_cost.HEAD))
    print(told)
    for file in _drawn("traffic"):
        title = bench.title("a hand beside Scapy's sendp, in ratios")
        plot.ratios(found, title, file, "frames a second of the hand, divided by sendp's")
    return {"rounds": rounds, "figures": [figure.as_dict() for figure in found], **more}


PARTS: dict[str, Callable[[Bench], dict[str, Any]]] = {
    "relay": relay,
    "rings": rings,
    "traffic": traffic,
}


def inside(parts: list[str], rounds: int | None) -> int:
    """Measures, in the namespaces of a run."""
    bench = Bench(rounds)
    cpus, load = os.cpu_count() or 1, os.getloadavg()[0]
    report: dict[str, Any] = {
        "dpdk": bench.greeting["dpdk"],
        "machine": {"cpus": cpus, "kernel": platform.release(), "load": load},
    }
    FOLDER.mkdir(parents=True, exist_ok=True)
    for part in parts:
        report[part] = PARTS[part](bench)
        (FOLDER / FILE).write_text(json.dumps(report, indent=1) + "\n")
    step(ME, f"{bench.greeting['dpdk']}, {cpus} CPUs, load before {load:.1f}")
    if load > 0.5 * cpus:
        step(ME, "this machine is busy with other things: ratios hold, times do not")
    return 0


def _rounds(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of rounds from 1 to 1000")
    return int(text)


def main(argv: list[str]) -> int:
    """The command. CannotRun when nothing can be measured."""
    parser = argparse.ArgumentParser(
        prog=ME,
        description=__doc__.partition(": ")[2],
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "part", nargs="*", metavar="PART", help="relay, rings, traffic; all if none"
    )
    parser.add_argument("--rounds", type=_rounds, metavar="N", help="more rounds, surer figures")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    ours = parser.parse_args(argv)
    unknown = [part for part in ours.part if part not in PARTS]
    if unknown:
        parser.error(f"there is no part {unknown[0]!r}; there are {' and '.join(PARTS)}")
    parts = [part for part in PARTS if part in ours.part] or list(PARTS)
    if ours.inside:
        return inside(parts, ours.rounds)
    packages.install(ME, packages.RUN + NEEDS)
    packages.dpdk_release()
    build.build(ME, tests=False)
    return enter.run(ME, ["/usr/bin/python3", "-m", "ci.benchmark", "--inside", *argv])


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        give_up(ME, "interrupted: build/benchmark/benchmark.json has the parts that were measured")
    except (CannotRun, Unavailable) as error:
        give_up(ME, error)
