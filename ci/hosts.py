# SPDX-License-Identifier: BSD-3-Clause
"""ci/hosts: the clauses on many hosts and their ports, side by side, and one answer."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from typing import Any

from ci.answer import answer, formats, side_by_side
from ci.bundles.archive import SUFFIX
from ci.far import hosts_file
from ci.far.every_host import Done, Hosts
from ci.host import packages, scratch, where
from ci.host.say import CannotRun, give_up, step
from ci.summary import summary, worst

ROOT = Path(__file__).resolve().parent.parent
ME = "ci/hosts"
INTO = ROOT / "build" / "hosts"

EPILOG = """
FILE is TOML, as ci/examples/hosts.toml shows:

    [[host]]
    ssh = "root@lab1"           what ssh takes; all else says ssh_config, and nobody is asked a password
    name = "lab1"               what the answer calls it; by default what ssh takes
    folder = "gauntlet"         where Gauntlet is put and built there; it stays
    ports = ["0000:03:00.0,wire=eth1", "net_tap"]      as ci/validate --port takes them
    arguments = ["conformance/ethdev"]                 the other ones of ci/validate; this by default

The files that git tracks here are put on each host, and ci/validate is run there, which installs what
it needs where it is root. All hosts run at once, and the ports of a host one after another. Ctrl-C ends
all runs in order, and what there is until then is published.
Results: build/hosts/: index.html, the page of all; answer.txt, a row for each clause and a column for
each port; junit.xml; and for each port HOST/PORT/, which is build/report of its run, with a
bundle of each red case (ci/bundle --help).
Exit status: 1 something is red; 2 nothing is red, but a host could not be reached, was lost, or says
less than it should; 0 all clauses that were run hold, or break as recorded or predicted, on every port.
"""


def arguments(argv: list[str]) -> argparse.Namespace:
    """The wishes of the user."""
    parser = argparse.ArgumentParser(
        prog=ME,
        description="Does DPDK multi-process work on all these hosts, on all these ports?",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("file", metavar="FILE", help="which hosts, and which ports of each")
    formats.add_option(parser)
    return parser.parse_args(argv)


def main(argv: list[str]) -> int:
    """The command. CannotRun when the file is wrong."""
    ours = arguments(argv)
    hosts = hosts_file.read(where.path_of(ours.file))
    packages.install(ME, packages.RUN)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with formats.instead_of_text(ours.format) as tell:
        scratch.empty(INTO)
        all_hosts = Hosts(hosts, ROOT, INTO, lambda line: step(ME, line), f"{ME} {ours.file}")
        done = all_hosts.run()
        tell([one.report for one in done])
        return finish(done, INTO, all_hosts.junit())


def finish(done: list[Done], into: Path, junit: dict[str, Path]) -> int:
    """Publishes the table, the page and junit.xml, and says what came of each port; the exit status."""
    reports: list[dict[str, Any]] = [one.report for one in done]
    answer.merge_junit(junit, into / "junit.xml")
    side_by_side.publish(ME, into, reports)
    for one in done:
        line = f"NOT RUN: {one.why}" if one.why else summary(one.report)[0]
        step(ME, f"{one.host}, {one.port}: {line}")
    for bundle in sorted(into.rglob(f"bundles/*{SUFFIX}")):
        step(ME, f"bundle: {bundle.relative_to(ROOT) if bundle.is_relative_to(ROOT) else bundle}")
    return worst(one.status for one in done)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except CannotRun as error:
        give_up(ME, error)
    except KeyboardInterrupt:
        give_up(ME, "interrupted before there was anything to publish")
