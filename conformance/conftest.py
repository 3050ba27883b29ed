# SPDX-License-Identifier: BSD-3-Clause
"""Ties clauses to pytest: fixtures, verdicts, recorded breaches, the four lines, the JSON report."""

from __future__ import annotations

import argparse
import json
import re
import shutil
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, Callable, Generator, TypeVar

import pytest

from conformance import contract, expected, fuzz, verdict
from conformance.model import options
from conformance.model.script import ScriptError
from conformance.run import ROOT, CannotRun, Run, make
from conformance.verdict import Verdict
from targets.outcome import Unavailable
from targets.scene import Scene
from traffic import port as port_kinds
from traffic.port import Port

T = TypeVar("T")

RUN = pytest.StashKey[Run]()
BREACHES = pytest.StashKey[dict]()

# What the report will say, by node id: filled in the process that controls the run.
_collected: dict[str, dict[str, Any]] = {}

# The comparison that failed last in this process: pytest tells it before the assert raises.
_compared: list[tuple[str, Any, Any]] = []


def _told(check: Callable[[str], T]) -> Callable[[str], T]:
    """An option's check, whose complaint pytest passes on."""

    def checked(text: str) -> T:
        try:
            return check(text)
        except ScriptError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return checked


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("gauntlet")
    group.addoption("--port", default="net_tap", help="port kind: KIND[,key=value]")
    group.addoption(
        "--model-steps",
        type=_told(options.steps),
        default=options.DEFAULT_STEPS,
        help="how many steps of the model are taken with real peers",
    )
    group.addoption(
        "--model-seed",
        type=_told(options.seed),
        default=options.DEFAULT_SEED,
        help="another number, other steps",
    )
    group.addoption(
        "--model-script",
        type=_told(options.script),
        help="only run this script of the model, or file",
    )
    group.addoption(
        "--fuzz-datagrams",
        type=_told(options.datagrams),
        default=fuzz.DEFAULT_DATAGRAMS,
        help="how many datagrams of chance each process is sent",
    )
    group.addoption(
        "--fuzz-seed",
        type=_told(options.fuzz_seed),
        default=fuzz.DEFAULT_SEED,
        help="another number, other datagrams",
    )
    group.addoption(
        "--ring-objects",
        type=_told(options.ring_objects),
        default=options.DEFAULT_RING_OBJECTS,
        help="how many objects each producer of a ring's history puts in",
    )
    group.addoption("--report", default=str(ROOT / "build" / "report"), help="folder of reports")


def pytest_configure(config: pytest.Config) -> None:
    worker = getattr(config, "workerinput", None)
    shared = json.loads(worker["gauntlet"]) if worker else None
    report = Path(config.getoption("--report"))
    try:
        config.stash[RUN] = make(config.getoption("--port"), report, shared)
        config.stash[BREACHES] = expected.load(config.stash[RUN].release)
        _check_contract(config.stash[BREACHES])
    except (CannotRun, expected.ExpectedError, contract.ContractError) as error:
        raise pytest.UsageError(str(error)) from error


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tells an xdist worker what the run has measured."""
    node.workerinput["gauntlet"] = json.dumps(node.config.stash[RUN].shared())


def pytest_report_header(config: pytest.Config) -> str:
    run = config.stash[RUN]
    times = f"{run.speed.brief_s:.2f}/{run.speed.patience_s:.2f}/{run.speed.deadline_s:.0f} s"
    return f"gauntlet: {run.greeting['dpdk']}, port {run.port}, timeouts {times}"


def _check_contract(breaches: dict[str, expected.Breach]) -> None:
    """Every clause must say what it promises, and every record must name a clause."""
    known = {clause.address for part in contract.read(ROOT).values() for clause in part}
    for breach in breaches.values():
        if breach.clause.partition("[")[0] not in known:
            raise expected.ExpectedError(f"expected: {breach.clause} is no clause")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The clause that runs a script is there for --model-script, and then it is alone."""
    wanted = config.getoption("--model-script") is not None
    chosen = [
        item for item in items if ("test_script_agrees_with_the_model" in item.name) == wanted
    ]
    if len(chosen) < len(items):
        config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
        items[:] = chosen


