# SPDX-License-Identifier: BSD-3-Clause
"""ci/storm: scenarios by chance, for hours; each way of failing becomes a scenario that shows it."""

from __future__ import annotations

import argparse
import random
import sys
from pathlib import Path

from ci import subject
from ci.host import enter
from ci.host.alone import alone
from ci.host.say import CannotRun, give_up, step
from ci.reproduce import number

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build" / "storm"
ME = "ci/storm"

EPILOG = """
A scenario of a storm has up to four processes, which call what they like, die, stop, and are sent what
they did not ask for; in the end whoever lives must still answer, allocate and talk, and one more
secondary must attach. What fails alike is one finding: it is made shorter, and is written to
build/storm/RELEASE/ as a scenario for ci/reproduce. The next storm knows it, and only counts it.
Exit status: 0 nothing new was found; 1 something was; 2 it could not be run, or was interrupted.
"""


def arguments(argv: list[str]) -> argparse.Namespace:
    """The command line. CannotRun where a number is none."""
    parser = argparse.ArgumentParser(
        prog=ME,
        description="Let processes do anything, by chance, for hours, and keep what goes wrong.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--hours", default="0.1", metavar="H", help="how long (0.1: six minutes)")
    parser.add_argument("--seed", metavar="N", help="the same number is the same storm (by chance)")
    subject.add_options(parser)
    ours = parser.parse_args(argv)
    ours.hours = _hours(ours.hours)
    ours.seed = number("--seed", ours.seed, 0, random.SystemRandom().randrange(10**6))
    return ours


def _hours(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 1e-4 <= value <= 10_000:
        raise CannotRun(f"--hours is {text!r}; it must be a number, 0.0001 to 10000")
    return value


def main(argv: list[str]) -> int:
    """The command. CannotRun when the storm cannot be made."""
    ours = arguments(argv)
    on = subject.of(ours)
    with alone(ME, FOLDER):
        more = subject.prepared(ME, on)
        step(ME, f"seed {ours.seed}, {ours.hours:g} hours, on {on or 'the DPDK of this machine'}")
        argv = ["/usr/bin/python3", "-m", "conformance.storm", str(FOLDER), str(ours.seed)]
        return enter.run(ME, [*argv, str(ours.hours * 3600)], more=more)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except CannotRun as error:
        give_up(ME, error)
    except KeyboardInterrupt:
        give_up(ME, "interrupted before anything was run")
