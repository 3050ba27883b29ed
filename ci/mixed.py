# SPDX-License-Identifier: BSD-3-Clause
"""Two releases over one runtime directory: which are run beside which, and the table of what happens."""

from __future__ import annotations

import shutil
import textwrap
from functools import cache
from itertools import permutations
from typing import Any, Iterable, Mapping, Sequence

from ci.answer import answer as pages
from ci.host import build, packages
from ci.host.say import COULD_NOT_RUN, CannotRun, step
from ci.one_after_another import one_after_another
from ci.subject import Subject
from ci.summary import summary, worst
from ci.validate import ROOT, run_contract
from conformance.mixed.refusal import MISMATCH
from targets.dpdk import beside

CLAUSES = "conformance/mixed"
REPORTS = ROOT / "build" / "mixed"

WIDTH = 25

_ENDS = "end its IPC thread"

Report = dict[str, Any]


def called(subject: Subject, other: Subject) -> str:
    """The name of a run."""
    return f"{subject.name} beside {other.name}"


def pairs(subjects: Sequence[Subject], on: str | None) -> list[tuple[Subject, Subject]]:
    """Each release with each other one beside it; CannotRun where there are no two, or `on` is none."""
    if len(subjects) < 2:
        raise CannotRun("--mixed needs two releases: name another one, or none, which means all")
    names = [subject.name for subject in subjects]
    if on is not None and on not in names:
        raise CannotRun(f"--on {on}: it is none of {', '.join(names)}, which are run")
    return [(one, other) for one, other in permutations(subjects, 2) if on in (None, one.name)]


def _cases(report: Report | None, clause: str, part: str) -> list[Mapping[str, Any]]:
    """The cases of a clause, which is named without its file, that have a parameter."""
    found = []
    for case in report["clauses"] if report else []:
        name, _, parameters = case["clause"].rpartition("::")[2].partition("[")
        if name == clause and part in parameters.removesuffix("]").split("-"):
            found.append(case)
    return found


def _words(cases: list[Mapping[str, Any]], holds: str, breaks: str = "") -> str:
    """What was seen: `holds` where the clause holds in all these cases, else `breaks`, or what was
    observed."""
    if not cases or any(case["how"] == "not run" for case in cases):
        return "not run"
    broken = [case for case in cases if case["how"] != "holds"]
    if not broken:
        return holds
    first = broken[0]
    return breaks if breaks and first["how"].startswith("breaks") else str(first["observed"])


def _datagrams(report: Report | None, role: str) -> str:
    """What the datagrams of the release that is beside the report's do to a process in a role."""
    cases = _cases(report, "test_datagram_of_another_release_is_survived", role)
    most = _cases(report, "test_descriptors_of_another_release_are_survived", role)
    words = _words(cases, "survived", _ENDS)
    if words == "survived" and _words(most, words, _ENDS) == _ENDS:
        return f"survived, but those with more descriptors than it takes {_ENDS}"
    return words


def cell(of_primary: Report | None, of_secondary: Report | None) -> list[str]:
    """What happens between a primary and a secondary, in words: from the report on the primary's release,
    with the secondary's beside it, and from the other way round."""
    refused = _cases(of_secondary, "test_secondary_of_another_release_is_refused", "secondary")
    why = _cases(of_secondary, "test_refusal_says_why", "secondary")
    harm = _cases(of_primary, "test_refused_process_harms_nobody", "secondary")
    return [
        f"{_words(refused, 'refused')}, {_words(why, 'rte_errno says why', 'no rte_errno')}",
        f"the primary: {_words(harm, 'unharmed')}",
        f"datagrams to the primary: {_datagrams(of_primary, 'primary')}",
        f"datagrams to a secondary: {_datagrams(of_secondary, 'secondary')}",
    ]


