# SPDX-License-Identifier: BSD-3-Clause
"""ci/explore: looks for an order of threads and timeouts in which a scenario fails, and writes it."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from ci import subject
from ci.host import busy, enter, scratch
from ci.host.alone import alone
from ci.host.say import COULD_NOT_RUN, CannotRun, give_up, step
from ci.reproduce import named, number

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build" / "explore"
ME = "ci/explore"

MOST_SCHEDULES = 1000
DEPTH = 3

EPILOG = """
SCENARIO: a file, or a text of several steps; conformance/scenario/README.md says what a scenario is.
The steps after its last start, or after its line schedule, are taken again and again. Threads of all its
processes stop at the calls by which they meet, and go on one at a time; a timeout of up to `brief` may
come at any moment. What fails is written as a scenario with a line schedule, by which it fails each time:
  ci/explore conformance/scenario/examples/moment_of_the_timeout.scenario --until-fails
  ci/reproduce build/explore/here/moment_of_the_timeout.1.scenario --times 20
Ctrl-C ends it, and what was found stays.
Exit status: 0 no order was found that fails; 1 one was; 2 the scenario could not be run, or Ctrl-C came
before one was found.
"""


def arguments(argv: list[str]) -> argparse.Namespace:
    """The wishes of the user."""
    parser = argparse.ArgumentParser(
        prog=ME,
        description="In which order of its threads does a scenario fail?",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("scenario", metavar="SCENARIO", help="a file, or the steps")
    parser.add_argument(
        "--schedules", metavar="N", help=f"how many orders are tried ({MOST_SCHEDULES})"
    )
    parser.add_argument(
        "--depth",
        metavar="D",
        help="how many things must come in a certain order for what is looked for: priorities by chance "
        f"change D - 1 times ({DEPTH})",
    )
    parser.add_argument("--seed", metavar="S", help="of the chance (0)")
    parser.add_argument(
        "--all-orders",
        metavar="D",
        help="not by chance: all orders that differ from the plain one in up to D places",
    )
    parser.add_argument("--until-fails", action="store_true", help="end with the first that fails")
    parser.add_argument("--busy", metavar="N", help="how many busy loops run beside it (0)")
    subject.add_options(parser)
    return parser.parse_args(argv)


def scenario_of(what: str) -> tuple[Path, str]:
    """The file of a scenario that is given as one or as text, and a name for what comes of it."""
    if "\n" in what or ";" in what:
        file = FOLDER / "what.scenario"
        file.write_text(what, encoding="utf-8")
        return file, "scenario"
    file = Path(what).absolute()
    if not file.is_file():
        raise CannotRun(f"{what!r} is no file and no text of several steps")
    return file, named(file.stem)


def main(argv: list[str]) -> int:
    """The command. CannotRun when the scenario cannot be run."""
    ours = arguments(argv)
    options = [
        f"--schedules={number('--schedules', ours.schedules, 1, MOST_SCHEDULES)}",
        f"--depth={number('--depth', ours.depth, 1, DEPTH)}",
        f"--seed={number('--seed', ours.seed, 0, 0)}",
    ]
    if ours.all_orders is not None:
        if ours.depth or ours.seed:
            raise CannotRun("--all-orders leaves nothing to chance: leave --depth and --seed out")
        options.append(f"--all-orders={number('--all-orders', ours.all_orders, 0, 0)}")
        if not ours.schedules:
            options[0] = f"--schedules={sys.maxsize}"
    options += ["--until-fails"] if ours.until_fails else []
    loops = number("--busy", ours.busy, 0, 0)
    with alone(ME, FOLDER):
        return explore(ours, options, loops)


def explore(ours: argparse.Namespace, options: list[str], loops: int) -> int:
    """Runs it; the exit status."""
    file, name = scenario_of(ours.scenario)
    which = subject.of(ours)
    more = subject.prepared(ME, which)
    output = FOLDER / (which.name if which else "here")
    scratch.empty(output)
    command = ["/usr/bin/python3", "-m", "conformance.scenario.explore", str(file)]
    with busy.loops(loops):
        status = enter.run(ME, [*command, str(output / name), *options], more=more)
    written = sorted(output.glob("*.scenario"))
    for found in written:
        again = f" {which.option}" if which else ""
        step(ME, f"again: ci/reproduce {os.path.relpath(found, ROOT)}{again} --times 20")
    if status > COULD_NOT_RUN:  # Ctrl-C has ended what stands between.
        return 1 if written else COULD_NOT_RUN
    return status


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except CannotRun as error:
        give_up(ME, error)
    except KeyboardInterrupt:
        give_up(ME, "interrupted before anything was run")
