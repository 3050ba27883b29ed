# SPDX-License-Identifier: BSD-3-Clause
"""Proves that an impossible rule is refused, and that the engine is told all of a possible one."""

from __future__ import annotations

from typing import Any

import pytest

from faults.rule import Rule
from faults.rule_text import parse


@pytest.mark.parametrize(
    "wrong",
    [
        {"action": "eat"},
        {"action": "delay"},
        {"action": "drop", "delay_s": 1.0},
        {"action": "reorder"},
        {"action": "reorder", "group": 1},
        {"action": "drop", "group": 2},
        {"action": "rewrite"},
        {"action": "drop", "fields": {"num_fds": 1}},
        {"action": "rewrite", "fields": {"peer": 1}},
        {"action": "drop", "param": b"x"},
        {"action": "drop", "nth": 0},
        {"action": "drop", "most": 0},
    ],
)
def test_impossible_rule_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        Rule(**wrong)


def test_engine_is_told_all_of_it() -> None:
    (rule,) = parse(
        'rewrite type=77 name=b param="c" fds=none request a from primary nth 2 times 3'
    )
    assert rule.command() == {
        "action": "rewrite",
        "type": 1,
        "name": "61",
        "from": "primary",
        "nth": 2,
        "most": 3,
        "set_type": 77,
        "set_name": "62",
        "set_param": "63",
        "set_fds": "none",
    }
    (groups,) = parse("reorder 3 * a times 2")
    assert (groups.command()["group"], groups.command()["most"]) == (3, 6)
    (answer,) = parse("answer ignore request a")
    assert (answer.command()["action"], answer.command()["answer_type"]) == ("answer", 3)
