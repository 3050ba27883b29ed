# SPDX-License-Identifier: BSD-3-Clause
"""The account finds exactly what was done to the frames, and nothing else."""
from __future__ import annotations


import pytest
from hypothesis import given
from hypothesis import strategies as st

from traffic.account import Account, Window, account
from traffic.arrival import Corrupt, Frame, Number
from traffic.frame import build, parse

SENT = [(flow, seq) for seq in range(10) for flow in range(3)]
SUBSETS = st.sets(st.sampled_from(SENT))


def frames(numbers: list[Number]) -> list[Frame]:
    return [Frame(flow, seq) for flow, seq in numbers]


def test_all_that_was_sent_came() -> None:
    found = account(SENT, frames(SENT))
    assert found == Account(sent=30, received=30)
    assert found.exact
    assert str(found) == "sent 30, received 30: exact"


def test_nothing_sent_nothing_came() -> None:
    assert account([], []).exact


def test_pairs_are_as_good_as_frames() -> None:
    assert account(SENT, SENT) == account(SENT, frames(SENT))


@given(SUBSETS)
def test_drops_are_found(dropped: set[Number]) -> None:
    found = account(SENT, [n for n in SENT if n not in dropped])
    assert found == Account(30, 30 - len(dropped), lost=tuple(sorted(dropped)))
    assert found.exact == (not dropped)


@given(st.lists(st.sampled_from(SENT)))
def test_doubles_are_found(again: list[Number]) -> None:
    found = account(SENT, SENT + again)
    assert found == Account(30, 30 + len(again), doubled=tuple(sorted(again)))
    assert found.exact == (not again)


@given(st.permutations(SENT))
def test_shuffles_are_found(order: list[Number]) -> None:
    late = {b for i, b in enumerate(order) if any(a[0] == b[0] and a > b for a in order[:i])}
    found = account(SENT, list(order))
    assert found == Account(30, 30, disordered=tuple(sorted(late)))
    assert found.exact == (not late)


@given(st.permutations(range(3)))
def test_flows_may_overtake_each_other(flows: list[int]) -> None:
    by_flow: list[Number] = sorted(SENT, key=lambda n: (flows[n[0]], n[1]))
    assert account(SENT, by_flow).exact


def test_order_is_the_order_sent_not_that_of_the_numbers() -> None:
    backwards = SENT[::-1]
    assert account(backwards, backwards).exact
    assert not account(backwards, SENT).exact


@given(st.lists(st.tuples(st.integers(3, 5), st.integers(0, 99))))
def test_inventions_are_found(invented: list[Number]) -> None:
    found = account(SENT, SENT + invented)
    assert found == Account(30, 30 + len(invented), invented=tuple(sorted(invented)))
    assert found.exact == (not invented)


@given(st.sets(st.integers(0, 49)), st.integers(31, 63), st.integers(1, 255))
def test_damage_is_found_once_and_not_as_a_loss(hit: set[int], at: int, by: int) -> None:
    raw = [bytearray(frame) for frame in build(0, 0, 50)]
    for index in hit:
        raw[index][at] ^= by
    arrivals = [found for found in (parse(bytes(frame)) for frame in raw) if found is not None]
    found = account([(0, seq) for seq in range(50)], arrivals)
    assert [corrupt.seq for corrupt in found.corrupted] == sorted(hit)
    assert found == Account(50, 50, corrupted=found.corrupted)
    assert found.exact == (not hit)


def test_damage_without_a_credible_number_leaves_a_loss() -> None:
    found = account([(0, 1)], [Corrupt("too short", b"")])
    assert (found.lost, len(found.corrupted)) == (((0, 1),), 1)


def test_a_corrupt_copy_of_what_came_whole_is_corrupt_only() -> None:
    found = account([(0, 1)], [Frame(0, 1), Corrupt("crc", b"", 0, 1)])
    assert (found.lost, len(found.corrupted), found.exact) == ((), 1, False)


ANYTHING = st.tuples(st.integers(0, 3), st.integers(0, 12))


@given(st.lists(ANYTHING), st.lists(ANYTHING))
def test_every_arrival_and_every_number_is_accounted_for(
    arrivals: list[Number], claims: list[Number]
) -> None:
    corrupted = [Corrupt("crc", b"", flow, seq) for flow, seq in claims]
    found = account(SENT, [*arrivals, *corrupted])
    whole = set(SENT) & set(arrivals)
    missing = set(SENT) - set(arrivals) - set(claims)
    assert set(found.lost) == missing
    assert found.received == len(whole) + len([*found.doubled, *found.invented]) + len(claims)


