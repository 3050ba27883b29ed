# SPDX-License-Identifier: BSD-3-Clause
"""Cases that are run again and again (--times), each with a scene directory and a verdict of its own."""

from __future__ import annotations

import re
from typing import Any

import pytest

_NUMBER = re.compile(r"#\d+$")


def case_of(nodeid: str) -> str:
    """The case that a node id names, whichever time it is run."""
    return _NUMBER.sub("", nodeid)


def repeated(items: list[pytest.Item], times: int) -> list[pytest.Item]:
    """All cases `times` times over: each once, then each again. Unit tests stay as they are."""
    return [
        item if number == 1 or not isinstance(item, pytest.Function) else _once_more(item, number)
        for number in range(1, times + 1)
        for item in items
    ]


def _once_more(item: pytest.Function, number: int) -> pytest.Function:
    again: pytest.Function = pytest.Function.from_parent(  # type: ignore[no-untyped-call]
        item.parent,
        name=f"{item.name}#{number}",
        callspec=getattr(item, "callspec", None),
        callobj=item.obj,
        fixtureinfo=item._fixtureinfo,
        originalname=item.originalname,
    )
    return again


def stop(session: pytest.Session, why: str) -> None:
    """Lets the run end after the cases that are under way, with or without workers of pytest-xdist."""
    distributed: Any = session.config.pluginmanager.get_plugin("dsession")
    (distributed or session).shouldstop = why
