# SPDX-License-Identifier: BSD-3-Clause
"""The release of DPDK that is beside the one of the run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from conformance.verdicts.run import Run
from targets.dpdk import Dpdk
from targets.outcome import Unavailable
from traffic.datagram import Layout

NEEDED = "needs a second DPDK: ci/qualify --mixed"


@dataclass(frozen=True)
class Other:
    """dpdk: what its processes are started from.  greeting: what its peer says of it."""

    dpdk: Dpdk
    greeting: dict[str, Any]

    @property
    def series(self) -> str:
        """22.11"""
        year, month = self.greeting["version"][:2]
        return f"{year}.{month:02}"

    @property
    def layout(self) -> Layout:
        """The layout of its datagram."""
        return Layout.from_greeting(self.greeting["datagram"])

    @property
    def most_fds(self) -> int:
        """How many descriptors its datagram may take along."""
        return int(self.greeting["max_fd_num"])


def find(run: Run) -> Other | None:
    """The other release of a run; None where the run has only one."""
    if run.other is None or run.other_greeting is None:
        return None
    return Other(run.other, run.other_greeting)


def need(run: Run) -> Other:
    """The other release of a run; Unavailable where the run has only one, or the same one twice."""
    found = find(run)
    if found is None:
        raise Unavailable(NEEDED)
    if found.greeting["version"] == run.greeting["version"]:
        raise Unavailable(f"needs two releases of DPDK, and both are {run.greeting['dpdk']}")
    return found
