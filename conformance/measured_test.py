# SPDX-License-Identifier: BSD-3-Clause
"""Proves that a clause without a published table is skipped with the command that makes one."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from conformance.measured import published
from targets.outcome import Unavailable


def _run(sanitized: bool) -> Any:
    return SimpleNamespace(sanitized=sanitized, release=(20, 8, 1))


def test_what_is_published_is_given() -> None:
    assert published(_run(False), lambda release: release, "ci/x") == (20, 8, 1)


def test_nothing_published_says_what_makes_it() -> None:
    with pytest.raises(Unavailable, match="of DPDK 20.08: make one by ci/x --write"):
        published(_run(False), lambda _release: None, "ci/x --write")


def test_other_instructions_are_not_compared() -> None:
    with pytest.raises(Unavailable, match="a peer without sanitizers"):
        published(_run(True), lambda release: release, "ci/x")
