# SPDX-License-Identifier: BSD-3-Clause
"""Gives the clauses of two releases the other one, and tells apart what differs with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.conftest import RUN
from conformance.mixed import other as others
from conformance.mixed.other import Other
from conformance.verdicts.run import Run

HERE = Path(__file__).parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A run of one release leaves these clauses out, unless nothing else was asked for: then each says
    what it needs."""
    chosen = [item for item in items if HERE not in item.path.parents]
    if chosen and len(chosen) < len(items) and config.stash[RUN].other is None:
        config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
        items[:] = chosen


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Names the other release in a case where what is seen differs with it: by its series, or by the
    size of its datagram and the descriptors that it takes along, which releases have in common."""
    other = others.find(metafunc.config.stash[RUN])
    names = {
        "beside": other.series if other else "another",
        "speaking": f"{other.layout.size}-bytes" if other else "another",
        "passing": f"{other.most_fds}-descriptors" if other else "another",
    }
    for name in names:  # In this order, in each process that runs clauses.
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, [names[name]])


@pytest.fixture
def other(run: Run) -> Other:
    """The other release. Unavailable where the run has only one."""
    return others.need(run)
