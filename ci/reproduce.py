# SPDX-License-Identifier: BSD-3-Clause
"""ci/reproduce: makes it happen again, and says how often it does, and in how many ways."""

from __future__ import annotations

import argparse
import os
import re
import sys
from pathlib import Path
from typing import Any

from ci import bug_report, how_often, subject, under, validate
from ci.bug_report import Seen
from ci.bundles import make as bundles
from ci.bundles import replay
from ci.host import build, busy, enter, packages, scratch
from ci.host.alone import alone
from ci.host.say import COULD_NOT_RUN, CannotRun, give_up, step
from ci.how_often import HowOften
from ci.one_after_another import one_after_another
from ci.qualify import chosen
from ci.subject import Subject
from conformance.model import options, script
from conformance.scenario import recorded
from conformance.model.script import ScriptError
from conformance.verdicts.verdict import Verdict
from traffic.ports import named as port_kinds
from traffic.ports.port import PortError

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build" / "reproduce"
ME = "ci/reproduce"

SCENARIO = bundles.SCENARIO

# As often as --until-fails tries when nothing is said.
MOST_TIMES = 1000

EPILOG = """
WHAT: the node id of a clause or a case; a scenario, or a script of the model, as a file or as text; or a
bundle, of which the same is run as where it was made, with its seeds and options:
  ci/reproduce 'conformance/rte_mp/test_request_sync.py::test_partial_answers_are_kept'
  ci/reproduce conformance/track_record/late_reply.scenario --release 22.11 --release 25.11
  ci/reproduce 'primary1 starts; secondary1 starts; secondary1 exits' --times 50 --busy 8
  ci/reproduce build/report/bundles/NAME.tar.zst --times 20
All other arguments go to pytest: -k EXPRESSION, --model-seed=7, --fuzz-seed=7, ... A breach that is on
record is a failure here, as any other one.
What fails alike is one way: the same process died or hung at the same place, or the same expectation was
missed. The share of failures is an interval: so many runs allow any share between its ends.
Reports: build/reproduce/NAME/report.json, and build/reproduce/NAME/scenes/ of what is red;
build/reproduce/bundles/, a bundle for each way in which it failed: ci/bundle --help.
Exit status: 0 it never failed; 1 it failed at least once, on one of the releases; 2 the runs could not be
made, or none of them could tell.
"""


