# SPDX-License-Identifier: BSD-3-Clause
"""Proves what a run without a second release is told, and that it leaves the clauses of two out."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from conformance.conftest import RUN
from conformance.mixed import conftest
from conformance.mixed.other import find, need
from conformance.verdicts.run import Run
from targets.dpdk import Dpdk
from targets.outcome import Unavailable
from targets.speed import Speed

OTHER = Dpdk(Path("/other"))


def _greeting(*version: int) -> dict[str, Any]:
    datagram: dict[str, Any] = {"size": 332}
    ends = {"type": 4, "name": 68, "len_param": 72, "num_fds": 76, "param": 332}
    at = 0
    for name, end in ends.items():
        datagram[name], at = {"offset": at, "size": end - at}, end
    dpdk = f"DPDK {version[0]}.{version[1]:02}.{version[2]}"
    return {"version": list(version), "dpdk": dpdk, "max_fd_num": 8, "datagram": datagram}


def _run(other: dict[str, Any] | None) -> Run:
    mine = _greeting(24, 11, 8)
    beside = None if other is None else OTHER
    return Run(Dpdk(Path("/mine")), mine, Speed(0.1), "net_tap", Path("/r"), beside, other)


def test_other_release_is_known_by_its_greeting() -> None:
    other = need(_run(_greeting(22, 3, 1)))
    assert (other.dpdk, other.series, other.layout.size, other.most_fds) == (OTHER, "22.03", 332, 8)


def test_run_of_one_release_is_told_what_is_needed() -> None:
    assert find(_run(None)) is None
    with pytest.raises(Unavailable, match="needs a second DPDK: ci/qualify --mixed"):
        need(_run(None))


def test_two_of_one_release_are_no_two_releases() -> None:
    with pytest.raises(Unavailable, match="and both are DPDK 24.11.8"):
        need(_run(_greeting(24, 11, 8)))


@pytest.mark.parametrize(
    ("other", "paths", "left"),
    [
        (None, ["mixed/test_a.py", "rte_mp/test_b.py"], ["test_b.py"]),
        (None, ["mixed/test_a.py"], ["test_a.py"]),
        (_greeting(22, 11, 1), ["mixed/test_a.py", "rte_mp/test_b.py"], ["test_a.py", "test_b.py"]),
    ],
)
def test_clauses_of_two_are_left_out_of_a_run_of_one(
    other: dict[str, Any] | None, paths: list[str], left: list[str]
) -> None:
    gone: list[Any] = []
    hook = SimpleNamespace(pytest_deselected=lambda items: gone.extend(items))
    config: Any = SimpleNamespace(stash={RUN: _run(other)}, hook=hook)
    items: Any = [SimpleNamespace(path=conftest.HERE.parent / path) for path in paths]
    conftest.pytest_collection_modifyitems(config, items)
    assert [item.path.name for item in items] == left
    assert len(gone) == len(paths) - len(left)


def test_cases_are_named_by_what_differs() -> None:
    made: dict[str, list[str]] = {}
    metafunc: Any = SimpleNamespace(
        config=SimpleNamespace(stash={RUN: _run(_greeting(22, 11, 1))}),
        fixturenames=["scene", "beside", "passing", "speaking"],
        parametrize=lambda name, values: made.update({name: values}),
    )
    conftest.pytest_generate_tests(metafunc)
    told = {"beside": ["22.11"], "speaking": ["332-bytes"], "passing": ["8-descriptors"]}
    assert made == told
