# SPDX-License-Identifier: BSD-3-Clause
"""Proves that the checker finds each kind of violation, and none where a queue explains a history."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.rte_ring.history import check, name, read
from conformance.rte_ring.history.moves import RECORD, SHORT

OTHER = 1 << 48  # The first object of producer 1.


def _history(*records: tuple[int, int, int]) -> Any:
    return np.array(list(records), RECORD)


def _queue(count: int) -> tuple[Any, Any]:
    """A history of a producer and a consumer, one after the other."""
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


def test_put_twice_and_taken_once() -> None:
    put, took = _queue(10)
    assert check([np.append(put, put[9:])], [took]).wrong == {"lost": 1}
    assert check([np.append(put, put[9:])], [np.append(took, took[9:])]).wrong == {}


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


def test_disordered_between_consumers() -> None:
    # Put by one call; the later one was out before the call that took the first one began.
    put = _history((0, 0, 9), (1, 0, 9))
    assert check([put], [_history((1, 10, 11)), _history((0, 12, 13))]).wrong == {"disordered": 1}
    assert check([put], [_history((1, 10, 12)), _history((0, 12, 13))]).wrong == {}


def test_sequence_numbers_mean_nothing() -> None:
    put, took = _history((7, 0, 1), (3, 2, 3)), _history((7, 4, 5), (3, 6, 7))
    assert check([put], [took]).wrong == {}


def test_overtaken_between_consumers() -> None:
    # Producer 1 puts when producer 0 has finished; one consumer has its object and has returned before
    # another consumer begins to take the first one.
    puts = [_history((0, 0, 5)), _history((OTHER, 10, 15))]
    takes = [_history((OTHER, 20, 25)), _history((0, 30, 35))]
    found = check(puts, takes)
    assert (found.wrong, found.examples) == ({"overtaken": 1}, (f"overtaken: {name(0)}",))
    # If the calls overlap, either order explains it.
    assert check(puts, [_history((OTHER, 20, 31)), takes[1]]).wrong == {}


def test_overtaken_inside_one_call() -> None:
    puts = [_history((0, 0, 5)), _history((OTHER, 10, 15))]
    assert check(puts, [_history((OTHER, 20, 25), (0, 20, 25))]).wrong == {"overtaken": 1}


def test_tangled() -> None:
    # Each producer puts two by one call. One consumer takes 1 and then OTHER, the other OTHER + 1 and
    # then 0: each pair alone could be, but 0, 1, OTHER, OTHER + 1, 0 is a circle.
    puts = [_history((0, 0, 9), (1, 0, 9)), _history((OTHER, 0, 9), (OTHER + 1, 0, 9))]
    takes = [_history((1, 10, 20), (OTHER, 10, 20)), _history((OTHER + 1, 10, 20), (0, 10, 20))]
    found = check(puts, takes)
    assert (found.wrong, len(found.examples)) == ({"tangled": 1}, 1)


def test_hidden() -> None:
    put, took = _queue(2)  # In the ring for certain: from 2 to 5, and from 12 to 15.
    for begin, end, hidden in ((3, 4, 1), (2, 4, 0), (3, 5, 0), (3, 13, 0), (6, 11, 0)):
        found = check([put], [took, _history((SHORT, begin, end))]).wrong
        assert found.get("hidden", 0) == hidden, (begin, end)


def test_hidden_behind_several() -> None:
    # No object is there from 5 to 25, but at each moment there is one.
    put = _history((0, 0, 1), (1, 10, 11), (2, 18, 19))
    took = _history((0, 12, 13), (1, 20, 21), (2, 30, 31))
    assert check([put], [took, _history((SHORT, 5, 25))]).wrong == {"hidden": 1}


def test_refused() -> None:
    put, took = _queue(2)  # At most one object at a time.
    put = np.append(put, _history((SHORT, 13, 14)))
    assert check([put], [took], capacity=1).wrong == {}
    assert check([put], [took], capacity=2).wrong == {"refused": 1}
    assert check([put], [took]).wrong == {}


def test_empty_ring_is_not_full() -> None:
    assert check([_history((SHORT, 3, 4))], [], capacity=1).wrong == {"refused": 1}


# Calls of two producers and of two consumers: how many objects, how long, how long after the last.
calls = st.lists(
    st.tuples(st.integers(1, 3), st.integers(0, 6), st.integers(1, 4)), min_size=1, max_size=3
)


def _played(process: list[tuple[int, int, int]], objects: list[int]) -> Any:
    """The history of one process that makes these calls, as far as there are objects."""
    records, now = [], 0
    for count, lasts, after in process:
        now += after
        records += [(value, now, now + lasts) for value in objects[:count]]
        objects = objects[count:]
        now += lasts
    return _history(*records)


def _one_queue(puts: list[Any], takes: list[Any]) -> bool:
    """Tried out: an order of all objects, and for each a moment in its calls, that make it a queue."""
    into = {
        int(r["object"]): (h, at, r) for h, each in enumerate(puts) for at, r in enumerate(each)
    }
    out = {
        int(r["object"]): (h, at, r) for h, each in enumerate(takes) for at, r in enumerate(each)
    }

    def can_be(order: tuple[int, ...]) -> bool:
        for side in (into, out):
            for process in (0, 1):
                places = [side[value][1] for value in order if side[value][0] == process]
                if places != sorted(places):
                    return False
        put_ns = took_ns = -1
        for value in order:
            put, took = into[value][2], out[value][2]
            put_ns = max(put_ns, int(put["begin"]))
            took_ns = max(took_ns, int(took["begin"]), put_ns)
            if put_ns > put["end"] or took_ns > took["end"]:
                return False
        return True

    return any(can_be(order) for order in permutations(into))


@given(calls, calls, calls, calls, st.integers(0, 12), st.randoms(use_true_random=False))
def test_agrees_with_trying_every_order(
    one: Any, two: Any, three: Any, four: Any, later: int, random: Any
) -> None:
    puts = [_played(one, list(range(3))), _played(two, list(range(OTHER, OTHER + 3)))]
    objects = [int(value) for put in puts for value in put["object"]]
    random.shuffle(objects)
    half = random.randrange(len(objects) + 1)
    takes = [_played(three, objects[:half]), _played(four, objects[half:])]
    for took in takes:
        took["begin"] += later
        took["end"] += later
    taken = np.concatenate([took["object"] for took in takes])
    puts = [put[np.isin(put["object"], taken)] for put in puts]
    assert (check(puts, takes).wrong == {}) == _one_queue(puts, takes)


# Who calls (two producers, then two consumers), and for how many objects.
attempts = st.lists(st.tuples(st.integers(0, 3), st.integers(1, 4)), max_size=40)


def _lived(attempts: list[tuple[int, int]], capacity: int, random: Any) -> list[Any]:
    """A random history of a real queue: each call takes effect at a moment of its own. Calls overlap at
    will, but not those of one process."""
    held: list[int] = []
    sequence = [0, OTHER]
    done: list[list[tuple[int, list[int], bool]]] = [[], [], [], []]
    for moment, (who, wanted) in enumerate(attempts):
        if who < 2:
            moved = min(wanted, capacity - len(held))
            objects = list(range(sequence[who], sequence[who] + moved))
            sequence[who] += moved
            held += objects
        else:
            objects, held = held[:wanted], held[wanted:]
        done[who].append((100 * moment + 100, objects, len(objects) < wanted))
    histories = []
    for calls_made in done:
        records, free_from = [], 0
        for number, (moment, objects, in_vain) in enumerate(calls_made):
            after = calls_made[number + 1][0] if number + 1 < len(calls_made) else moment + 300
            begin, end = random.randint(free_from, moment), random.randint(moment, after - 1)
            free_from = end + 1
            records += [(each, begin, end) for each in [*objects, *[SHORT] * in_vain]]
        histories.append(_history(*records))
    return histories


@given(attempts, st.integers(1, 6), st.randoms(use_true_random=False))
def test_whatever_a_queue_does_is_explained(
    attempts: list[tuple[int, int]], capacity: int, random: Any
) -> None:
    # At the end everything is taken out.
    attempts = [*attempts, *[(2, 4)] * len(attempts)]
    one, two, three, four = _lived(attempts, capacity, random)
    assert check([one, two], [three, four], capacity).wrong == {}


def test_millions_are_checked() -> None:
    put, took = _queue(1_000_000)
    took["object"][[777_777, 777_778]] = took["object"][[777_778, 777_777]]
    wrong = check([put], [took]).wrong
    assert wrong == {"early": 1, "disordered": 1}


def test_read_as_written(tmp_path: Any) -> None:
    put, _ = _queue(3)
    put.tofile(tmp_path / "h")
    assert (read(tmp_path / "h") == put).all()
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "none")
