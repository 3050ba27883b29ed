# SPDX-License-Identifier: BSD-3-Clause
"""ci/crash: kills a process at every system call of what it does, and says what breaks for whom."""

from __future__ import annotations

import argparse
import sys

from ci import subject
from ci.host import enter
from ci.host import packages
from ci.host.say import CannotRun, give_up

ME = "ci/crash"

EPILOG = """
Each point has a victim of its own. What is done stays done: interrupted, the same command goes on.
Reports: build/report/crash.txt, build/report/crash.json; every point in build/crash/.
Exit status: 0 all is as published in conformance/crash/; 1 something is not; 2 the walk could not be
made, or was interrupted.
"""


def arguments(argv: list[str]) -> argparse.Namespace:
    """The wishes of the user."""
    parser = argparse.ArgumentParser(
        prog=ME,
        description="What breaks, and for whom, when a process dies at a system call?",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--fail",
        action="store_true",
        help="the call fails, with each errno it may, and nobody dies",
    )
    parser.add_argument(
        "--activity", metavar="NAME", action="append", default=[], help="only this one; see --list"
    )
    parser.add_argument(
        "--point", help="one point alone, as the table names it, and its whole story"
    )
    subject.add_options(parser)
    parser.add_argument("--list", action="store_true", help="print the activities and exit")
    parser.add_argument("--anew", action="store_true", help="do not go on where it was interrupted")
    parser.add_argument(
        "--publish",
        action="store_true",
        help="publish what is found, beside what is published already: processes race; with --anew, "
        "instead of it",
    )
    return parser.parse_args(argv)


def main(argv: list[str]) -> int:
    """The command. CannotRun when the walk could not be made."""
    ours = arguments(argv)
    packages.install(ME, packages.RUN)
    from conformance.crash.activity import ACTIVITIES

    if ours.list:
        print("\n".join(ACTIVITIES))
        return 0
    unknown = [name for name in ours.activity if name not in ACTIVITIES]
    if unknown:
        raise CannotRun(f"there is no activity {unknown[0]!r}; {ME} --list names them")
    if ours.publish and (ours.activity or ours.point):
        raise CannotRun("--publish wants the whole walk: leave out --activity and --point")
    more = subject.prepared(ME, subject.of(ours))
    command = ["/usr/bin/python3", "-m", "conformance.crash"]
    command += [f"--mode={'fail' if ours.fail else 'kill'}"]
    command += [f"--activity={name}" for name in ours.activity]
    command += [f"--point={ours.point}"] if ours.point else []
    command += [f"--{name}" for name in ("anew", "publish") if getattr(ours, name)]
    return enter.run(ME, command, more=more)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except CannotRun as error:
        give_up(ME, error)
