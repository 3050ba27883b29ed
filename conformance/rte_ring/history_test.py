# SPDX-License-Identifier: BSD-3-Clause
"""Proves that the checker finds each kind of violation, and none where a queue explains a history."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.rte_ring.history import RECORD, check, name, read


def _history(*records: tuple[int, int, int]) -> Any:
    return np.array(list(records), RECORD)


def _queue(count: int) -> tuple[Any, Any]:
    """One producer and one consumer, one after the other."""
    put, took = np.empty(count, RECORD), np.empty(count, RECORD)
    put["object"] = took["object"] = np.arange(count)
    put["begin"], took["begin"] = 10 * put["object"], 10 * put["object"] + 5
    put["end"], took["end"] = put["begin"] + 2, took["begin"] + 2
    return put, took


def test_queue_is_explained() -> None:
    put, took = _queue(1000)
    assert (check([put], [took]).objects, check([put], [took]).wrong) == (1000, {})


def test_nothing_is_explained() -> None:
    assert check([], []).wrong == {}


def test_lost() -> None:
    put, took = _queue(10)
    found = check([put], [np.delete(took, 4)])
    assert (found.wrong, found.examples) == ({"lost": 1}, ("lost: object 4 of producer 0",))


def test_doubled() -> None:
    put, took = _queue(10)
    again = took[9:].copy()
    assert check([put], [took, again]).wrong == {"doubled": 1}
    assert check([put], [np.concatenate([took, again, again])]).wrong == {"doubled": 2}


def test_invented() -> None:
    put, took = _queue(10)
    assert check([put[:-1]], [took]).wrong == {"invented": 1}


def test_taken_before_it_was_put() -> None:
    put, took = _queue(10)
    took[9]["begin"], took[9]["end"] = 60, 70
    assert check([put], [took[:9], took[9:]]).wrong["early"] == 1


def test_disordered_for_one_consumer() -> None:
    # In one call each, so that the clock says nothing: only the order inside tells.
    put = _history(*((n, 0, 9) for n in range(4)))
    took = _history(*((n, 5, 12) for n in (0, 2, 1, 3)))
    assert check([put], [took]).wrong == {"disordered": 1}


def test_overtaken_between_consumers() -> None:
    # Producer 1 puts when producer 0 has finished; one consumer has its object and has returned before
    # another consumer begins to take the first one.
    other = 1 << 48
    puts = [_history((0, 0, 5)), _history((other, 10, 15))]
    takes = [_history((other, 20, 25)), _history((0, 30, 35))]
    found = check(puts, takes)
    assert (found.wrong, found.examples) == ({"overtaken": 1}, (f"overtaken: {name(other)}",))
    # If the calls overlap, either order explains it.
    assert check(puts, [_history((other, 20, 31)), takes[1]]).wrong == {}


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 9)), max_size=60),
    st.randoms(use_true_random=False),
)
def test_whatever_a_queue_does_is_explained(moves: list[tuple[int, int, int]], random: Any) -> None:
    """Calls take effect at a moment of their own between begin and end; calls overlap at will."""
    puts: list[list[tuple[int, int, int]]] = [[], [], []]
    takes: list[list[tuple[int, int, int]]] = [[], [], []]
    sequence = [0, 0, 0]
    for moment, (producer, consumer, spread) in enumerate(moves):
        value = producer << 48 | sequence[producer]
        sequence[producer] += 1
        at_put, at_take = 1000 + 20 * moment, 1000 + 20 * (moment + random.randrange(3)) + 10
        at_take = max([at_take, *(take[2] for every in takes for take in every)])
        puts[producer].append((value, at_put - spread, at_put + spread))
        takes[consumer].append((value, at_take - spread, at_take))
    histories = [[_history(*each) for each in side] for side in (puts, takes)]
    assert check(*histories).wrong == {}


def test_millions_are_checked() -> None:
    put, took = _queue(1_000_000)
    took["object"][[777_777, 777_778]] = took["object"][[777_778, 777_777]]
    wrong = check([put], [took]).wrong
    assert (wrong["disordered"], wrong["overtaken"] > 0) == (1, True)


def test_read_as_written(tmp_path: Any) -> None:
    put, _ = _queue(3)
    put.tofile(tmp_path / "h")
    assert (read(tmp_path / "h") == put).all()
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "none")
