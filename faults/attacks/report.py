# SPDX-License-Identifier: BSD-3-Clause
"""faults/attack report: what hangs in a deployment now, who waits for whom, and what is known of it."""

from __future__ import annotations

import argparse

from faults.attacks import console
from faults.attacks.console import CannotAttack
from faults.attacks.session import introduce, release_of
from faults.deployment import find
from faults.deployment.entered import Entered
from faults.deployment.find import Deployment, NotThere
from faults.report import judge, words
from faults.report.look import look
from faults.report.stacked import with_stacks

ABOUT = """
It reads /proc and the memory of the processes, and asks the kernel about their sockets: nothing is sent,
nothing written. A stack is taken of each thread, by eu-stack, which holds each process for some
milliseconds (ptrace); with --no-stacks no process is held, nobody is asked, and who has or wants which
lock of the shared memory is known less surely.
Exit status: 0 nothing is found to hang; 1 something hangs; 2 it could not be looked at.
"""

HOLDS = "will take the stack of each thread (eu-stack): holds each process for some milliseconds"


def add_to(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    """The command line of the report."""
    parser = commands.add_parser(
        "report",
        parents=[common],
        help="what hangs now, who waits for whom, and what is known of it",
        description="Looks at a deployment that hangs, and says what hangs in it, in words.",
        epilog=ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--no-stacks", action="store_true", help="hold no process: take no stacks")
    parser.add_argument(
        "--for",
        dest="lasts",
        type=console.duration_s,
        default=0.5,
        metavar="TIME",
        help="look for so long (500ms): what lasts as long is told",
    )
    parser.set_defaults(run=report)


def report(arguments: argparse.Namespace) -> int:
    """faults/attack report."""
    deployment, alone = _found(arguments)
    release = release_of(deployment)
    for line in introduce(deployment):
        console.line(line)
    if not arguments.no_stacks:
        _ask(arguments.yes)
    with Entered(deployment, release.layout) as entered:
        seen = look(entered, arguments.lasts, alone)
        if not seen.processes:
            raise CannotAttack(f"{deployment.prefix}: all its processes have ended meanwhile")
        if not arguments.no_stacks:
            seen = with_stacks(seen)
    found = judge.cases(seen)
    layout = release.layout if release.fits else None
    for line in words.report(seen, found, layout):
        console.line(line)
    if not arguments.no_stacks:
        for line in words.stack_lines(seen):
            console.line(line)
    return console.DID_NOT_BITE if found else console.DONE


def _found(arguments: argparse.Namespace) -> tuple[Deployment, bool]:
    """What is to be looked at, and whether that is one process which shares nothing."""
    try:
        return find.find(arguments.file_prefix, arguments.pid), False
    except NotThere:
        alone = None if arguments.pid is None else find.alone(arguments.pid)
        if alone is None or arguments.file_prefix not in (None, alone.prefix):
            raise
        return alone, True


def _ask(yes: bool) -> None:
    try:
        console.consent([HOLDS], yes)
    except CannotAttack as error:
        raise CannotAttack(f"{error}; --no-stacks holds nobody and does not ask") from error