# -- fixtures ---------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def run(request: pytest.FixtureRequest) -> Run:
    """What all clauses of this run share."""
    return request.config.stash[RUN]


@pytest.fixture
def port(run: Run) -> Port:
    """The port that this run is about. Unavailable where it cannot be had, with the reason."""
    port = port_kinds.parse(run.port)
    why = port.unavailable()
    if why:
        raise Unavailable(f"{port.kind}: {why}")
    return port


def _scene_directory(run: Run, nodeid: str) -> Path:
    name = nodeid.replace("conformance/", "", 1)
    return run.report / "scenes" / re.sub(r"[^A-Za-z0-9_.-]+", "-", name).strip("-")


@pytest.fixture
def scene_directory(request: pytest.FixtureRequest, run: Run) -> Path:
    """Where the clause's scenes put what is to be known about them. Not there yet."""
    directory = _scene_directory(run, request.node.nodeid)
    shutil.rmtree(directory, ignore_errors=True)
    return directory


@pytest.fixture
def scene(scene_directory: Path, run: Run) -> Generator[Scene, None, None]:
    """An empty scene. It is closed, and what is found wrong then counts, before the verdict."""
    yield run.scene(scene_directory)


def _is_clause(item: pytest.Item) -> bool:
    """Clauses are in test_x.py; the unit tests of this room (x_test.py) are pytest's own business."""
    return item.path.name.startswith("test_")


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Runs a clause and ends its scene within the call, so that the end is part of the verdict."""
    if not _is_clause(pyfuncitem):
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    scenes = _scenes(pyfuncitem)
    _compared.clear()
    try:
        pyfuncitem.obj(**arguments)
    except BaseException as error:
        for scene in scenes:
            scene.abandon(error)
        raise
    for scene in scenes:
        scene.close()
    return True


def pytest_assertrepr_compare(op: str, left: Any, right: Any) -> None:
    _compared.append((op, left, right))


# -- verdicts ---------------------------------------------------------------------------------------


def _statement(call: pytest.CallInfo[None], path: Path) -> str:
    """The statement of the clause that raised."""
    assert call.excinfo is not None
    entries = [entry for entry in call.excinfo.traceback if Path(str(entry.path)) == path]
    return str(entries[-1].statement) if entries else ""


def _verdict(item: pytest.Function, call: pytest.CallInfo[None]) -> Verdict:
    recorded = item.config.stash[BREACHES].get(item.nodeid)
    promise = contract.promise_of(item.obj.__doc__)
    directory = _scene_directory(item.config.stash[RUN], item.nodeid)
    scene = str(directory.relative_to(ROOT)) if directory.is_relative_to(ROOT) else str(directory)
    saw = None
    if call.excinfo is not None:
        compared = _compared[-1] if _compared else None
        saw = verdict.seen(call.excinfo.value, _statement(call, item.path), compared)
    if saw is not None and recorded is not None and item.config.stash[RUN].is_known(saw.observed):
        # A sanitizer sees the same breach earlier than the process itself would.
        recorded = replace(recorded, observed=saw.observed)
    return verdict.judge(item.nodeid, promise, saw, recorded, scene)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(
    item: pytest.Function, call: pytest.CallInfo[None]
) -> Generator[None, Any, None]:
    outcome = yield
    if not _is_clause(item):
        return
    report = outcome.get_result()
    if call.excinfo is not None and call.excinfo.errisinstance(Unavailable):
        report.outcome = "skipped"
        report.longrepr = (str(item.path), item.location[1] or 0, str(call.excinfo.value))
    if call.when == "setup" and report.outcome == "failed":
        _abandon(item, call)
    if call.when != "call" and report.outcome == "passed":
        return
    try:
        found = _judged(item, call, report)
        reports = _reports(item)
    except Exception as error:  # Only this clause suffers, whatever is wrong with us.
        found = verdict.judge(item.nodeid, "", verdict.seen(error, "", None), None, "")
        reports = []
    if found.verdict != "skip":
        report.outcome = "failed" if found.red else "passed"
        report.longrepr = f"{found.how}\n{found.lines()}" if found.red else None
    report.gauntlet = {**found.as_dict(), **dict(item.user_properties), "reports": reports}
    report.user_properties.append(("verdict", found.how))
    if not found.red:
        shutil.rmtree(_scene_directory(item.config.stash[RUN], item.nodeid), ignore_errors=True)


def _judged(
    item: pytest.Function, call: pytest.CallInfo[None], report: pytest.TestReport
) -> Verdict:
    """The verdict on one phase of a clause's run."""
    if report.outcome != "skipped":
        return _verdict(item, call)
    why = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    promise = contract.promise_of(item.obj.__doc__)
    return Verdict(item.nodeid, promise, "skip", "not run", actual=why)


