# SPDX-License-Identifier: BSD-3-Clause
"""ci/coverage: how much of DPDK's IPC the contract reaches, on a librte_eal built to count it."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from collections.abc import Hashable
from pathlib import Path

from ci.host import child, enter, packages
from ci.host.say import CannotRun, give_up, step
from ci.reach import by_case, cover, gcov, sanitizers, source
from ci.reach.gcov import Coverage
from conformance.verdicts import expected

ROOT = Path(__file__).resolve().parent.parent
REPORT = ROOT / "build" / "report"
ME = "ci/coverage"

SOURCE = "lib/eal/common/eal_common_proc.c"
NOTES = "librte_eal.a.p/eal_common_eal_common_proc.c.gcno"
# DPDK's own multiprocess_autotest, measured in the same way, reaches 61.6 % and 49.3 %.
GOAL_LINES, GOAL_BRANCHES = 97.0, 92.0

# What rings, pools and frames do is no business of the IPC: their clauses reach nothing of their own.
ELSEWHERE = (
    "conformance/rte_ring",
    "conformance/rte_mempool",
    "conformance/libraries",
    "conformance/ethdev",
)

# A case reaches only what it reaches in each of so many runs, ...
ROUNDS = 2
# ... and each place is reached by so many cases: what one misses by chance, another one reaches.
TIMES = 3
CHOSEN = ROOT / "ci" / "reach" / "unreachable" / f"{source.SERIES}.cases"

EPILOG = """
All arguments go to ci/validate: a node id, -k EXPRESSION, ... (a part of the contract reaches less).
Without any, all clauses but those of rings, pools and frames, which have nothing to do with the IPC.
Reports: build/report/coverage.json, and each line and branch never taken, with the reason, below.
Exit status: 0 the contract is green and the goals are met; 1 it is not, or a line or branch was never
taken and no reason is on record, or one that has a reason was taken; or a sanitizer reports what is
not on record; 2 the run could not be made.
"""

GCOV = [
    "-Db_coverage=true",
    f"-Dc_args=-fprofile-filter-files={Path(SOURCE).name}",
    "-Dc_link_args=-Wl,-u,__gcov_dump,-u,__gcov_reset",
]


def measure(argv: list[str]) -> tuple[int, Coverage]:
    """Builds what is stale, runs the contract; its exit status, and what it reached."""
    status, notes, counters = _run(argv or _of_the_ipc())
    return status, gcov.read(notes, counters.rglob(f"{notes.stem}.gcda"), SOURCE)


def _of_the_ipc() -> list[str]:
    return [f"--ignore={folder}" for folder in ELSEWHERE]


def _run(argv: list[str]) -> tuple[int, Path, Path]:
    """Exit status of the contract, gcov's notes of the source, and the folder of all counters."""
    library = source.build(ME, source.fetch(ME, source.installed()), "gcov", GCOV)
    counters = library.parent / "counters"
    shutil.rmtree(counters, ignore_errors=True)
    more = {"GCOV_PREFIX": str(counters), "GCOV_PREFIX_STRIP": "99"}
    status = validate(argv, {**more, **source.first(library)})
    return status, library / NOTES, counters


def choose() -> int:
    """Runs the contract, each case counted for itself, and writes down which cases reach what all do."""
    rounds = [_reached_by_case() for _ in range(ROUNDS)]
    reached = cover.every_time([reached for _, reached, _ in rounds])
    chosen = cover.choose(reached, rounds[-1][2], TIMES)
    about = (
        f"Cases that reach of {SOURCE}\nwhat all cases of the IPC reach, each line and branch by {TIMES} "
        "of them where so many do.\nMade by `ci/coverage --choose`; `ci/test` runs them."
    )
    cover.write(CHOSEN, chosen, about)
    step(ME, f"{len(chosen)} of {len(reached)} cases reach all: {CHOSEN.relative_to(ROOT)}")
    status = max(status for status, _, _ in rounds)
    if status:
        step(ME, "RED: some cases do not pass (see above), and are none of the chosen")
    return status


def _reached_by_case() -> tuple[int, dict[str, frozenset[Hashable]], dict[str, float]]:
    """Runs the contract once: its exit status; what each case that passed reached, and its seconds."""
    status, notes, counters = _run(["-p", "ci.reach.by_case", *_of_the_ipc()])
    cases = json.loads((REPORT / "report.json").read_text())["clauses"]
    seconds = {case["clause"]: case["seconds"] for case in cases if case["verdict"] == "pass"}
    reached: dict[str, frozenset[Hashable]] = {}
    for named in counters.glob(f"*/{by_case.NAME}"):
        case, found = named.read_text(), list(named.parent.rglob(f"{notes.stem}.gcda"))
        if found and case in seconds:
            reached[case] = gcov.taken(gcov.whole(notes, found, SOURCE))
    return status, reached, seconds


