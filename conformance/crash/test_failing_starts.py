# SPDX-License-Identifier: BSD-3-Clause
"""A system call of rte_eal_init fails: what the caller is told."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from conformance.crash.errors import failing
from conformance.crash.stage import Stage, on_one_cpu
from conformance.verdicts.run import Run


@pytest.mark.parametrize("call, error", [("openat", "EMFILE"), ("mmap", "ENOMEM")])
def test_start_without_the_configuration_says_why(
    run: Run, scene_directory: Path, call: str, error: str
) -> None:
    """A secondary that cannot open or map the shared configuration fails in rte_eal_init, and says why.

    Source: rte_eal.h, rte_eal_init: "On failure, -1 and rte_errno is set to a value indicating the cause"
    Since: 17.05   Strength: must
    """
    with on_one_cpu():
        stage = Stage(run, scene_directory)
        try:
            here = next(
                point
                for point in failing(stage.record("secondary attaches"))
                if (point.call, point.error) == (call, error) and point.target.endswith("/config")
            )
            found = stage.take(here, "fail").found or {}
        finally:
            stage.leave()
    why = found.get("victim", "it starts").removeprefix("rte_eal_init fails: ")
    assert ("a reason" if hasattr(errno, why) else why) == "a reason"
