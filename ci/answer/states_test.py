# SPDX-License-Identifier: BSD-3-Clause
"""Proves that every end of a case has a state."""

from __future__ import annotations

import pytest

from ci.answer import states


@pytest.mark.parametrize(
    ("how", "state"),
    [
        ("holds", states.HOLDS),
        ("breaks as recorded", states.BROKEN),
        ("breaks as predicted", states.BROKEN),
        ("breaks", states.RED),
        ("breaks differently", states.RED),
        ("holds though recorded as broken", states.RED),
        ("inconclusive: the machine", states.RED),
        ("not run", states.NOT_RUN),
        ("not yet promised", states.NOT_RUN),
        ("Gauntlet's own fault", states.FAULT),
    ],
)
def test_every_end_has_a_state(how: str, state: str) -> None:
    assert states.state_of(how) == state
