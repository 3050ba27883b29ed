# SPDX-License-Identifier: BSD-3-Clause
"""What the unit tests of scenarios share."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.verdicts.run import Run
from conformance.verdicts.run import verbs as verbs_of


@pytest.fixture(scope="session")
def verbs(run: Run) -> Any:
    """The verbs of the peer that was built."""
    return verbs_of(run.dpdk)
