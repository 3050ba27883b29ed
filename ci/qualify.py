# SPDX-License-Identifier: BSD-3-Clause
"""ci/qualify: runs the contract on several releases of DPDK and says what changes between them."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any, Callable

from ci import again, mixed
from ci.answer import answer, formats, runs
from ci.answer.going_on import Unfinished, joined, key_of
from ci.host import build, packages
from ci.host.say import COULD_NOT_RUN, CannotRun, give_up, step
from ci.installed import of_argument
from ci.one_after_another import one_after_another
from ci.releases import RELEASES, ROOT
from ci.subject import OfDebian, Subject, add_options_of_several, of_series
from ci.summary import summary
from ci.validate import DEFAULT_PORT, check_selection, pytest_command, run_contract
from traffic.ports import named as port_kinds
from traffic.ports.port import PortError

REPORT = ROOT / "build" / "report"
ME = "ci/qualify"

EPILOG = """
All other arguments go to pytest: a node id, -k EXPRESSION, -n NUMBER, ... Each release is a directory
below build/roots, downloaded from Debian and unpacked, never installed: the DPDK of this machine does
not matter. The answer compares each one with the next, Debian's releases first, then those of --dpdk,
unless --from and --to name two of them. What a run that was cut off has seen is kept, and the same
command goes on from there.
Reports: build/report/index.html, the page; answer.txt; junit.xml, a suite for each release; and
RELEASE/report.json, with a bundle of each red case in RELEASE/bundles/ (ci/bundle --help).
With --mixed the answer is a table: what happens between a primary of one release and a secondary of
another. Each release is run beside each other one, and only clauses about two are run, conformance/mixed.
Reports: build/mixed/answer.txt and build/mixed/RELEASE-beside-OTHER/report.json. Exit status 1: a clause
is red, as in ci/validate.
Exit status: of one release, as ci/validate; of several, 0 nothing regressed; 1 something did; 2 the
answer says less than it should: a release could not be had, a run was interrupted, or a case was not run
on the later release or could not be judged.
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
    add_options_of_several(parser, "all of them")
    parser.add_argument("--port", default=DEFAULT_PORT, help="as in ci/validate")
    parser.add_argument("--anew", action="store_true", help="do not go on: run all of it again")
    answer.add_options(parser)
    parser.add_argument(
        "--mixed",
        action="store_true",
        help="what happens between processes of different releases, in one runtime directory?",
    )
    parser.add_argument(
        "--on", metavar="NAME", help="with --mixed: run this one only, beside each of the others"
    )
    return parser.parse_known_args(argv)


def chosen(named: list[str] | None, dpdk: list[str] | None = None) -> list[Subject]:
    """The releases of these series, the oldest first, and then the prefixes; CannotRun for a series that
    is not there, for a prefix that cannot be meant, and for two of one name."""
    wanted = {of_series(series) for series in named or []}
    everything = not named and not dpdk
    known = [OfDebian(release) for release in RELEASES]
    subjects: list[Subject] = [one for one in known if everything or one in wanted]
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
    """Runs the contract on one release, or what is left of it: its report. CannotRun when it cannot be
    run."""
    folder = REPORT / subject.name
    there = folder / "report.json"
    before = runs.read(there) if there.exists() else None
    if before is not None and not before["partial"]:
        step(ME, f"{number}: {subject}: was run before this command was cut off")
        return before
    more = subject.ready(ME)
    folder.mkdir(parents=True, exist_ok=True)
    step(ME, f"{number}: {subject}")
    try:
        report = (
            _run(port, rest, folder, more)
            if before is None
            else _go_on(port, rest, folder, more, before)
        )
    except CannotRun as error:
        raise CannotRun(f"{subject}: {error}") from error
    step(ME, summary(report)[0])
    return report


def _run(port: str, rest: list[str], folder: Path, more: dict[str, str]) -> dict[str, Any]:
    """Runs these cases in the environment of a release: the report, which is in the folder then."""
    return run_contract(ME, port, rest, folder, more)[0]


def _go_on(
    port: str, rest: list[str], folder: Path, more: dict[str, str], before: dict[str, Any]
) -> dict[str, Any]:
    """Runs the cases that a run which was cut off has not come to; the report of both."""
    done = len(before["clauses"])
    step(ME, f"going on: {done} of {before['selected']} cases were run before")
    into = folder / f"after{done}"
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir()
    without = f"--without={folder / 'report.json'}"
    report = joined(before, _run(port, [*rest, without], into, more))
    (folder / "report.json").write_text(json.dumps(report, indent=1) + "\n")
    if (folder / "junit.xml").exists() and (into / "junit.xml").exists():
        again.merge_junit(folder / "junit.xml", into / "junit.xml")
    return report


