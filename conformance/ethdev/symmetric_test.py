# SPDX-License-Identifier: BSD-3-Clause
"""Frames that went through other hands than one process's each are noticed."""

from __future__ import annotations

import pytest

from conformance.ethdev.symmetric import hands, ways
from targets.outcome import Inconclusive
from traffic.arrival import Corrupt, Frame
from traffic.pump import Arrivals


def _arrived(*worked: int) -> Arrivals:
    frames = tuple(Frame(0, seq, marks) for seq, marks in enumerate(worked))
    return Arrivals((), (), frames, ())


@pytest.mark.parametrize(
    ("marks", "way"),
    [
        (0x11, (0, 0)),
        (0x84, (2, 3)),
        (0x10, None),  # received by nobody
        (0x01, None),  # sent by nobody
        (0x13, None),  # received by two
        (0x31, None),
        (0x00, None),
    ],
)
def test_who_had_a_frame(marks: int, way: tuple[int, int] | None) -> None:
    assert hands(Frame(0, 0, marks)) == way


def test_marks_of_others_do_not_count() -> None:
    assert hands(Frame(0, 0, 0x25), processes=2) == (0, 1)


def test_a_broken_frame_tells_nothing() -> None:
    assert hands(Corrupt("crc", b"")) is None


def test_one_frame_that_went_otherwise_is_enough() -> None:
    assert ways(_arrived(0x11, 0x22), 2) == {(0, 0), (1, 1)}
    assert ways(_arrived(0x11, 0x22, 0x33), 2) is None


def test_a_queue_without_frames_is_inconclusive() -> None:
    with pytest.raises(Inconclusive, match="not every one of 3 queues got a frame"):
        ways(_arrived(0x11, 0x22), 3)
