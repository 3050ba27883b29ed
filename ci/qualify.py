# SPDX-License-Identifier: BSD-3-Clause
"""ci/qualify: runs the contract on several releases of DPDK and says what changes between them."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

from ci import again, compare, roots
from ci.host import build, enter, packages
from ci.host.say import COULD_NOT_RUN, CannotRun, give_up, step
from ci.releases import RELEASES, ROOT, Release
from ci.summary import summary
from ci.validate import DEFAULT_PORT, check_selection, pytest_command, settle
from traffic import port as port_kinds

REPORT = ROOT / "build" / "qualify"
ME = "ci/qualify"

EPILOG = """
All other arguments go to pytest: a node id, -k EXPRESSION, -n NUMBER, ... Each release is a directory
below build/roots, downloaded from Debian and unpacked, never installed: the DPDK of this machine does
not matter. The answer compares each release with the next one.
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
        help=f"a release that Debian serves: {known} (all of them, unless some are named)",
    )
    parser.add_argument("--port", default=DEFAULT_PORT, help="as in ci/validate")
    return parser.parse_known_args(argv)


def chosen(named: list[str] | None) -> list[Release]:
    """The releases of these series, the oldest first; CannotRun for a series that is not there."""
    by_series = {release.series: release for release in RELEASES}
    for series in named or []:
        if series not in by_series:
            raise CannotRun(
                f"--release {series}: Debian serves {', '.join(by_series)}; name one of these"
            )
    return [release for release in RELEASES if not named or release.series in named]


def run(release: Release, port: str, rest: list[str], number: str) -> dict[str, Any]:
    """Runs the contract on one release: what its report.json holds. CannotRun when it cannot be run."""
    found = roots.make(ME, release)
    roots.peer(ME, found)
    folder = REPORT / release.series
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    step(ME, f"{number}: {release}, {found.version.partition('+')[0]}")
    more = roots.run_in(found)

    def pytest(argv: list[str], into: Path) -> int:
        return enter.run(ME, pytest_command(port, argv, into), more=more)

    def alone(clauses: list[str], into: Path) -> int:
        return pytest([*again.options_of(rest), *clauses], into)

    try:
        report = settle(ME, pytest(rest, folder), folder, alone)
    except CannotRun as error:
        raise CannotRun(f"{release}: {error}") from error
    step(ME, summary(report)[0])
    return report


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
    wanted = chosen(ours.release)
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
    for number, release in enumerate(wanted, 1):
        try:
            reports.append(run(release, ours.port, rest, f"{number} of {len(wanted)}"))
        except CannotRun as error:
            step(ME, f"NOT RUN: {error}")
            lacking.append(release.series)
        if reports and reports[-1]["partial"]:
            lacking += [other.series for other in wanted[number:]]
            break
        if number < len(wanted):
            left_s = (time.monotonic() - begun) / number * (len(wanted) - number)
            step(ME, f"{left_s / 60:.0f} min to go")
    text, status = answer(reports)
    (REPORT / "answer.txt").write_text(text + "\n")
    print(f"\n{text}\n" if text else "", flush=True)
    partial = [report["release"] for report in reports if report["partial"]]
    remarks = [f"{name} PARTIAL" for name in partial] + [f"{name} NOT RUN" for name in lacking]
    ran = ", ".join(report["release"] for report in reports) or "no release"
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