def table(reports: Mapping[tuple[str, str], Report]) -> str:
    """What happens between each primary (a row) and each secondary (a column).

    reports: by the release they are on, and the one beside it.
    """
    names = list(dict.fromkeys(name for pair in reports for name in pair))
    rows = [["primary \\ secondary", *names]]
    for primary in names:
        cells = ["the same release"] * len(names)
        for column, secondary in enumerate(names):
            if primary != secondary:
                mine, theirs = (primary, secondary), (secondary, primary)
                cells[column] = "; ".join(cell(reports.get(mine), reports.get(theirs)))
        rows.append([primary, *cells])
    lines = [line for row in rows for line in [*_laid_out(row), ""]]
    return "\n".join([*lines, f'refused: its log says "{MISMATCH}"'])


def _laid_out(row: Iterable[str]) -> list[str]:
    """The lines of a row, each of its texts in a column."""
    columns = [textwrap.wrap(text, WIDTH - 2) for text in row]
    height = max(map(len, columns))
    padded = [[*column, *[""] * (height - len(column))] for column in columns]
    return ["".join(text.ljust(WIDTH) for text in line).rstrip() for line in zip(*padded)]


def answer(reports: Mapping[tuple[str, str], Report]) -> tuple[str, int]:
    """The table and what each run says, and the exit status: 1 if anything is red."""
    found = {pair: summary(report) for pair, report in reports.items()}
    said = [f"{mine} beside {other}: {line}" for (mine, other), (line, _) in found.items()]
    status = worst(code for _, code in found.values())
    return "\n".join([table(reports), "", *said]) if reports else "", status


@cache
def _environment(command: str, subject: Subject) -> dict[str, str]:
    """The environment of a run on a release, which is made ready once."""
    return subject.ready(command)


def run(command: str, subject: Subject, other: Subject, port: str, rest: list[str]) -> Report:
    """Runs the clauses of two releases on one that has another beside it: the report. CannotRun when that
    cannot be."""
    more = beside(_environment(command, subject), _environment(command, other))
    alone_on = f"{command} --mixed --on {subject.name} {subject.option} {other.option}"
    more |= {"GAUNTLET_ALONE": alone_on, "GAUNTLET_NAME": called(subject, other)}
    folder = REPORTS / called(subject, other).replace(" ", "-")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)

    try:
        return run_contract(command, port, rest, folder, more, CLAUSES)[0]
    except CannotRun as error:
        raise CannotRun(f"{called(subject, other)}: {error}") from error


def run_all(
    command: str, pairs: Sequence[tuple[Subject, Subject]], port: str, rest: list[str]
) -> int:
    """Runs each pair and says what comes of all; the exit status."""
    packages.install(command, packages.RUN)
    build.build(command, tests=False)  # The relay and the tracer: they are no DPDK processes.

    def run_pair(pair: tuple[Subject, Subject], number: str) -> dict[str, Any]:
        step(command, f"{number}: {called(*pair)}")
        report = run(command, *pair, port, rest)
        step(command, summary(report)[0])
        return report

    done, lacking = one_after_another(command, pairs, run_pair)
    reports = {(mine.name, other.name): report for (mine, other), report in done}
    remarks = [f"{called(*pair)} PARTIAL" for pair, report in done if report["partial"]]
    remarks += [f"{called(*pair)} NOT RUN" for pair in lacking]
    text, status = answer(reports)
    REPORTS.mkdir(parents=True, exist_ok=True)
    (REPORTS / "answer.txt").write_text(text + "\n")
    print(f"\n{text}\n" if text else "", flush=True)
    if reports:
        page = pages.publish(REPORTS, list(reports.values()), [])
        step(command, f"the page is {page.relative_to(ROOT)}")
    ran = f"{len(reports)} of {len(pairs)} pairs were run"
    step(command, "; ".join([f"{ran}; the answer is in {REPORTS.relative_to(ROOT)}", *remarks]))
    return COULD_NOT_RUN if remarks and status == 0 else status
