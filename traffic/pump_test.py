# SPDX-License-Identifier: BSD-3-Clause
"""The pump keeps its window, places its calls, ends in silence, and passes everything on."""
from __future__ import annotations

import time
from collections import deque
from typing import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traffic.account import account
from traffic.arrival import Corrupt, Frame
from traffic.frame import build
from traffic.pump import MOST_IN_FLIGHT, Arrivals, Pump
from traffic.wire import Seen

SILENCE_S = 0.02
NUMBERS = [(0, seq) for seq in range(20)]
FRAMES = build(0, 0, 20)
FOREIGN = b"\xff" * 12 + b"\x86\xdd" + b"\0" * 50

Fate = Callable[[int, bytes], "list[bytes]"]


def echo(_: int, data: bytes) -> list[bytes]:
    return [data]


class FakeWire:
    """Answers the n-th frame sent with fate(n, frame), as soon as it is asked to receive."""

    def __init__(self, fate: Fate = echo, takes: int = 1000, drops: int = 0) -> None:
        self.fate = fate
        self.takes = takes
        self.drops = [0, drops]
        self.count = 0
        self.queue: deque[bytes] = deque()
        self.batches: list[int] = []

    def send(self, batch: Sequence[bytes]) -> list[int]:
        taken = batch[: self.takes]
        for data in taken:
            self.queue.extend(self.fate(self.count, data))
            self.count += 1
        self.batches.append(len(taken))
        return [time.monotonic_ns() for _ in taken]

    def receive(self, deadline_ns: int, most: int = 1024) -> list[Seen]:
        while not self.queue and time.monotonic_ns() < deadline_ns:
            pass
        number = min(most, len(self.queue))
        return [Seen(time.monotonic_ns(), self.queue.popleft()) for _ in range(number)]

    def overrun(self) -> int:
        return self.drops.pop(0)


def pump(fate: Fate = echo, window: int = 8) -> Arrivals:
    return Pump(FakeWire(fate), window, SILENCE_S).run(FRAMES)


def test_all_come_back() -> None:
    found = pump()
    assert list(found.sent) == NUMBERS
    assert account(found.sent, found.received).exact
    assert (found.unsent, found.unfired, found.foreign, found.inconclusive) == (0, (), (), None)


def test_no_frames_need_no_wire() -> None:
    assert Pump(FakeWire(), 1, SILENCE_S).run([]).sent == ()


@given(st.integers(1, 25))
def test_the_window_is_kept(window: int) -> None:
    wire = FakeWire()
    Pump(wire, window, SILENCE_S).run(FRAMES)
    assert max(wire.batches) == min(window, 20)


def test_sent_and_arrived_are_stamped() -> None:
    found = pump()
    assert len(found.sent_ns) == len(found.received_ns) == 20


def test_a_loss_ends_in_silence_and_is_found() -> None:
    before = time.monotonic()
    found = pump(lambda n, data: [] if n == 7 else [data])
    assert time.monotonic() - before >= SILENCE_S
    assert account(found.sent, found.received).lost == ((0, 7),)


def test_a_full_window_stops_the_flow_and_says_how_much_is_unsent() -> None:
    found = pump(lambda n, data: [] if n >= 4 else [data])
    assert found.sent == tuple(NUMBERS[:12])
    assert found.unsent == 8


def test_doubles_are_passed_on_and_do_not_open_the_window() -> None:
    wire = FakeWire(lambda n, data: [data, data])
    found = Pump(wire, 2, SILENCE_S).run(FRAMES)
    assert max(wire.batches) == 2
    assert account(found.sent, found.received).doubled == tuple(NUMBERS)


def test_a_storm_of_doubles_ends() -> None:
    class Storm(FakeWire):
        def receive(self, deadline_ns: int, most: int = 1024) -> list[Seen]:
            return super().receive(deadline_ns, most) or [Seen(0, FRAMES[0])]

    found = Pump(Storm(lambda n, data: [] if n == 3 else [data]), 8, SILENCE_S).run(FRAMES)
    assert account(found.sent, found.received).lost == ((0, 3),)


def test_lingering_hears_a_double_of_the_last_frame() -> None:
    class Late(FakeWire):
        def receive(self, deadline_ns: int, most: int = 1024) -> list[Seen]:
            if self.count == 20 and not self.queue:
                self.queue.append(FRAMES[19])
                self.count += 1
                return []
            return super().receive(deadline_ns, most)

    found = Pump(Late(), 8, SILENCE_S, linger_s=SILENCE_S).run(FRAMES)
    assert account(found.sent, found.received).doubled == ((0, 19),)
    found = Pump(Late(), 8, SILENCE_S).run(FRAMES)
    assert account(found.sent, found.received).exact


def test_damage_is_passed_on_and_counts_as_back() -> None:
    found = pump(lambda n, data: [data[:-1] + b"\xff"] if n == 5 else [data], window=1)
    assert isinstance(found.received[5], Corrupt)
    assert found.unsent == 0


def test_nameless_damage_opens_the_window_and_completes_nothing() -> None:
    before = time.monotonic()
    found = pump(lambda n, data: [data[:20]] if n == 5 else [data], window=1)
    assert time.monotonic() - before >= SILENCE_S
    assert (found.unsent, account(found.sent, found.received).lost) == (0, ((0, 5),))


