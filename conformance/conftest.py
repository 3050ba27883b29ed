# SPDX-License-Identifier: BSD-3-Clause
"""Ties clauses to pytest: the run, the plugins that judge and tell, the fixtures."""

from __future__ import annotations

import fcntl
import json
import shutil
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, Generator, Iterator

import pytest

from conformance.verdicts import contract, expected, options
from conformance.verdicts.judge import Judge
from conformance.verdicts.judge import scene_directory as directory_of
from conformance.verdicts.repeated import repeated
from conformance.verdicts.report import Report
from conformance.verdicts.run import ROOT, Run, make
from targets.outcome import CannotRun, Unavailable
from targets.scene import Scene
from traffic.ports.port import Port

RUN = pytest.StashKey[Run]()

# Each of them selects one clause, which runs what it is given.
ONLY_WITH = ("--model-script", "--scenario")


def pytest_addoption(parser: pytest.Parser) -> None:
    options.add(parser)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "only_with(option): a clause that only this option selects")
    if config.option.tbstyle == "auto":
        config.option.tbstyle = (
            "native"  # The cheapest: what is shown is what the judge makes of it.
        )
    # pytest-xdist gives this to each of its workers; the process that controls them has none.
    worker = getattr(config, "workerinput", None)
    shared = json.loads(worker["gauntlet"]) if worker else None
    report = Path(config.getoption("--report"))
    try:
        run = make(config.getoption("--port"), report, shared)
        record = expected.Record.read()
        if worker is None:
            _check_contract(record)
    except (CannotRun, expected.ExpectedError, contract.ContractError) as error:
        raise pytest.UsageError(str(error)) from error
    config.stash[RUN] = run
    known = record.of(run.release, *run.under_test.names)
    config.pluginmanager.register(Judge(run, known), "gauntlet judge")
    if worker is None:
        config.pluginmanager.register(Report(run), "gauntlet report")


def _check_contract(record: expected.Record) -> None:
    """Every clause must say what it promises, and every record must name a clause."""
    known = {clause.address for part in contract.read(ROOT).values() for clause in part}
    for breach in record.breaches:
        if breach.clause.partition("[")[0] not in known:
            raise expected.ExpectedError(f"expected: {breach.clause} is no clause")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tells a worker of pytest-xdist what the run has measured."""
    node.workerinput["gauntlet"] = json.dumps(node.config.stash[RUN].shared())


def pytest_report_header(config: pytest.Config) -> str:
    run = config.stash[RUN]
    times = f"{run.speed.brief_s:.2f}/{run.speed.patience_s:.2f}/{run.speed.deadline_s:.0f} s"
    return f"gauntlet: {run.greeting['dpdk']}, port {run.port}, timeouts {times}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A clause that is there for an option is alone where that is given, and else it is not there."""
    wanted = {option for option in ONLY_WITH if config.getoption(option) is not None}
    before = config.getoption("--without")
    told = json.loads(Path(before).read_text())["clauses"] if before else []
    done = {case["clause"] for case in told}
    chosen = [item for item in items if _only_with(item) == wanted and item.nodeid not in done]
    if len(chosen) < len(items):
        config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
        items[:] = chosen
    items[:] = repeated(items, config.getoption("--times"))


def _only_with(item: pytest.Item) -> set[str]:
    return {mark.args[0] for mark in item.iter_markers("only_with")}


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Function) -> Generator[None, None, None]:
    """Lets one clause at a time use a port that there is only once. The time that a clause waits for it
    is none of the clause's."""
    lock = item.config.stash[RUN].under_test.lock
    with alone(lock) if lock and "port" in item.fixturenames else nullcontext():
        yield


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """A with-block that one process of this machine at a time is in. The file is not written to."""
    with path.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def run(request: pytest.FixtureRequest) -> Run:
    """The run: all that its clauses share."""
    return request.config.stash[RUN]


@pytest.fixture
def port(run: Run) -> Port:
    """The port that this run is about. Unavailable where it cannot be had, with the reason."""
    why = run.under_test.unavailable()
    if why:
        raise Unavailable(f"{run.under_test.kind}: {why}")
    return run.under_test


@pytest.fixture
def scene_directory(request: pytest.FixtureRequest, run: Run) -> Path:
    """Where the clause's scenes put what is to be known about them. Not there yet."""
    directory = directory_of(run, request.node.nodeid)
    shutil.rmtree(directory, ignore_errors=True)
    return directory


@pytest.fixture
def scene(scene_directory: Path, run: Run) -> Generator[Scene, None, None]:
    """An empty scene. It is closed, and what is found wrong then counts, before the verdict."""
    yield run.scene(scene_directory)