def _scenes(item: pytest.Function) -> list[Scene]:
    """The scenes that a clause has been given."""
    return [value for value in item.funcargs.values() if isinstance(value, Scene)]


def _abandon(item: pytest.Function, call: pytest.CallInfo[None]) -> None:
    """Ends the scenes of a clause that was never called."""
    for scene in _scenes(item):
        if call.excinfo is not None and not scene.over:
            scene.abandon(call.excinfo.value)


def _reports(item: pytest.Function) -> list[str]:
    """What sanitizers have reported of the peers of a clause."""
    return sorted({report for scene in _scenes(item) for report in scene.reports()})


# What a clause's end is in the line of dots; everything else is an F.
LETTERS = {
    "holds": ".",
    "breaks as recorded": "b",
    "not run": "s",
    "inconclusive": "I",
    verdict.MACHINE: "M",
    verdict.OWN_FAULT: "G",
}


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    found = getattr(report, "gauntlet", None)
    if found is None:
        return None
    letter = LETTERS.get(found["how"], "F")
    category = {"pass": "passed", "skip": "skipped"}.get(found["verdict"], "failed")
    return category, letter, found["how"].upper()


# Of so few breaches each is shown; more would bury the rest of what pytest says.
FEW = 12


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Shows what breaks as recorded, in its four lines, where that was asked for by name."""
    broken = [case for case in _collected.values() if case["how"] == "breaks as recorded"]
    if not 0 < len(broken) <= FEW:
        return
    known = {field.name for field in fields(Verdict)}
    terminalreporter.section("broken as recorded")
    for case in broken:
        found = Verdict(**{key: value for key, value in case.items() if key in known})
        terminalreporter.write_line(f"{found.clause}\n{found.lines()}")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    found = getattr(report, "gauntlet", None)
    if found is not None:
        _collected[report.nodeid] = {**found, "seconds": round(report.duration, 3)}
    elif report.outcome == "failed" and report.location[0].rpartition("/")[2].startswith("test_"):
        # A worker of pytest-xdist that has ended has no verdict of its own.
        saw = verdict.own_fault(report.longreprtext.strip(), "")
        _collected[report.nodeid] = verdict.judge(report.nodeid, "", saw, None, "").as_dict()


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    config = session.config
    if hasattr(config, "workerinput") or config.getoption("collectonly"):
        return
    if not _collected and exitstatus in (0, 1):
        return  # Unit tests only.
    run = config.stash[RUN]
    selected = getattr(session, "testscollected", 0)
    write_report(run, list(_collected.values()), status=int(exitstatus), of=selected)


def write_report(run: Run, clauses: list[dict[str, Any]], *, status: int, of: int) -> None:
    """build/report/report.json: the release, the port, the figures, every clause's verdict."""
    counts: dict[str, int] = {}
    for clause in clauses:
        counts[clause["how"]] = counts.get(clause["how"], 0) + 1
    run.report.mkdir(parents=True, exist_ok=True)
    (run.report / "report.json").write_text(
        json.dumps(
            {
                "dpdk": run.greeting["dpdk"],
                "release": ".".join(map(str, run.release)),
                "port": run.port,
                "recorded": expected.has_record(run.release),
                "partial": status not in (0, 1),
                "pytest_status": status,
                "selected": of,
                "counts": counts,
                "timeouts_s": {
                    "brief": run.speed.brief_s,
                    "patience": run.speed.patience_s,
                    "deadline": run.speed.deadline_s,
                },
                "clauses": sorted(clauses, key=lambda clause: str(clause["clause"])),
            },
            indent=1,
        )
        + "\n"
    )
