# SPDX-License-Identifier: BSD-3-Clause
"""Start and finish where there are none, or not as promised: nothing may come of it."""

from __future__ import annotations

from conformance.roles import pair
from conformance.rte_ring.api import PEEK_PAIRS, PRODUCERS, alike, shared
from conformance.rte_ring.zero_copy import put_finish, take_finish
from targets.scene import Scene

OTHERS = [f"{mode}-{mode.replace('MP', 'MC')}" for mode in PRODUCERS if not PRODUCERS[mode].peek]


def test_more_than_was_reserved_is_nothing(scene: Scene):
    """Finishing with more than start has reserved finishes with nothing, and harms nothing.

    Source: rte_ring_peek_elem_pvt.h: what is too much aborts what is pending
    Since: 21.11   Strength: observed
    """
    producer, consumer = pair(scene, "primary")
    seen = {}
    for modes in PEEK_PAIRS:
        ends = shared(producer, consumer, modes)
        ends.put_all(1, 2, 3)
        ends.put_start("bulk", 1)
        ends.put_finish(4, 5)
        ends.take_start("bulk", 1)
        ends.take_finish(2)
        seen[modes] = (ends.counts()[:2], ends.rest())
    assert seen == alike(PEEK_PAIRS, ((3, 4), [1, 2, 3]))


def test_other_modes_have_no_peek(scene: Scene):
    """On a side of another mode, start reserves nothing and finish does nothing.

    Source: rte_ring_peek.h: "available only for two sync modes"; RTE_ASSERT is off in a release
    Since: 21.11   Strength: observed
    """
    producer, consumer = pair(scene, "primary")
    seen = {}
    for modes in OTHERS:
        ends = shared(producer, consumer, modes)
        ends.put_all(1, 2, 3)
        reserved = [ends.put_start(how, 1).ret for how in ("bulk", "burst")]
        ends.put_finish(9)
        shown = [ends.take_start(how, 1).ret for how in ("bulk", "burst")]
        ends.take_finish(1)
        seen[modes] = (reserved, shown, ends.counts(), ends.rest())
    assert seen == alike(OTHERS, ([0, 0], [0, 0], (3, 4, False, False), [1, 2, 3]))


def test_other_modes_have_no_zero_copy(scene: Scene):
    """On a side of another mode, start reserves nothing and finish does nothing.

    Source: rte_ring_peek_zc.h: "available only for two sync modes"; RTE_ASSERT is off in a release
    Since: 21.11   Strength: observed
    """
    producer, consumer = pair(scene, "primary")
    seen = {}
    for modes in OTHERS:
        ends = shared(producer, consumer, modes)
        ends.put_all(1, 2, 3)
        reserved = [ends.put_start(how, 1).ret for how in ("zc_bulk", "zc_burst")]
        put_finish(ends, 1)
        shown = [ends.take_start(how, 1).ret for how in ("zc_bulk", "zc_burst")]
        take_finish(ends, 1)
        seen[modes] = (reserved, shown, ends.counts(), ends.rest())
    assert seen == alike(OTHERS, ([0, 0], [0, 0], (3, 4, False, False), [1, 2, 3]))
