# SPDX-License-Identifier: BSD-3-Clause
"""ci/qualify: runs the contract on several releases of DPDK and says what changes between them."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from ci import again, compare, roots
from ci.host import build, enter, packages
from ci.host.say import COULD_NOT_RUN, CannotRun, give_up, step
from ci.installed import Installed, of_argument
from ci.releases import RELEASES, ROOT, Release
from ci.summary import summary
from ci.validate import DEFAULT_PORT, check_selection, pytest_command, settle
from traffic import port as port_kinds

REPORT = ROOT / "build" / "qualify"
ME = "ci/qualify"

EPILOG = """
All other arguments go to pytest: a node id, -k EXPRESSION, -n NUMBER, ... Each release is a directory
below build/roots, downloaded from Debian and unpacked, never installed: the DPDK of this machine does
not matter. The answer compares each one with the next: Debian's releases first, then those of --dpdk.
Reports: build/qualify/RELEASE/report.json and junit.xml, build/qualify/answer.txt.
Exit status: 0 nothing regressed; 1 something did; 2 the answer says less than it should: a release could
not be had, a run was interrupted, or a case was not run on the later release or could not be judged.
"""


def arguments(argv: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """Ours, and what is left for pytest."""
    parser = argparse.ArgumentParser(
        prog=ME,
        description="What changes for DPDK multi-process between two releases?",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    known = ", ".join(release.series for release in RELEASES)
    parser.add_argument(
        "--release",
        action="append",
        metavar="SERIES",
        help=f"a release that Debian serves: {known} (all of them, if nothing is named)",
    )
    parser.add_argument(
        "--dpdk",
        action="append",
        metavar="[NAME=]DIR",
        help="a DPDK of your own: the prefix that its shared libraries were installed into",
    )
    parser.add_argument("--port", default=DEFAULT_PORT, help="as in ci/validate")
    return parser.parse_known_args(argv)


@dataclass(frozen=True)
class OfDebian:
    """A release that Debian serves, in a root of its own."""

    release: Release

    def __str__(self) -> str:
        return str(self.release)

    @property
    def name(self) -> str:
        """24.11"""
        return self.release.series

    @property
    def option(self) -> str:
        """What ci/qualify is given for it."""
        return f"--release {self.name}"

    def ready(self, command: str) -> dict[str, str]:
        """Makes the root and its peer where needed: the environment of a run that is in there."""
        found = roots.make(command, self.release)
        roots.peer(command, found)
        return roots.run_in(found)


# What the contract is run on.
Subject = OfDebian | Installed


def chosen(named: list[str] | None, dpdk: list[str] | None = None) -> list[Subject]:
    """The releases of these series, the oldest first, and then the prefixes; CannotRun for a series that
    is not there, for a prefix that cannot be meant, and for two of one name."""
    by_series = {release.series: release for release in RELEASES}
    for series in named or []:
        if series not in by_series:
            raise CannotRun(
                f"--release {series}: Debian serves {', '.join(by_series)}; name one of these"
            )
    everything = not named and not dpdk
    subjects: list[Subject] = [
        OfDebian(release) for release in RELEASES if everything or release.series in (named or [])
    ]
    for text in dpdk or []:
        installed = of_argument(text)
        if installed.name in [subject.name for subject in subjects]:
            raise CannotRun(
                f"--dpdk {text}: there is a {installed.name} already; name it, as in "
                f"mine={installed.prefix}"
            )
        subjects.append(installed)
    return subjects


def run(subject: Subject, port: str, rest: list[str], number: str) -> dict[str, Any]:
    """Runs the contract on one release: what its report.json holds, and what the answer calls it.
    CannotRun when it cannot be run."""
    more = subject.ready(ME)
    folder = REPORT / subject.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    step(ME, f"{number}: {subject}")

    def pytest(argv: list[str], into: Path) -> int:
        return enter.run(ME, pytest_command(port, argv, into), more=more)

    def alone(clauses: list[str], into: Path) -> int:
        return pytest([*again.options_of(rest), *clauses], into)

    try:
        report = settle(ME, pytest(rest, folder), folder, alone)
    except CannotRun as error:
        raise CannotRun(f"{subject}: {error}") from error
    step(ME, summary(report)[0])
    name = report["dpdk"]
    if isinstance(subject, Installed):
        name = f"{subject.name} ({name})"
    return {**report, "called": name, "option": subject.option}


def answer(reports: list[dict[str, Any]]) -> tuple[str, int]:
    """The text, and the exit status, from the reports of releases in their order."""
    texts, status = [], 0
    for before, after in pairwise(reports):
        found = compare.changes(before, after)
        texts.append(compare.told(before, after, found))
        kinds = {change.kind for change in found}
        if compare.REGRESSED in kinds:
            status = 1
        elif kinds & {compare.UNKNOWN, compare.GONE} and status == 0:
            status = COULD_NOT_RUN
    return "\n\n".join(texts), status


def main(argv: list[str]) -> int:
    """The command. CannotRun when nothing could be run."""
    ours, rest = arguments(argv)
    wanted = chosen(ours.release, ours.dpdk)
    if os.geteuid() != 0:
        raise CannotRun(
            "not root, and only root can enter the root of another release: run it as root"
        )
    why = port_kinds.parse(ours.port).unavailable()
    packages.install(ME, packages.RUN)
    if why and ours.port != DEFAULT_PORT:
        raise CannotRun(f"port {ours.port}: {why}")
    build.build(ME, tests=False)  # The relay and the tracer: they are no DPDK processes.
    if rest:
        check_selection(pytest_command(ours.port, rest))
    REPORT.mkdir(parents=True, exist_ok=True)
    reports, lacking, begun = [], [], time.monotonic()
    for number, subject in enumerate(wanted, 1):
        try:
            reports.append(run(subject, ours.port, rest, f"{number} of {len(wanted)}"))
        except CannotRun as error:
            step(ME, f"NOT RUN: {error}")
            lacking.append(subject.name)
        if reports and reports[-1]["partial"]:
            lacking += [other.name for other in wanted[number:]]
            break
        if number < len(wanted):
            left_s = (time.monotonic() - begun) / number * (len(wanted) - number)
            step(ME, f"{left_s / 60:.0f} min to go")
    text, status = answer(reports)
    (REPORT / "answer.txt").write_text(text + "\n")
    print(f"\n{text}\n" if text else "", flush=True)
    partial = [report["called"] for report in reports if report["partial"]]
    remarks = [f"{name} PARTIAL" for name in partial] + [f"{name} NOT RUN" for name in lacking]
    ran = ", ".join(report["called"] for report in reports) or "no release"
    step(ME, "; ".join([f"{ran}; the answer is in {REPORT.relative_to(ROOT)}", *remarks]))
    return COULD_NOT_RUN if remarks and status == 0 else status


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (CannotRun, port_kinds.PortError) as error:
        give_up(ME, error)
    except KeyboardInterrupt:
        give_up(
            ME, "interrupted before anything was run; what was made until now is used next time"
        )
