# SPDX-License-Identifier: BSD-3-Clause
"""Proves what ci/crash takes and refuses."""

from __future__ import annotations

import pytest

from ci import crash
from ci.host.say import CannotRun


def test_list_names_the_activities(capsys: pytest.CaptureFixture[str]) -> None:
    assert crash.main(["--list"]) == 0
    assert "secondary attaches\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    "argv, why",
    [
        (["--activity", "nobody sleeps"], "there is no activity 'nobody sleeps'"),
        (["--publish", "--activity", "secondary asks"], "--publish wants the whole walk"),
    ],
)
def test_nonsense_is_refused_before_anything_is_built(argv: list[str], why: str) -> None:
    with pytest.raises(CannotRun, match=why):
        crash.main(argv)