def arguments(argv: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """Ours, and what is left for pytest."""
    parser = argparse.ArgumentParser(
        prog=ME,
        description="Make it happen again: how often does it fail, and in how many ways?",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("what", metavar="WHAT", help="a node id, a scenario, a script or a bundle")
    parser.add_argument("--times", metavar="N", help="how often it is run (1)")
    parser.add_argument(
        "--until-fails",
        action="store_true",
        help=f"end with the first failure, or after N times ({MOST_TIMES})",
    )
    parser.add_argument("--parallel", metavar="N", help="how many run beside each other (1)")
    parser.add_argument("--busy", metavar="N", help="how many busy loops run beside it (0)")
    subject.add_options_of_several(parser, "the DPDK of this machine")
    parser.add_argument(
        "--as",
        dest="language",
        choices=("c", "clause", "scenario", "report"),
        help="write it as a C file that needs DPDK and nothing else, as a clause of pytest, or, of a "
        "case that is run once for it, as the scenario of what was seen; or run it, and write the text "
        "of a bug report where it fails",
    )
    parser.add_argument(
        "--minimise",
        action="store_true",
        help="make the scenario as short as it can be and still fail in the same way",
    )
    parser.add_argument(
        "--under",
        metavar="TOOL[:NAME,...]",
        help="have it around the processes, or around these: strace, valgrind, gdb (stacks with "
        "arguments and variables of what hangs, dies or is not as expected), asan or tsan (of all)",
    )
    parser.add_argument(
        "--port", help=f"as in ci/validate ({validate.DEFAULT_PORT}, or that of the bundle)"
    )
    return parser.parse_known_args(argv)


def selection(what: str) -> list[str]:
    """The arguments of pytest that select what is to be reproduced. CannotRun where nothing is meant."""
    path = Path(what.partition("::")[0])
    if path.suffix == ".py" or (ROOT / path).is_dir():
        if not (ROOT / path).exists():
            raise CannotRun(f"{what}: there is no {path}; ci/validate --list names the clauses")
        return [what]
    text = _text(what)
    try:
        script.parse(text)
    except ScriptError:
        file = FOLDER / "what.scenario"
        file.write_text(text, encoding="utf-8")
        return [f"--scenario={file}", SCENARIO]
    try:
        steps = options.script(text)
    except ScriptError as error:
        raise CannotRun(str(error)) from error
    return [f"--model-script={'; '.join(map(str, steps))}", validate.MODEL_SCRIPT]


def _text(what: str) -> str:
    """A scenario or script that is given as text, or in a file. CannotRun where it is neither."""
    if "\n" in what or ";" in what:
        return what
    try:
        return Path(what).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CannotRun(
            f"{what!r} is no node id of a clause, no file and no text of several steps: {error}"
        ) from error


def scenario_of(rest: list[str]) -> str | None:
    """The file of the scenario that pytest is told to run, None where it is told of none."""
    given = [arg for arg in rest if arg.startswith("--scenario=")]
    return given[0].removeprefix("--scenario=") if given else None


def on_scenario(arguments: list[str], more: dict[str, str] | None = None) -> None:
    """Checks a scenario with the DPDK of this environment, [FILE], or writes it, [FILE, LANGUAGE,
    OUTPUT]. CannotRun where that cannot be done; says why."""
    argv = ["/usr/bin/python3", "-m", "conformance.scenario", *arguments]
    if enter.run(ME, argv, more=more or {}):
        raise CannotRun("the line above says why")


def record(ours: argparse.Namespace, rest: list[str]) -> Path:
    """Runs the case once, and writes what happened as a scenario: its file. CannotRun where that cannot
    be said in one."""
    folder = FOLDER / "recorded"
    scratch.empty(folder)
    command = validate.pytest_command(ours.port, [*rest, "--keep-scenes", "-n0"], folder)
    cases = validate.read_report(enter.run(ME, command), folder)["clauses"]
    timelines = sorted((folder / "scenes").rglob("timeline.jsonl"))
    if len(cases) != 1 or len(timelines) != 1:
        raise CannotRun(
            f"{ours.what} is {len(cases)} cases with {len(timelines)} scenes: name a case that has one "
            "scene"
        )
    with timelines[0].open(encoding="utf-8") as lines:
        text, missing = recorded.scenario_of(lines, cases[0]["promise"], cases[0]["clause"])
    path = FOLDER / f"{named(cases[0]['clause'].rpartition('::')[2])}.scenario"
    path.write_text(text, encoding="utf-8")
    step(ME, f"written: {os.path.relpath(path, ROOT)}")
    for what in missing:
        step(ME, f"it lacks what has no words in a scenario: {what}")
    return path


def name_for(what: str) -> str:
    """The name of the files that are written of a scenario."""
    text = "\n" in what or ";" in what
    return "scenario" if text or not Path(what).exists() else named(Path(what).stem)


def named(what: str) -> str:
    """A file's name for this."""
    return re.sub("[^A-Za-z0-9_]+", "_", what).strip("_")


def minimise(file: str, name: str) -> int:
    """Makes the scenario shorter, and says where that is; the exit status."""
    path = FOLDER / f"{name}.shorter.scenario"
    path.unlink(missing_ok=True)
    status = enter.run(
        ME, ["/usr/bin/python3", "-m", "conformance.scenario.minimise", file, str(path)]
    )
    if path.exists():
        step(ME, f"written: {os.path.relpath(path, ROOT)}")
        print(f"\n{path.read_text(encoding='utf-8')}", end="", flush=True)
    return status


def write(file: str, language: str, name: str) -> None:
    """Writes the scenario in another language, and says where. CannotRun where it has no such form."""
    path = FOLDER / (f"{name}.c" if language == "c" else f"test_{name}.py")
    on_scenario([file, language, str(path)])
    step(ME, f"written: {os.path.relpath(path, ROOT)}")
    if language == "c":
        step(ME, f"cc -o {name} {path.name} $(pkg-config --cflags --libs libdpdk) -pthread")


def report_bug(ours: argparse.Namespace, rest: list[str], seen: list[Seen]) -> None:
    """Writes the bug report, and the C file that it speaks of, where it failed, and says where."""
    if not any(one.failure for one in seen):
        step(ME, "it never failed: there is nothing to report")
        return
    file, name = scenario_of(rest), name_for(ours.what)
    judges = file is not None
    if file is None:
        file = str(record(ours, [ours.what]))
        name = Path(file).stem
    program = f"{name}.c"
    try:
        write(file, "c", name)
    except CannotRun:
        program = ""
    path = FOLDER / f"{name}.report.txt"
    text = Path(file).read_text(encoding="utf-8")
    path.write_text(bug_report.written(seen, text, program, judges), encoding="utf-8")
    step(ME, f"written: {os.path.relpath(path, ROOT)}")


def instead_of_a_run(ours: argparse.Namespace, rest: list[str]) -> int:
    """Does what --as or --minimise says; the exit status."""
    file = scenario_of(rest)
    name = name_for(ours.what)
    if ours.minimise:
        if file is None:
            raise CannotRun(f"--minimise is for a scenario, and {ours.what!r} is none")
        on_scenario([file])
        return minimise(file, name)
    if file is None:
        file = str(record(ours, rest))
        name = Path(file).stem
    if ours.language != "scenario":
        write(file, ours.language, name)
    return 0


def number(option: str, text: str | None, least: int, otherwise: int) -> int:
    """What an option says; CannotRun where that is no number, or too small."""
    if text is None:
        return otherwise
    try:
        return options.number(option, text, least)
    except ScriptError as error:
        raise CannotRun(str(error)) from error


def tell(report: dict[str, Any], what: str, again: str) -> HowOften:
    """Says what came of the runs on one DPDK, and shows a failure of each way. again: this command, for
    this DPDK."""
    found = how_often.of(report)
    shown = set()
    for case in report["clauses"]:
        way = how_often.signature(case)
        if case["how"] not in ("holds", *how_often.UNTOLD) and way not in shown:
            shown.add(way)
            told = {key: case[key] for key in Verdict.__dataclass_fields__ if key in case}
            command = report["alone"]
            if case["clause"] == SCENARIO:
                told["clause"], command = what, again
            print(f"\n{case['how']}\n{Verdict(**told).lines(command)}", flush=True)
    print(flush=True)
    for line in found.lines():
        step(ME, f"{report['dpdk']}: {line}")
    return found


def main(argv: list[str]) -> int:
    """The command. CannotRun when the runs could not be made."""
    ours, rest = arguments(argv)
    given, rest = replay.of(ME, ours, rest, FOLDER)
    ours.port = ours.port or validate.DEFAULT_PORT
    times = number("--times", ours.times, 1, MOST_TIMES if ours.until_fails else 1)
    parallel = number("--parallel", ours.parallel, 1, 1)
    loops = number("--busy", ours.busy, 0, 0)
    around = under.parse(ours.under)
    port_kinds.parse(ours.port)
    port = [f"--port {ours.port}"] if ours.port != validate.DEFAULT_PORT else []
    on: list[Subject | None] = [None]
    if ours.release or ours.dpdk:
        on = list(chosen(ours.release, ours.dpdk))
    writes = ours.language if ours.language != "report" else None
    other = "--minimise" if ours.minimise else f"--as {writes}" if writes else ""
    if other and on != [None]:
        raise CannotRun(
            f"{other} is about the DPDK of this machine: leave --release and --dpdk out"
        )
    FOLDER.mkdir(parents=True, exist_ok=True)
    for line in given.lines() if given else []:
        step(ME, line)
    rest = [*selection(ours.what), *rest]
    if ours.language == "report" and on != [None] and scenario_of(rest) is None:
        raise CannotRun(
            f"--as report on another DPDK needs a scenario, and {ours.what} is none: --as scenario "
            "writes one"
        )
    if around and other:
        raise CannotRun(f"{other} runs nothing that could be under {ours.under}: leave one out")
    if around:
        for each in on:
            around.check(each)
    packages.install(ME, packages.RUN)
    if None in on:
        packages.dpdk_release()
        build.build(ME, tests=False)
    if other:
        return instead_of_a_run(ours, rest)
    validate.check_selection(validate.pytest_command(ours.port, rest))
    rest += [f"--times={times}", "--tb=no", "--no-summary", f"-n{parallel if parallel > 1 else 0}"]
    rest += ["--keep-ways", *(["--until-fails"] if ours.until_fails else [])]
    rest += ["--keep-scenes"] if around or ours.language else []
    beside = around.environment(ME) if around else {}
    found: list[HowOften] = []
    seen: list[Seen] = []

    def one(which: Subject | None, number: str) -> dict[str, Any]:
        folder = FOLDER / (which.name if which else "here")
        scratch.empty(folder)
        more = {**subject.ready(ME, which), **beside}
        if file := scenario_of(rest):
            on_scenario([file], more)
        if port:
            more["GAUNTLET_PORT"] = ours.port
        step(ME, f"{number}: {which or 'the DPDK of this machine'}")
        with busy.loops(loops):
            status = enter.run(ME, validate.pytest_command(ours.port, rest, folder), more=more)
        report = validate.read_report(status, folder)
        again = " ".join([ME, *([which.option] if which else []), *port])
        found.append(tell(report, ours.what, again))
        seen.append(Seen(report, found[-1]))
        for line in around.written(folder / "scenes") if around else []:
            step(ME, line)
        bundles.keep(ME, report, rest, FOLDER / "bundles", bundles.failed, loops, ours.what)
        if given:
            given.compared(report, ME)
        # The first failure ends the run on one DPDK, where it is asked to, and not the whole.
        return {
            **report,
            "partial": report["partial"] and not (ours.until_fails and found[-1].failed),
        }

    done, left_out = one_after_another(ME, on, one)
    if left_out and len(on) > 1:
        step(
            ME,
            f"NOT RUN: {', '.join(str(each or 'the DPDK of this machine') for each in left_out)}",
        )
    for _, report in done:
        if report["partial"]:
            step(
                ME,
                f"{report['dpdk']}: INTERRUPTED: {len(report['clauses'])} of {report['selected']}",
            )
    if ours.language:
        report_bug(ours, rest, seen)
    if any(each.failed for each in found):
        return 1
    whole = done and not left_out and not any(report["partial"] for _, report in done)
    return 0 if whole and all(each.told for each in found) else COULD_NOT_RUN


if __name__ == "__main__":
    try:
        arguments(sys.argv[1:])  # --help is for everybody.
        with alone(ME, FOLDER):
            status = main(sys.argv[1:])
        sys.exit(status)
    except (CannotRun, PortError) as error:
        give_up(ME, error)
    except KeyboardInterrupt:
        give_up(ME, "interrupted before anything was run")
