# SPDX-License-Identifier: BSD-3-Clause
"""Proves what of an answer two runs are compared by, and what not."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.verdicts import outcomes

FUNCTIONS = frozenset({"mp_request_sync", "mp_reply"})

ASKED = {
    "who": "primary1",
    "what": "tell mp_request_sync",
    "id": 1,
    "timeout": {"sec": 1, "nsec": 0},
}


def _said(**facts: Any) -> list[str]:
    answer = {"who": "primary1", "what": "answer mp_request_sync", "re": 1, **facts}
    return outcomes.of([[ASKED, answer]], FUNCTIONS)["primary1 mp_request_sync"]


def test_answers_of_one_call_are_told_once_each() -> None:
    answer = {"who": "a", "what": "answer mp_reply", "re": 1, "ret": 0, "rte_errno": None}
    lines = [answer, answer, {**answer, "ret": -1, "rte_errno": "EINVAL"}]
    assert outcomes.of([lines, lines], FUNCTIONS) == {
        "a mp_reply": ["ret -1, rte_errno EINVAL", "ret 0"]
    }


def test_end_of_a_process_is_told() -> None:
    ends = [{"who": who, "what": "end", "how": "exit 70"} for who in ("scene", "primary1")]
    assert outcomes.of([ends], FUNCTIONS) == {"primary1 end": ["exit 70"]}


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"ret": 0, "nb_sent": 2, "took_ns": 5, "cycles": 7}, "ret 0, nb_sent 2"),
        ({"ret": "0x100400000"}, "ret (address)"),
        ({"nothing": 1}, "nothing"),
        (
            {"ret": 0, "msgs": [{"name": "a", "len_param": 1, "num_fds": 1, "param": "07"}]},
            'ret 0, ["a", 1, 1]',
        ),
    ],
)
def test_what_differs_from_run_to_run_is_left_out(facts: dict[str, Any], said: str) -> None:
    assert _said(**facts) == [said]


@pytest.mark.parametrize(
    ("took_s", "when"), [(0.5, ", early"), (1.0, ""), (1.5, ""), (4.9, ""), (5.1, ", late")]
)
def test_timeout_that_is_not_kept_is_told(took_s: float, when: str) -> None:
    said = _said(ret=-1, rte_errno="ETIMEDOUT", took_ns=int(took_s * 1e9))
    assert said == ["ret -1, rte_errno ETIMEDOUT" + when]


def test_call_that_succeeds_may_take_any_time() -> None:
    assert _said(ret=0, took_ns=1) == ["ret 0"]


def test_answers_of_our_own_verbs_are_a_matter_of_chance() -> None:
    stop = {"who": "a", "what": "answer stop", "re": 1, "ret": True}
    assert outcomes.of([[stop]], FUNCTIONS) == {}
