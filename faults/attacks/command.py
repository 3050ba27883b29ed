# SPDX-License-Identifier: BSD-3-Clause
"""The command line of faults/attack."""

from __future__ import annotations

import argparse
import sys

from faults.attacks import console, ghost, kill, report, watch
from faults.attacks.console import CannotAttack, Interrupted
from faults.deployment.find import NotThere
from faults.deployment.lock import Taken
from faults.deployment.text import TextError
from targets.outcome import Breach, HarnessFault, Unavailable

EPILOG = """
`report` only looks; its --help has its exit status. All others break something:
It says what it will do and asks, unless told --yes. Whatever way it ends, kill -9 included, what it has
done is undone: sockets are put back, stopped processes go on. A second copy on the same deployment is
refused. It touches only the processes, sockets and pids that it names.

Exit status: 0 done; 1 it did not bite (an event that never came, a rule that never applied, a process
that did not survive a fuzzer); 2 it could not be done, and nothing has been left behind.
"""


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--file-prefix", metavar="X", help="DPDK's --file-prefix of the deployment (rte)"
    )
    common.add_argument(
        "--pid", type=int, metavar="N", help="a process of it, where the prefix is not enough"
    )
    common.add_argument("--yes", action="store_true", help="do not ask")
    whole = argparse.ArgumentParser(
        prog=console.ME,
        description="Breaks the IPC of a running DPDK deployment that Gauntlet did not start, or says "
        "what hangs in it.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = whole.add_subparsers(title="attacks", metavar="ATTACK", required=True)
    watch.add_to(commands, common)
    ghost.add_to(commands, common)
    kill.add_to(commands, common)
    report.add_to(commands, common)
    return whole


def run(argv: list[str]) -> int:
    """The command; its exit status."""
    arguments = parser().parse_args(argv)
    console.let_signals_interrupt()
    try:
        status: int = arguments.run(arguments)
        return status
    except (CannotAttack, HarnessFault, NotThere, Taken, TextError, Unavailable) as error:
        print(f"{console.ME}: {error}", file=sys.stderr, flush=True)
    except Breach as error:
        print(f"{console.ME}: {error.observed}: {error.more}", file=sys.stderr, flush=True)
    except Interrupted:
        print(
            f"{console.ME}: interrupted; nothing has been left behind", file=sys.stderr, flush=True
        )
    return console.COULD_NOT