def test_a_corrupt_copy_does_not_end_the_run_before_the_last_frame() -> None:
    found = pump(lambda n, data: [data[:20], data] if n == 0 else [data])
    assert Frame(0, 19) in found.received


def test_strangers_are_set_aside() -> None:
    found = pump(lambda n, data: [FOREIGN, data] if n == 3 else [data])
    assert account(found.sent, found.received).exact
    assert [seen.data for seen in found.foreign] == [FOREIGN]


def test_a_wire_that_takes_few_at_a_time_gets_them_all_once() -> None:
    found = Pump(FakeWire(takes=3), 8, SILENCE_S).run(FRAMES)
    assert account(found.sent, found.received).exact


def test_a_wire_that_takes_none_ends_in_silence() -> None:
    found = Pump(FakeWire(takes=0), 8, SILENCE_S).run(FRAMES)
    assert (found.sent, found.unsent) == ((), 20)


def test_an_overrun_is_inconclusive() -> None:
    found = Pump(FakeWire(drops=3), 8, SILENCE_S).run(FRAMES)
    assert found.inconclusive == "the pump's own socket dropped 3 frames"


# Calls between frame n seen and frame m seen


@given(st.integers(0, 20), st.integers(1, 25))
def test_a_call_is_made_once_between_two_frames(count: int, window: int) -> None:
    came: list[Seen] = []

    class Counted(FakeWire):
        def receive(self, deadline_ns: int, most: int = 1024) -> list[Seen]:
            seen = super().receive(deadline_ns, most)
            came.extend(seen)
            return seen

    wire = Counted()
    calls: list[tuple[int, int]] = []
    at = {count: lambda: calls.append((len(came), wire.count))}
    found = Pump(wire, window, SILENCE_S).run(FRAMES, at)
    assert [seen for seen, _ in calls] == [count]
    assert calls[0][1] <= count + window
    assert account(found.sent, found.received).exact


def test_calls_are_made_in_order() -> None:
    calls: list[int] = []
    at = {count: (lambda count=count: calls.append(count)) for count in (20, 0, 7)}
    Pump(FakeWire(), 8, SILENCE_S).run(FRAMES, at)
    assert calls == [0, 7, 20]


def test_a_call_that_was_never_due_is_inconclusive() -> None:
    at = {3: lambda: None, 9: lambda: None}
    found = Pump(FakeWire(lambda n, d: [d] if n < 5 else []), 8, SILENCE_S).run(FRAMES, at)
    assert found.unfired == (9,)
    assert found.inconclusive == "what was to happen after 9 frames seen did not happen"


def test_silence_is_not_counted_while_a_call_lasts() -> None:
    def slow() -> None:
        end = time.monotonic() + 2 * SILENCE_S
        while time.monotonic() < end:
            pass

    found = Pump(FakeWire(), 4, SILENCE_S).run(FRAMES, {0: slow, 10: slow})
    assert account(found.sent, found.received).exact


def test_what_a_call_raises_ends_the_run() -> None:
    def fail() -> None:
        raise RuntimeError("fault")

    with pytest.raises(RuntimeError, match="fault"):
        Pump(FakeWire(), 8, SILENCE_S).run(FRAMES, {5: fail})


def test_forgiven_frames_leave_the_window() -> None:
    wire = FakeWire(lambda n, data: [] if 4 <= n < 12 else [data])
    stuck = Pump(wire, 8, SILENCE_S)
    found = stuck.run(FRAMES, {4: lambda: stuck.forgive(8)})
    assert found.unsent == 0
    assert account(found.sent, found.received).lost == tuple(NUMBERS[4:12])


def test_forgiveness_ends_with_the_run() -> None:
    wire = FakeWire()
    reused = Pump(wire, 2, SILENCE_S)
    reused.run(FRAMES, {0: lambda: reused.forgive(8)})
    assert max(wire.batches) == 10
    wire.batches.clear()
    wire.drops = [0, 0]
    reused.run(FRAMES)
    assert max(wire.batches) == 2


# Refusals


@pytest.mark.parametrize("window", [0, -1, MOST_IN_FLIGHT + 1])
def test_a_window_that_cannot_be_kept_is_refused(window: int) -> None:
    with pytest.raises(ValueError, match=f"window is {window}; expected 1..512"):
        Pump(FakeWire(), window, SILENCE_S)


@pytest.mark.parametrize("silence_s, linger_s", [(0.0, 0.0), (-1.0, 0.0), (1.0, -1.0)])
def test_times_that_cannot_pass_are_refused(silence_s: float, linger_s: float) -> None:
    with pytest.raises(ValueError, match="silence_s is"):
        Pump(FakeWire(), 1, silence_s, linger_s)


def test_forgiving_fewer_than_none_is_refused() -> None:
    with pytest.raises(ValueError, match="forgive -1 frames"):
        Pump(FakeWire(), 1, SILENCE_S).forgive(-1)


@pytest.mark.parametrize(
    "frames, named",
    [
        ([FOREIGN], "frame 0 is not ours"),
        ([FRAMES[0], FRAMES[1][:20]], "frame 1 is no numbers"),
        ([FRAMES[0], FRAMES[1], FRAMES[0]], "frame 2 has the number of frame 0"),
    ],
)
def test_frames_that_could_not_be_accounted_for_are_refused(
    frames: list[bytes], named: str
) -> None:
    with pytest.raises(ValueError, match=named):
        Pump(FakeWire(), 1, SILENCE_S).run(frames)
