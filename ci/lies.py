# SPDX-License-Identifier: BSD-3-Clause
"""ci/test --lies: runs each clause again and tells it lies, one a run, to find what cannot fail."""

from __future__ import annotations

import argparse
from pathlib import Path

from ci.host import enter
from ci.host.say import COULD_NOT_RUN, CannotRun, step
from conformance.verdicts import contract, expected, run
from conformance.lies import answered
from conformance.lies.judgement import Judgement, judge
from conformance.lies.state import State
from targets.dpdk import Dpdk

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build" / "lies"
ME = "ci/test"


def arguments(argv: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """Ours, and what is left for pytest."""
    parser = argparse.ArgumentParser(
        prog=f"{ME} --lies",
        description="Which assertions of the contract cannot fail?",
        epilog="All other arguments go to pytest: a file, a node id, -k EXPRESSION, -n NUMBER, ... "
        "It may be interrupted, and goes on where it was. Exit status: 0 every assertion was red "
        "under some lie, or is answered for in conformance/lies/answered.toml; 1 one was not; "
        "2 the run could not be made, or not to its end.",
        allow_abbrev=False,
    )
    parser.add_argument("--every", action="store_true", help="tell all lies, and count the rest")
    parser.add_argument("--every-case", action="store_true", help="all parameters, not the last")
    parser.add_argument("--sample", action="store_true", help="only the clauses of the sample")
    parser.add_argument(
        "--again", action="store_true", help="forget what was found before, of all clauses"
    )
    return parser.parse_known_args(argv)


def pytest_command(ours: argparse.Namespace, release: str, rest: list[str]) -> list[str]:
    """The pytest that holds the trials that `rest` selects, or all."""
    names_some = any((ROOT / arg.partition("::")[0]).exists() for arg in rest if arg[:1] != "-")
    parallel = any(arg.startswith(("-n", "--numprocesses")) for arg in rest)
    given = {"--lies-every": ours.every, "--lies-every-case": ours.every_case}
    given["--lies-sample"] = ours.sample
    return [
        *["/usr/bin/python3", "-m", "pytest", "-q", "-p", "conformance.lies.plugin"],
        # Each run of a clause may take as long as it may in the contract, and so the trial longer.
        *["-o", "enable_assertion_pass_hook=true", "-o", "timeout_func_only=true"],
        f"--report={FOLDER / 'report'}",
        f"--lies-folder={folder(ours)}",
        f"--lies-release={release}",
        *[option for option, wanted in given.items() if wanted],
        *([] if parallel else ["-n", str(enter.PARALLEL)]),
        *rest,
        *([] if names_some else ["conformance"]),
    ]


def folder(ours: argparse.Namespace) -> Path:
    """The folder of the results: finding all lies and finding lies until one is noticed have a folder
    each."""
    return FOLDER / ("sample" if ours.sample else "every" if ours.every else "first")


def say(found: Judgement) -> int:
    """Prints the lists and what they amount to; the exit status."""
    for title, lines in (
        ("not run", found.not_run),
        ("red without any lie", found.untried),
        ("an answer that is not needed", found.needless),
        ("cannot fail", found.cannot_fail),
        ("not told any lie yet", found.missing),
    ):
        for line in lines:
            step(ME, f"{title}: {line}")
    step(ME, found.summary)
    return COULD_NOT_RUN if found.missing else 1 if found.red else 0


def main(argv: list[str]) -> int:
    """The command, when everything is built. CannotRun when the run could not be made."""
    ours, rest = arguments(argv)
    try:
        version = tuple(run.greet(Dpdk(run.find_peer()))["version"])
        answers = answered.load()
    except answered.AnsweredError as error:
        raise CannotRun(str(error)) from error
    release = ".".join(map(str, version))
    state = State(folder(ours), release)
    if ours.again or ours.sample:
        state.forget()
    state.select({})
    # Clauses are compiled otherwise here: each assertion that holds says so.
    apart = f"PYTHONPYCACHEPREFIX={FOLDER / 'pycache'}"
    status = enter.run(ME, ["/usr/bin/env", apart, *pytest_command(ours, release, rest)])
    selected = state.selected()
    if not selected:
        raise CannotRun(f"no clause was told a lie (pytest ended with status {status}; see above)")
    known = frozenset(c.address for part in contract.read(ROOT).values() for c in part)
    findings = {nodeid: state.load(nodeid, key) for nodeid, key in selected.items()}
    for nodeid, found in findings.items() if ours.every else ():
        for lie in found.unnoticed if found else ():
            step(ME, f"not noticed, which may be right: {nodeid}: {lie}")
    return say(judge(findings, answers, known, recorded=expected.has_record(version)))