def validate(argv: list[str], more: dict[str, str]) -> int:
    """Exit status of the contract, run in this environment."""
    argv = [str(ROOT / "ci" / "validate"), *argv]
    status = child.run(argv, child.Child.terminate, env={**os.environ, **more})
    if status not in (0, 1):
        raise CannotRun("the contract was not run whole (see above): nothing was measured")
    return status


def sanitize(argv: list[str]) -> int:
    """Runs the contract with a librte_eal and a peer that have sanitizers; says what they report."""
    status = validate(argv, sanitizers.environment(ME, "asan"))
    report_json = json.loads((REPORT / "report.json").read_text())
    seen: dict[str, list[str]] = {}
    for case in report_json["clauses"]:
        for report in case.get("reports", []):
            seen.setdefault(report, []).append(case["clause"])
    recorded = expected.load_reports(tuple(map(int, report_json["release"].split("."))))
    wrong = [report for report in seen if report not in recorded]
    for report, clauses in sorted(seen.items()):
        why = recorded[report].why if report in recorded else "NOT ON RECORD"
        print(f"  {report}\n      {why}\n      ci/coverage --sanitize '{clauses[0]}'")
    # LeakSanitizer does not see every leak every time: what is missing is told, and no verdict.
    for report in sorted(set(recorded) - set(seen)) if not argv else []:
        step(ME, f"on record, and not seen in this run: {report}")
    step(ME, f"{len(seen)} kinds of report, {len(wrong)} of them not on record")
    return 1 if wrong or status else 0


def report(coverage: Coverage, reasons: dict[tuple[str, str], str], whole: bool) -> list[str]:
    """Prints what was never taken; what is wrong with that. whole: the whole contract was run."""
    wrong = []
    unexplained = [never for never in coverage.never if never.key not in reasons]
    for never in coverage.never:
        why = reasons.get(never.key, "NO REASON ON RECORD")
        print(f"  {Path(SOURCE).name}:{never.line}  {never.at} {never.what}: {why}")
    if whole and unexplained:
        wrong.append(f"{len(unexplained)} lines or branches were never taken and have no reason")
    taken = set(reasons) - {never.key for never in coverage.never}
    for at, what in sorted(taken):
        wrong.append(f"{at} {what} was taken, though a reason says it cannot be: delete the entry")
    if whole and (coverage.line_rate < GOAL_LINES or coverage.branch_rate < GOAL_BRANCHES):
        wrong.append(
            f"wanted are {GOAL_LINES} % of the lines and {GOAL_BRANCHES} % of the branches"
        )
    return wrong


def main(argv: list[str]) -> int:
    """The command."""
    parser = argparse.ArgumentParser(
        prog=ME,
        description=f"How much of {SOURCE} does the contract reach?",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--sanitize",
        action="store_true",
        help="run on a librte_eal with AddressSanitizer and UndefinedBehaviorSanitizer instead",
    )
    parser.add_argument(
        "--choose",
        action="store_true",
        help=f"write down which cases reach together what all reach ({CHOSEN.relative_to(ROOT)})",
    )
    parser.add_argument(
        "--chosen",
        action="store_true",
        help="run the cases that --choose has written down; all others too where these miss something",
    )
    ours, rest = parser.parse_known_args(argv)
    packages.install(ME, packages.RUN + source.NEEDS)
    if ours.sanitize:
        return sanitize(rest)
    if ours.choose:
        return choose()
    whole = ours.chosen or not rest
    if ours.chosen:
        rest = ["-n", str(enter.PARALLEL), *cover.read(CHOSEN)]
    status, coverage = measure(rest)
    reasons = gcov.reasons(ROOT / "ci" / "reach" / "unreachable" / f"{source.SERIES}.toml")
    missed = {never.key for never in coverage.never} - set(reasons)
    if ours.chosen and status == 0 and missed:
        places = ", ".join(f"{at} {what}" for at, what in sorted(missed))
        step(ME, f"the chosen cases miss {places}: all cases are run")
        status, coverage = measure([])
    wrong = report(coverage, reasons, whole=whole)
    figures = {
        "source": SOURCE,
        "dpdk": source.installed(),
        "lines": [coverage.lines_run, coverage.lines],
        "branches": [coverage.branches_taken, coverage.branches],
        "never": [{**vars(n), "why": reasons.get(n.key)} for n in coverage.never],
    }
    (REPORT / "coverage.json").write_text(json.dumps(figures, indent=1) + "\n")
    step(
        ME,
        f"{SOURCE}: {coverage.line_rate:.1f} % of {coverage.lines} lines run, "
        f"{coverage.branch_rate:.1f} % of {coverage.branches} branches taken",
    )
    for what in wrong:
        step(ME, f"RED: {what}")
    return 1 if wrong or status else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except CannotRun as error:
        give_up(ME, error)
