# SPDX-License-Identifier: BSD-3-Clause
"""Proves which orders are tried, and that the shortest that fails is found."""

from __future__ import annotations

from itertools import islice

import pytest

from conformance.scenario.orders import All, ByChance, shorten
from faults.schedule import Decision, Order, Switch

TWO = ("a", "b")


def _switches(*numbers: int) -> tuple[Switch, ...]:
    return tuple(Switch(at, "b") for at in numbers)


def _seen(length: int, order: Order) -> tuple[Decision, ...]:
    """What a run of so many decisions between two threads tells, of which one is the rule's."""
    chosen = {one.at: one.who for one in order.switches}
    return tuple(Decision(chosen.get(at, "a"), "a", TWO) for at in range(length))


@pytest.mark.parametrize("depth, most", [(0, 1), (1, 1 + 3), (2, 1 + 3 + 3), (3, 8), (9, 8)])
def test_all_orders_are_tried_once(depth: int, most: int) -> None:
    orders, tried = All(depth), []
    for order in orders:
        tried.append(order.switches)
        orders.seen(_seen(3, order))
    assert (len(tried), len(set(tried))) == (most, most)
    assert all(len(one) <= depth for one in tried)


def test_chance_is_the_same_for_a_seed_and_changes_within_what_was_seen() -> None:
    def tried(seed: int) -> list[Order]:
        orders, found = ByChance(seed, 3), []
        for order in islice(orders, 50):
            found.append(order)
            orders.seen(_seen(10, Order()))
        return found

    assert tried(1) == tried(1) != tried(2)
    assert all(len(one.changes) == 2 for one in tried(1))
    assert all(change < 10 for one in tried(1)[1:] for change in one.changes)
    assert len({one.seed for one in tried(1)}) == 50


@pytest.mark.parametrize("needed", [(), (3,), (0, 7), (1, 2, 6)])
def test_shortest_has_what_is_needed_and_nothing_else(needed: tuple[int, ...]) -> None:
    def fails(switches: tuple[Switch, ...]) -> tuple[Switch, ...] | None:
        return switches if set(_switches(*needed)) <= set(switches) else None

    assert shorten(_switches(*range(8)), fails) == _switches(*needed)


def test_what_fails_otherwise_is_not_made_shorter() -> None:
    assert shorten(_switches(1, 2, 3), lambda switches: None) == _switches(1, 2, 3)
