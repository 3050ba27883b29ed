# SPDX-License-Identifier: BSD-3-Clause
"""ci/rings: kills processes inside ring and mempool operations, and says what that leaves."""

from __future__ import annotations

import argparse
import os
import sys

from ci import ring_tables
from ci import subject
from ci.host import enter
from ci.host.say import CannotRun, give_up
from conformance.rte_ring.deaths.walk import BURSTS, MODES, START_STATES, operations
from conformance.verdicts.published import TableError
from targets.outcome import Breach, Inconclusive, Unavailable

ME = "ci/rings"

EPILOG = """
Without a command: walks. What is found is compared with the table that is published for this release
(conformance/rte_ring/deaths/, conformance/rte_ring/soring/deaths/, conformance/rte_ring/repairs/,
conformance/rte_mempool/deaths/); kills compares nothing but what is gone with what the dead processes
had. A table says only what another one, of the release that it names, does not.
Reports: build/report/rings.json, build/report/kills.json.
Exit status: 0 it is the same; 1 something differs; 2 the run could not be made, or was interrupted.
"""

COMMANDS = {
    "walks": (ring_tables.walks, "a process dies at every instruction of every ring operation"),
    "repairs": (ring_tables.repairs, "every repair is tried on rings that killed processes left"),
    "soring": (ring_tables.soring, "a process dies at every instruction of a soring's operations"),
    "mempool": (ring_tables.mempool, "a process dies at every instruction of a get and a put"),
    "kills": (ring_tables.kills, "many processes that use a mempool are killed"),
}


def arguments(argv: list[str]) -> argparse.Namespace:
    """The command line."""
    if not argv or (argv[0].startswith("-") and argv[0] not in ("-h", "--help")):
        argv = ["walks", *argv]
    parser = argparse.ArgumentParser(
        prog=ME,
        description=__doc__.partition(": ")[2],
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    parsers = {}
    for name, (_, what) in COMMANDS.items():
        parsers[name] = commands.add_parser(name, help=what, description=what, allow_abbrev=False)
        parsers[name].add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
        subject.add_options(parsers[name])
    for name in ("walks", "soring", "repairs", "mempool"):
        parsers[name].add_argument(
            "--show", action="store_true", help="print the table, not only what differs"
        )
        parsers[name].add_argument("--publish", action="store_true", help="publish what is found")
    parsers["kills"].add_argument("number", type=_positive, metavar="N", help="so many processes")
    _add_selection(parsers["walks"])
    ours = parser.parse_args(argv)
    if ours.command == "walks":
        selected = ours.mode or ours.operation or ours.n or ours.start_state or ours.kill
        if ours.publish and selected:
            parsers["walks"].error("--publish wants the whole table: it goes with no selection")
    return ours


def _add_selection(parser: argparse.ArgumentParser) -> None:
    states = sorted({name for side in START_STATES.values() for name in side})
    parser.add_argument("--mode", choices=MODES, help="only rings of this mode")
    parser.add_argument("--operation", choices=sorted({o for _, o in operations()}))
    parser.add_argument("-n", type=int, choices=BURSTS, help="only operations on so many objects")
    parser.add_argument("--start-state", choices=states, help="the ring's state before")
    parser.add_argument("--kill", action="store_true", help="fork and kill a process each time")


def _positive(text: str) -> int:
    """A number from 1 on, for argparse."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 on")
    return int(text)


def main(argv: list[str]) -> int:
    """The command: installs and builds, then runs itself in namespaces of its own."""
    ours = arguments(argv)
    if ours.command == "walks":
        ring_tables.chosen(ours)
    if ours.inside:
        return COMMANDS[ours.command][0](ours)
    more = subject.prepared(ME, subject.of(ours))
    command = [ours.command, "--inside", *argv[argv[:1] == [ours.command] :]]
    return enter.run(ME, ["/usr/bin/python3", "-m", "ci.rings", *command], more=more)


if __name__ == "__main__":
    os.chdir(ring_tables.ROOT)
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        give_up(ME, "interrupted: nothing was compared or published")
    except (CannotRun, Breach, Inconclusive, Unavailable, TableError) as error:
        give_up(ME, error)
