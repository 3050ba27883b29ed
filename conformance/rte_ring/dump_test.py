# SPDX-License-Identifier: BSD-3-Clause
"""Proves that heads and tails are found in the words of each release, and that a missing one is told."""

from __future__ import annotations

import pytest

from conformance.rte_ring.dump import fields, indices

OLD = "ring <r>@0x1\n  flags=0\n  size=8\n  ct=1\n  ch=2\n  pt=3\n  ph=4\n"
NEW = "  cons.sync_type=MT\n  cons.head=2\n  cons.tail=1\n  prod.head=4\n  prod.tail=3\n"
RTS = "  cons.head.pos=2\n  cons.head.cnt=9\n  cons.tail.pos=1\n  prod.head.pos=4\n  prod.tail.pos=3\n"


@pytest.mark.parametrize("text", [OLD, NEW, RTS])
def test_heads_and_tails_in_the_words_of_each_release(text: str) -> None:
    assert indices(text) == {"ch": 2, "ct": 1, "ph": 4, "pt": 3}


def test_missing_one_is_told() -> None:
    with pytest.raises(ValueError, match="neither ph nor prod.head"):
        indices(OLD.replace("ph", "pH"))


def test_all_fields() -> None:
    assert fields(OLD)["size"] == "8"
