# SPDX-License-Identifier: BSD-3-Clause
"""ci/benchmark: what Gauntlet's faults cost those they act on, as ratios in one run."""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sys
from pathlib import Path

from ci import build, enter, figures, packages, relay_cost
from ci.say import CannotRun, give_up, step
from conformance import run as runs
from targets import speed
from targets.outcome import Unavailable
from targets.scene import Scene

ROOT = Path(__file__).resolve().parent.parent
REPORT = ROOT / "build" / "report"
ME = "ci/benchmark"

EPILOG = """
Each way is measured in turns with the one it is compared to, so that what else the machine does hits
both; the loops run in the processes under test, and a ratio is of one round. A figure that is not what
was wanted fails nothing: both are printed, and in build/report/benchmark.json.
Exit status: 0 it was measured; 2 it could not be.
"""


def inside(rounds: int) -> int:
    """Measures, behind the walls of a run."""
    peer = runs.find_peer()
    greeting = runs.greet(peer)
    folder = REPORT / "scenes" / "benchmark"
    shutil.rmtree(folder, ignore_errors=True)
    with Scene(folder, peer, speed.measure(peer)) as scene:
        found, more, where = relay_cost.measure(scene, rounds)
    shutil.rmtree(folder)  # Nothing went wrong: nobody needs a timeline of so many datagrams.
    cpus, load = os.cpu_count() or 1, os.getloadavg()[0]
    report = {
        "dpdk": greeting["dpdk"],
        "machine": {"cpus": cpus, "kernel": platform.release(), "load": load},
        "rounds": rounds,
        "relay": {"figures": [figure.as_dict() for figure in found], **more},
    }
    REPORT.mkdir(parents=True, exist_ok=True)
    (REPORT / "benchmark.json").write_text(json.dumps(report, indent=1) + "\n")
    print(figures.table(found))
    print(where)
    step(ME, f"{greeting['dpdk']}, {rounds} rounds, {cpus} CPUs, load {load:.1f}")
    if load > 1.5 * cpus:
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
    )
    parser.add_argument("--rounds", type=_rounds, default=relay_cost.ROUNDS, metavar="N")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    ours = parser.parse_args(argv)
    if ours.inside:
        return inside(ours.rounds)
    packages.install(ME, packages.RUN)
    packages.dpdk_release()
    build.build(ME, tests=False)
    again = [sys.executable, "-m", "ci.benchmark", "--inside", f"--rounds={ours.rounds}"]
    return enter.run(ME, again)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (CannotRun, Unavailable, runs.CannotRun) as error:
        give_up(ME, error)
