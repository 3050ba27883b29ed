# SPDX-License-Identifier: BSD-3-Clause
"""Proves that a case that is run again is the same case, under a name of its own."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from conformance.verdicts.repeated import case_of, repeated, stop


@pytest.mark.parametrize("what", ["a#1"])
def test_case_is_run_again_under_a_name_of_its_own(
    request: pytest.FixtureRequest, what: str
) -> None:
    mine = request.node
    items = repeated([mine], 3)
    assert [item.nodeid for item in items] == [mine.nodeid, f"{mine.nodeid}#2", f"{mine.nodeid}#3"]
    assert {case_of(item.nodeid) for item in items} == {mine.nodeid}
    assert [getattr(item, "callspec").params for item in items] == [{"what": what}] * 3
    assert {getattr(item, "obj").__name__ for item in items} == {mine.obj.__name__}


def test_each_is_run_once_before_any_is_run_again(request: pytest.FixtureRequest) -> None:
    items = repeated([request.node, request.node], 2)
    assert [item.name.partition("#")[2] for item in items] == ["", "", "2", "2"]


def test_run_is_stopped_where_the_cases_are_dealt_out() -> None:
    alone = SimpleNamespace(shouldstop=False)
    alone.config = SimpleNamespace(pluginmanager=SimpleNamespace(get_plugin=lambda name: None))
    stop(alone, "why")  # type: ignore[arg-type]
    assert alone.shouldstop == "why"
    dealer = SimpleNamespace(shouldstop=False)
    many = SimpleNamespace(shouldstop=False)
    many.config = SimpleNamespace(pluginmanager=SimpleNamespace(get_plugin=lambda name: dealer))
    stop(many, "why")  # type: ignore[arg-type]
    assert (many.shouldstop, dealer.shouldstop) == (False, "why")
