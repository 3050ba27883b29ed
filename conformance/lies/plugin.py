# SPDX-License-Identifier: BSD-3-Clause
"""The pytest side (-p conformance.lies.plugin): in place of running each clause it holds its trial."""

from __future__ import annotations

import linecache
import sys
import time
from pathlib import Path
from typing import Any, Generator

import pytest
from _pytest.runner import runtestprotocol

from conformance.lies import assertion, trial
from conformance.lies.assertion import Assertion
from conformance.lies.listener import Lie, Listener
from conformance.lies.sample import SAMPLE
from conformance.lies.state import State
from conformance.lies.trial import Finding, Outcome
from conformance.verdicts.verdict import OWN_FAULT
from targets.observed import listening

# Unlike the rest of the report it goes from worker to controller by itself.
FINDING = "lies"

EVERY_S = 10.0


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("lies")
    group.addoption("--lies-folder", default="build/lies", help="what has been found already")
    group.addoption("--lies-release", default="", help="of DPDK, as findings are kept by it")
    group.addoption("--lies-every", action="store_true", help="all lies, not until one is noticed")
    group.addoption("--lies-every-case", action="store_true", help="all parameters of a clause")
    group.addoption("--lies-sample", action="store_true", help="only the clauses of the sample")
    group.addoption("--lies-say", action="store_true", help="name each lie on standard error")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Trials(config), "lies")


class Trials:
    """All of one pytest process."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        folder, release = config.getoption("--lies-folder"), config.getoption("--lies-release")
        self._state = State(Path(folder), release)
        self._under_way: _UnderWay | None = None
        self._begun = self._said = time.monotonic()
        self._done = 0
        self._broken: list[str] = []

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file that cannot be read has clauses that are told no lie."""
        if report.failed:
            self._broken.append(report.nodeid)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        """Keeps the last case of each clause, and of these the ones that have not been tried yet."""
        chosen = [item for item in items if isinstance(item, pytest.Function)]
        if config.getoption("--lies-sample"):
            chosen = [item for item in chosen if _clause(item) in SAMPLE]
        if not config.getoption("--lies-every-case"):
            chosen = list({_clause(item): item for item in chosen}.values())
        selected = {item.nodeid: _key(item) for item in chosen}
        self._state.select({**selected, **dict.fromkeys(self._broken, "")})
        chosen = [item for item in chosen if not self._is_done(item)]
        left_out = set(items) - set(chosen)
        if left_out:
            config.hook.pytest_deselected(items=[item for item in items if item in left_out])
            items[:] = chosen

    def _is_done(self, item: pytest.Item) -> bool:
        known = self._state.load(item.nodeid, _key(item))
        return known is not None and not known.untried

    # -- a trial ----------------------------------------------------------------------------------

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool:
        assert isinstance(item, pytest.Function)
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        begun = time.monotonic()
        reports: list[pytest.TestReport] = []

        def run(lie: Lie | None) -> Outcome:
            self._under_way = _UnderWay(Listener(item.path, lie))
            with listening(self._under_way.listener):
                came = runtestprotocol(item, log=False, nextitem=nextitem)
            reports.extend([] if reports else came)
            return self._under_way.outcome(came)

        try:
            finding = trial.hold(
                run,
                every=self._config.getoption("--lies-every"),
                asserts=assertion.ends_in_one(item.path, _name(item)),
                say=self._say,
            )
        except Exception as error:  # Only this clause suffers, whatever is wrong with us.
            finding = Finding(untried=f"{OWN_FAULT}: {type(error).__name__}: {error}")
        self._state.save(item.nodeid, _key(item), finding)
        report = _report(reports[min(1, len(reports) - 1)], finding)
        report.duration = time.monotonic() - begun
        item.ihook.pytest_runtest_logreport(report=report)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True

    def _say(self, lie: str) -> None:
        if self._config.getoption("--lies-say"):
            print(f"  told: {lie}", file=sys.__stderr__, flush=True)

    @pytest.hookimpl
    def pytest_assertion_pass(self, item: pytest.Item, lineno: int, orig: str) -> None:
        # A helper in another file has assertions, too: only the text tells whose line it is.
        first = (orig.splitlines() or [""])[0]
        if self._under_way is not None and first in linecache.getline(str(item.path), lineno):
            self._under_way.passed |= assertion.at(item.path, lineno)

    def pytest_assertrepr_compare(self, op: str, left: Any, right: Any) -> None:
        if self._under_way is not None:
            self._under_way.compared = left, right

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, Any, None]:
        yield
        if self._under_way is not None and call.when == "call" and call.excinfo is not None:
            parts = _raised(item.path, call.excinfo)
            self._under_way.raised = assertion.red(parts, *self._under_way.compared)
            self._under_way.harness = not call.excinfo.errisinstance(AssertionError)

    # -- progress, where the run is controlled ----------------------------------------------------

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if hasattr(self._config, "workerinput") or FINDING not in dict(report.user_properties):
            return
        self._done += 1
        if time.monotonic() - self._said > EVERY_S:
            self._said = time.monotonic()
            print(f"\n{self._progress()}", file=sys.__stderr__, flush=True)

    def _progress(self) -> str:
        controller = self._config.pluginmanager.getplugin("dsession")
        session = self._config.pluginmanager.getplugin("session")
        wanted = getattr(session, "testscollected", 0)
        if controller is not None and controller.sched is not None:
            collection = getattr(controller.sched, "collection", None)
            wanted = len(collection or ()) or wanted
        left_s = (time.monotonic() - self._begun) / self._done * (wanted - self._done)
        return f"{self._done} of {wanted} clauses, {left_s / 60:.0f} min to go"