def _answered(reports: list[dict[str, Any]], names: list[str], ours: argparse.Namespace) -> int:
    """Writes the answer from the reports of these releases; its exit status."""
    try:
        compared = answer.pairs(reports, ours.before, ours.after)
    except CannotRun as error:  # One of the two that are named could not be run.
        step(ME, str(error))
        compared = []
    text, status = answer.text_of(reports, compared)
    if len(reports) == 1:
        _, status = summary(reports[0])
    (REPORT / "answer.txt").write_text(text + "\n")
    files = {name: REPORT / name / "junit.xml" for name in names}
    answer.merge_junit({n: f for n, f in files.items() if f.exists()}, REPORT / "junit.xml")
    print(f"\n{text}\n" if text else "", flush=True)
    if reports:
        page = answer.publish(REPORT, reports, compared)
        step(ME, f"the page is {page.relative_to(ROOT)}")
    return status


def main(argv: list[str]) -> int:
    """The command. CannotRun when nothing could be run."""
    ours, rest = arguments(argv)
    wanted = chosen(ours.release, ours.dpdk)
    if ours.on and not ours.mixed:
        raise CannotRun(f"--on {ours.on} is for --mixed")
    pairs = mixed.pairs(wanted, ours.on) if ours.mixed else []
    check_names(wanted, ours)
    if os.geteuid() != 0:
        raise CannotRun(
            "not root, and only root can enter the root of another release: run it as root"
        )
    if ours.mixed:
        return mixed.run_all(ME, pairs, ours.port, rest)
    with formats.instead_of_text(ours.format) as tell:
        return qualify(wanted, ours, rest, tell)


def check_names(wanted: list[Subject], ours: argparse.Namespace) -> None:
    """CannotRun for a --from or --to that names nothing that is run."""
    names = [subject.name for subject in wanted]
    for option, name in (("--from", ours.before), ("--to", ours.after)):
        if name is not None and name not in names:
            raise CannotRun(f"{option} {name}: {', '.join(names)} are run; name one of these")
    first = ours.before or names[0]
    if (ours.before or ours.after) and first == (ours.after or names[-1]):
        raise CannotRun(f"{first} cannot be compared with itself: name two releases")


def qualify(
    wanted: list[Subject],
    ours: argparse.Namespace,
    rest: list[str],
    tell: Callable[[list[dict[str, Any]]], None],
) -> int:
    """Runs what is wanted and answers; the exit status. tell: is given the reports."""
    why = port_kinds.parse(ours.port).unavailable()
    packages.install(ME, packages.RUN)
    if why and ours.port != DEFAULT_PORT:
        raise CannotRun(f"port {ours.port}: {why}")
    build.build(ME, tests=False)  # The relay and the tracer: they are no DPDK processes.
    if rest:
        check_selection(pytest_command(ours.port, rest))
    unfinished = Unfinished(REPORT, key_of([ours.port, *(s.option for s in wanted), *rest]))
    if ours.anew or not unfinished.goes_on():
        shutil.rmtree(REPORT, ignore_errors=True)
    unfinished.begin()
    done, lacking = one_after_another(
        ME, wanted, lambda subject, number: run(subject, ours.port, rest, number)
    )
    reports = [report for _, report in done]
    partial = [report["called"] for report in reports if report["partial"]]
    status = _answered(reports, [subject.name for subject, _ in done], ours)
    tell(reports)
    remarks = [f"{name} PARTIAL" for name in partial] + [f"{one.name} NOT RUN" for one in lacking]
    if remarks:
        remarks.append("the same command goes on from there")
    else:
        unfinished.finish()
    called = ", ".join(report["called"] for report in reports) or "no release"
    step(ME, "; ".join([f"{called}; the answer is in {REPORT.relative_to(ROOT)}", *remarks]))
    return COULD_NOT_RUN if remarks and status == 0 else status


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (CannotRun, PortError) as error:
        give_up(ME, error)
    except KeyboardInterrupt:
        give_up(
            ME, "interrupted before anything was run; what was made until now is used next time"
        )
