# SPDX-License-Identifier: BSD-3-Clause
"""Proves that steps under schedule are played again and again, by the same processes where they can."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from conformance.scenario.orders import ByChance
from conformance.scenario.repeated import Repeated, divided, in_place
from conformance.scenario.steps import Expects, Tells
from conformance.scenario.text import TextError, parse
from conformance.verdicts.run import Run
from faults.schedule import Order, Switch

PAIR = "primary1 starts\nsecondary1 starts\nsecondary1 registers ping: reply\n"
ANSWERED = PAIR + "a: primary1 requests ping\nexpect a ret=0 nb_received=1\n"
DEATH = PAIR + "a: primary1 begins mp_sendmsg name=ping\nsecondary1 dies\nprimary1 lives\n"


@pytest.mark.parametrize(
    "text, first",
    [
        (ANSWERED, Tells),
        (PAIR.replace("secondary1 reg", "schedule\nsecondary1 reg") + "primary1 lives", Tells),
    ],
)
def test_steps_after_the_schedule_or_the_last_start(text: str, first: type, verbs: Any) -> None:
    before, after = divided(parse(text, verbs))
    assert isinstance(after[0], first)
    assert (after[0].line, len(before)) == (4, 3 if text == ANSWERED else 2)


@pytest.mark.parametrize(
    "text, said",
    [
        (PAIR + "relay secondary1: drop reply ping\nprimary1 lives", "a relay takes no turns"),
        (
            "primary1 starts\na: primary1 does mp_action_register name=x\nschedule\nexpect a ret=0",
            "",
        ),
    ],
)
def test_what_cannot_be_ordered_is_told(text: str, said: str, verbs: Any) -> None:
    scenario = parse(text, verbs)
    if not said:
        assert isinstance(divided(scenario)[1][0], Expects)
        return
    with pytest.raises(TextError, match=said):
        divided(scenario)


def test_schedule_takes_its_place(verbs: Any) -> None:
    _, after = divided(parse(ANSWERED, verbs))
    once = in_place(ANSWERED, after[0], (Switch(3, "time"),))
    assert once.splitlines()[3] == "schedule 3=time"
    again = in_place(once, after[0], (Switch(1, "director"), Switch(2, "primary1.ipc")))
    assert again == once.replace("3=time", "1=director 2=primary1.ipc")
    parse(again, verbs)


def test_same_processes_take_the_steps_again(run: Run, tmp_path: Path, verbs: Any) -> None:
    with Repeated(run, parse(ANSWERED, verbs), tmp_path) as repeated:
        orders = ByChance(0, 3)
        seen = []
        for order in islice(orders, 20):
            played = repeated.play(order)
            orders.seen(played.decisions)
            seen.append((played.order, repeated.play(Order(played.switches)).order))
            assert played.error is None
        assert all(first == again for first, again in seen)
        assert (repeated.starts, len(set(seen)) > 5) == (1, True)


def test_each_death_needs_new_processes(run: Run, tmp_path: Path, verbs: Any) -> None:
    with Repeated(run, parse(DEATH, verbs), tmp_path) as repeated:
        assert [repeated.play(Order(seed=seed)).error for seed in range(2)] == [None, None]
        assert repeated.starts == 2
