# SPDX-License-Identifier: BSD-3-Clause
"""Runs each clause, ends its scenes, and gives its verdict to pytest."""

from __future__ import annotations

import inspect
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any, Generator

import pytest

from conformance.verdicts import contract, evidence, verdict
from conformance.verdicts.expected import Breach
from conformance.verdicts.repeated import case_of
from conformance.verdicts.run import ROOT, Run
from conformance.verdicts.verdict import Verdict
from targets.outcome import Unavailable
from targets.scene import Scene


def is_clause(item: pytest.Item) -> bool:
    """Clauses are in test_x.py; the unit tests of this room (x_test.py) are pytest's own business."""
    return item.path.name.startswith("test_")


def scene_directory(run: Run, nodeid: str) -> Path:
    """Where the scenes of a clause put what is to be known about them."""
    name = nodeid.replace("conformance/", "", 1)
    return run.report / "scenes" / re.sub(r"[^A-Za-z0-9_.-]+", "-", name).strip("-")


class Judge:
    """A plugin of pytest, in each process that runs clauses. breaches: those on record, by node id."""

    def __init__(self, run: Run, breaches: dict[str, Breach]) -> None:
        self._run = run
        self._breaches = breaches
        # The comparison that failed last: pytest tells it before the assert raises.
        self._compared: tuple[str, Any, Any] | None = None
        self._ways: set[tuple[str, str]] = set()

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool | None:
        """Runs a clause and ends its scenes within the call, so that the end is part of the verdict."""
        if not is_clause(pyfuncitem):
            return None
        wanted = inspect.signature(pyfuncitem.obj).parameters
        arguments = {name: pyfuncitem.funcargs[name] for name in wanted}
        self._compared = None
        try:
            pyfuncitem.obj(**arguments)
        except BaseException as error:
            _abandon(pyfuncitem, error)
            raise
        for scene in _scenes(pyfuncitem):
            scene.close()
        return True

    def pytest_assertion_pass(self) -> None:
        """Heard where lies are told: what was compared in it is no part of a failure."""
        self._compared = None

    def pytest_assertrepr_compare(self, op: str, left: Any, right: Any) -> None:
        """Notes the values of a comparison that fails."""
        self._compared = (op, left, right)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Function, call: pytest.CallInfo[None]
    ) -> Generator[None, Any, None]:
        """Puts the verdict on a clause into pytest's report of it."""
        outcome = yield
        if not is_clause(item):
            return
        report = outcome.get_result()
        raised = call.excinfo.value if call.excinfo is not None else None
        if isinstance(raised, Unavailable):
            report.outcome = "skipped"
            report.longrepr = (str(item.path), item.location[1] or 0, str(raised))
        if call.when == "setup" and raised is not None:
            _abandon(item, raised)
        if call.when == "call" or report.outcome != "passed":
            self._put_verdict(item, call, report)

    def _put_verdict(self, item: pytest.Function, call: pytest.CallInfo[None], report: Any) -> None:
        try:
            found = self._verdict(item, call, report)
            reports = sorted({said for scene in _scenes(item) for said in scene.reports()})
            told = evidence.of(_scenes(item), found, self._run.functions)
        except Exception as error:  # Only this clause suffers, whatever is wrong with us.
            found = verdict.judge(case_of(item.nodeid), "", verdict.seen(error, "", None), None, "")
            reports, told = [], {}
        if found.verdict != "skip":
            report.outcome = "failed" if found.red else "passed"
            report.longrepr = f"{found.how}\n{found.lines()}" if found.red else None
        report.gauntlet = {
            **found.as_dict(),
            **contract.facts_of(item.obj.__doc__),
            **dict(item.user_properties),
            "reports": reports,
            **told,
        }
        report.user_properties.append(("verdict", found.how))
        if not found.red and item.config.getoption("--keep-ways") and self._is_new(found):
            report.gauntlet["scene"] = self._scene_of(item)
        elif not found.red and not item.config.getoption("--keep-scenes"):
            shutil.rmtree(scene_directory(self._run, item.nodeid), ignore_errors=True)

    def _is_new(self, found: Verdict) -> bool:
        """Whether a case breaks its promise as none has done before it."""
        way = found.clause, found.observed
        if not found.observed or way in self._ways:
            return False
        self._ways.add(way)
        return True

    def _scene_of(self, item: pytest.Function) -> str:
        """The directory of the scenes of a case, from the root of the repository."""
        folder = scene_directory(self._run, item.nodeid)
        return str(folder.relative_to(ROOT)) if folder.is_relative_to(ROOT) else str(folder)

    def _verdict(self, item: pytest.Function, call: pytest.CallInfo[None], report: Any) -> Verdict:
        """The verdict on one phase (setup, call or teardown) of a clause's run."""
        promise = contract.promise_of(item.obj.__doc__)
        case = case_of(item.nodeid)
        early = self._run.release[:2] < contract.since_of(item.obj.__doc__)[:2]
        if report.outcome == "skipped":
            told = report.longrepr
            why = told[2] if isinstance(told, tuple) else str(told)
            how = verdict.NOT_YET if early else "not run"
            return Verdict(case, promise, "skip", how, actual=why)
        recorded = self._breaches.get(case)
        saw = None
        if call.excinfo is not None:
            saw = verdict.seen(call.excinfo.value, _statement(call, item.path), self._compared)
        if saw is not None and recorded is not None and self._run.is_known(saw.observed):
            # A sanitizer sees the same breach earlier than the process itself would.
            recorded = replace(recorded, observed=saw.observed)
        scene = self._scene_of(item)
        predicted = recorded is not None and not recorded.seen_on(self._run.release)
        found = verdict.judge(case, promise, saw, recorded, scene, predicted=predicted)
        if saw is not None and found.red and early:
            return verdict.not_yet_promised(found, saw)
        slow = [one.starvation.why for one in _scenes(item) if one.starvation.why]
        if saw is not None and found.verdict == "fail" and slow:
            saw = verdict.too_slow(saw, slow[0])
            return verdict.judge(case, promise, saw, recorded, scene)
        return found


def _scenes(item: pytest.Function) -> list[Scene]:
    """The scenes that a clause has been given."""
    return [value for value in item.funcargs.values() if isinstance(value, Scene)]


def _abandon(item: pytest.Function, error: BaseException) -> None:
    """Ends the scenes of a clause that has failed."""
    for scene in _scenes(item):
        scene.abandon(error)


def _statement(call: pytest.CallInfo[None], path: Path) -> str:
    """The statement of the clause that raised."""
    assert call.excinfo is not None
    entries = [entry for entry in call.excinfo.traceback if Path(str(entry.path)) == path]
    return str(entries[-1].statement) if entries else ""
