# SPDX-License-Identifier: BSD-3-Clause
"""Proves that kills that are not explained are noticed."""

from __future__ import annotations

from conformance.rte_mempool.kills import HAND, Left, pool_for


def test_kills_are_explained_by_hands_and_caches_alone() -> None:
    out = 10 * HAND
    assert Left(4095, 10, out, out + 64, 64, 0).explained
    assert not Left(4095, 10, out + 1, out + 65, 64, 0).explained
    assert not Left(4095, 10, out, out + 65, 64, 0).explained
    assert not Left(4095, 10, out, out + 64, 64, 1).explained


def test_pool_is_large_enough_for_its_kills() -> None:
    assert pool_for(1000) - 1 > 1000 * HAND + 100 * 96


def test_what_is_left_is_told() -> None:
    told = str(Left(4095, 10, 320, 384, 64, 0))
    assert "10 killed, 32 of 4095 mbufs gone with each; 64 more idle" in told
    assert "3711 are left" in told