def _report(honest: pytest.TestReport, finding: Finding) -> pytest.TestReport:
    """On the trial, made of that on the honest run."""
    honest.user_properties.append((FINDING, vars(finding)))
    if hasattr(honest, "gauntlet"):
        del honest.gauntlet  # It is no verdict on the clause that is told.
    wrong = [f"cannot fail: {each}" for each in finding.cannot_fail]
    if not finding.untried:
        honest.outcome, honest.longrepr = "failed" if wrong else "passed", "\n".join(wrong) or None
    return honest


class _UnderWay:
    """A run of a clause."""

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self.raised: frozenset[Assertion] = frozenset()
        self.compared: tuple[Any, Any] = (None, None)
        self.harness = False
        self.passed: frozenset[Assertion] = frozenset()

    def outcome(self, reports: list[pytest.TestReport]) -> Outcome:
        """The outcome of a run, from the verdict of the contract's own plugin."""
        judged = [report.gauntlet for report in reports if hasattr(report, "gauntlet")]
        if judged:
            how, observed = judged[-1]["how"], judged[-1]["observed"] or judged[-1]["actual"]
        else:
            failed = [report for report in reports if report.outcome != "passed"]
            how = f"{failed[0].when} {failed[0].outcome}" if failed else "holds"
            observed = failed[0].longreprtext if failed else ""
        listener = self.listener
        return Outcome(
            how,
            observed,
            self.harness,
            self.raised,
            self.passed,
            listener.reads,
            listener.told,
        )


def _raised(path: Path, excinfo: pytest.ExceptionInfo[BaseException]) -> frozenset[Assertion]:
    """The assert statement of the clause's file that failed. Nothing where something else was raised, be
    it within one."""
    last = excinfo.traceback[-1]
    plain = type(excinfo.value) is AssertionError
    if not plain or Path(str(last.path)) != path:
        return frozenset()
    return assertion.at(path, last.lineno + 1)


def _clause(item: pytest.Item) -> str:
    return item.nodeid.partition("[")[0]


def _name(item: pytest.Item) -> str:
    """The name of the clause's function."""
    name = item.originalname if isinstance(item, pytest.Function) else item.name
    return name or item.name


def _key(item: pytest.Item) -> str:
    return assertion.source_key(item.path, _name(item))
