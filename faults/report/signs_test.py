# SPDX-License-Identifier: BSD-3-Clause
"""The tables know only signs that there are, and are tried in an order in which each entry can count."""

from __future__ import annotations

import pytest

from faults.report import signs
from faults.report.signs import EVERYWHERE, SIGNS, Known, known, recognise, sections


def _id(one: Known) -> str:
    return f"{one.case}: {', '.join(sorted(one.signs))}"


@pytest.mark.parametrize("one", known(), ids=_id)
def test_entry_is_in_the_vocabulary(one: Known) -> None:
    assert one.case in SIGNS
    assert one.signs and one.signs | one.also | one.never <= SIGNS[one.case] | EVERYWHERE
    assert not (one.signs | one.also) & one.never


@pytest.mark.parametrize("one", known(), ids=_id)
def test_entry_is_the_one_for_its_own_signs(one: Known) -> None:
    verdict = recognise(one.case, one.signs | one.also)
    assert verdict is not None and verdict.known is one and verdict.sure


@pytest.mark.parametrize("one", [one for one in known() if one.also], ids=_id)
def test_what_is_missing_makes_it_likely(one: Known) -> None:
    verdict = recognise(one.case, one.signs)
    assert verdict is not None and not verdict.sure


def test_signs_of_nothing_are_not_recognised() -> None:
    assert recognise("locks", frozenset({"the heap is locked", "a living holder"})) is None
    assert recognise("deadlock", frozenset({"threads wait for each other"})) is None


def test_number_of_the_record() -> None:
    names = {one.name for one in known()}
    assert {"B-1", "B-2", "B-3", "B-4", "B-5", "B-11", "B-14", "B-19", ""} == names


def test_each_lock_has_its_functions() -> None:
    inside = {kind: section.inside for kind, section in sections().items()}
    assert inside["heap"].fullmatch("rte_zmalloc_socket") and inside["heap"].fullmatch("rte_free")
    assert inside["tailqs"].fullmatch("rte_ring_create_elem")
    assert not inside["heap"].fullmatch("rte_mp_request_sync")
    assert list(inside)[-3:] == ["heap", "pages", "arrays"]
    assert signs.sections() is sections()