def test_a_number_sent_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="flow 0 seq 1 is at 0 and again at 1"):
        account([(0, 1), (0, 1)], [])


# Windows


def test_a_loss_inside_a_window_is_excused() -> None:
    found = account(SENT, SENT[3:], [Window(flow, 0, 4, 1, "killed") for flow in range(3)])
    assert found.exact
    assert [tuple(e) for e in found.excused] == [(f, 0, "killed") for f in range(3)]
    assert str(found).endswith(
        "exact; excused 3: flow 0 seq 0, flow 1 seq 0, flow 2 seq 0 (killed)"
    )


@pytest.mark.parametrize(
    "window",
    [Window(0, 6, 9, 9, "after"), Window(0, 0, 4, 9, "before"), Window(1, 0, 9, 9, "other flow")],
)
def test_a_loss_outside_the_window_stays_lost(window: Window) -> None:
    found = account(SENT, [n for n in SENT if n != (0, 5)], [window])
    assert (found.lost, found.excused) == (((0, 5),), ())


def test_a_window_includes_both_its_ends() -> None:
    found = account(SENT, [n for n in SENT if n[0] != 0], [Window(0, 2, 5, 9, "killed")])
    assert [e.seq for e in found.excused] == [2, 3, 4, 5]


def test_a_loss_above_most_stays_lost() -> None:
    found = account(SENT, [n for n in SENT if n[0] != 0], [Window(0, 0, 9, 7, "killed")])
    assert found.lost == ((0, 7), (0, 8), (0, 9))
    assert len(found.excused) == 7


def test_overlapping_windows_excuse_as_many_as_they_can() -> None:
    windows = [Window(0, 0, 9, 1, "wide"), Window(0, 0, 2, 1, "narrow")]
    found = account(SENT, [n for n in SENT if n not in ((0, 1), (0, 7))], windows)
    assert found.exact
    assert [e.why for e in found.excused] == ["narrow", "wide"]


def test_a_window_excuses_losses_only() -> None:
    found = account(SENT, SENT + SENT[:1], [Window(0, 0, 9, 9, "killed")])
    assert not found.exact


@given(SUBSETS, st.integers(0, 9), st.integers(0, 9), st.integers(0, 9))
def test_a_window_excuses_no_more_than_it_says(
    dropped: set[Number], a: int, b: int, most: int
) -> None:
    window = Window(1, min(a, b), max(a, b), most, "killed")
    found = account(SENT, [n for n in SENT if n not in dropped], [window])
    inside = {n for n in dropped if window.covers(n)}
    assert len(found.excused) == min(most, len(inside))
    assert {(e.flow, e.seq) for e in found.excused} <= inside
    assert set(found.lost) == dropped - {(e.flow, e.seq) for e in found.excused}


@pytest.mark.parametrize(
    "first, last, most, why, named",
    [(5, 4, 1, "x", "first is after last"), (0, 1, -1, "x", "below 0"), (0, 1, 1, "", "why is")],
)
def test_a_window_that_says_nothing_is_refused(
    first: int, last: int, most: int, why: str, named: str
) -> None:
    with pytest.raises(ValueError, match=named):
        Window(0, first, last, most, why)


# One line


def test_the_line_names_everything() -> None:
    found = Account(
        sent=2000,
        received=1971,
        lost=tuple((0, seq) for seq in range(416, 448)),
        doubled=((0, 3),),
        disordered=((1, 9),),
        corrupted=(Corrupt("crc", b"", 1, 7),),
        invented=((9, 9),),
    )
    assert str(found) == (
        "sent 2000, received 1971: lost 32: flow 0 seq 416..447; doubled 1: flow 0 seq 3; "
        "disordered 1: flow 1 seq 9; invented 1: flow 9 seq 9; "
        "corrupted 1: claims flow 1 seq 7 (crc)"
    )


def test_a_thousand_corrupt_frames_are_still_one_line() -> None:
    line = str(account([], [Corrupt("crc", b"", 0, seq) for seq in range(1000)]))
    assert line.endswith("claims flow 0 seq 7 (crc), and 992 more")
