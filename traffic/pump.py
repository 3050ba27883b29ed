# SPDX-License-Identifier: BSD-3-Clause
"""Sends numbered frames through a port with few in flight, and collects what comes back."""
from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Callable, Mapping, Sequence

from traffic.arrival import Corrupt, Frame, Number
from traffic.frame import parse
from traffic.link import Link
from traffic.wire import Seen

# What every port keeps while nobody polls it (22.11.11, poller stopped): net_af_packet 512, its
# ring; net_pcap 691 and more of 1514 bytes; net_tap 992, its tx queue. Above it frames are lost.
MOST_IN_FLIGHT = 512


@dataclass(frozen=True)
class Arrivals:
    """The frames that a pump sent and saw. Give `sent` and `received` to `account`. Times are monotonic
    ns.

    sent, sent_ns          numbers in the order sent, and when; same length
    received, received_ns  ours, in order of arrival, and when; same length
    foreign                frames of other ethertypes
    unsent                 how many frames were never sent, because the window stayed full
    unfired                the counts in `at` that were never reached: those faults did not happen
    overrun                frames that the pump's own socket dropped
    """

    sent: tuple[Number, ...]
    sent_ns: tuple[int, ...]
    received: tuple[Frame | Corrupt, ...]
    received_ns: tuple[int, ...]
    foreign: tuple[Seen, ...] = ()
    unsent: int = 0
    unfired: tuple[int, ...] = ()
    overrun: int = 0

    @property
    def inconclusive(self) -> str | None:
        """The reason why these arrivals prove nothing about DPDK, or None."""
        reasons = []
        if self.overrun:
            reasons.append(f"the pump's own socket dropped {self.overrun} frames")
        if self.unfired:
            counts = ", ".join(map(str, self.unfired))
            reasons.append(f"what was to happen after {counts} frames seen did not happen")
        return "; ".join(reasons) or None


class Pump:
    """Keeps at most `window` frames in flight through `wire`.

    silence_s  the only timeout: it gives up when nothing new came for this long
    linger_s   how long it listens on after the last frame came, for what nobody sent or expects.
               0 takes what is queued already, and misses a double of the very last frames
    """

    def __init__(self, wire: Link, window: int, silence_s: float, linger_s: float = 0.0) -> None:
        if not 1 <= window <= MOST_IN_FLIGHT:
            raise ValueError(
                f"window is {window}; expected 1..{MOST_IN_FLIGHT}, above which a port's"
                " own queues lose frames; give one in this range"
            )
        if silence_s <= 0 or linger_s < 0:
            raise ValueError(
                f"silence_s is {silence_s}, linger_s is {linger_s}; expected above 0 and not below"
                " 0; silence_s must exceed the longest pause that is still life"
            )
        self._wire = wire
        self._window = window
        self._silence_ns = int(silence_s * 1e9)
        self._linger_ns = int(linger_s * 1e9)
        self._forgiven = 0

    def forgive(self, count: int) -> None:
        """Stop counting `count` frames as in flight: a process that died had them in its hands.

        Called during a run, by one of its `at`. Without it they fill the window for good. Only what
        is gone may be forgiven: what merely waits in a queue is in flight still. Whether they may
        be missing is for the account to say.
        """
        if count < 0:
            raise ValueError(f"forgive {count} frames; expected 0 or more; say how many died")
        self._forgiven += count

    def run(
        self, frames: Sequence[bytes], at: Mapping[int, Callable[[], None]] | None = None
    ) -> Arrivals:
        """Send `frames`, in order, and return when all are back or nothing new came for silence_s.

        at[n] is called once, in this thread, when n frames are back, frame n + 1 is not yet seen and
        the window is full again, so that what it waits for has frames to happen to (n = 0: before
        the first is sent); the clock of silence stands still meanwhile. "Back" counts each number
        once, corrupt ones too. An exception in it ends the run. Frames that were forgiven are not
        waited for.

        ValueError when a frame is not ours, or twice the same. WireError from the wire.
        """
        self._forgiven = 0
        flow = _Flow(frames, dict(at or {}))
        self._wire.overrun()
        flow.call_due()
        deadline_ns = time.monotonic_ns() + self._silence_ns
        while not flow.complete(self._forgiven):
            room = self._window + self._forgiven - flow.in_flight
            if flow.send(self._wire, room):
                deadline_ns = time.monotonic_ns() + self._silence_ns
            if flow.call_due():
                deadline_ns = time.monotonic_ns() + self._silence_ns
                continue  # It may have forgiven frames: there is room again.
            seen = self._wire.receive(deadline_ns, flow.until_due)
            back = flow.back
            for one in seen:
                flow.note(one)
            if flow.back > back:
                deadline_ns = time.monotonic_ns() + self._silence_ns
            elif time.monotonic_ns() >= deadline_ns:
                break
        flow.call_due()
        self._linger(flow)
        return flow.arrivals(self._wire.overrun())

    def _linger(self, flow: _Flow) -> None:
        """Take what is queued, then listen until linger_s is over, however much comes."""
        deadline_ns = time.monotonic_ns() + self._linger_ns
        while True:
            for one in self._wire.receive(deadline_ns):
                flow.note(one)
            if time.monotonic_ns() >= deadline_ns:
                break


class _Flow:
    """The books of one run."""

    def __init__(self, frames: Sequence[bytes], at: dict[int, Callable[[], None]]) -> None:
        self._frames = frames
        self._numbers = _numbers(frames)
        self._known: set[tuple[int | None, int | None]] = set(self._numbers)
        self._at = at
        self._sent_ns: list[int] = []
        self._received: list[Frame | Corrupt] = []
        self._received_ns: list[int] = []
        self._foreign: list[Seen] = []
        self._came: set[tuple[int | None, int | None]] = set()
        self._nameless = 0

    @property
    def back(self) -> int:
        """The number of frames that are back; doubles and inventions do not count."""
        return min(len(self._came) + self._nameless, len(self._sent_ns))

    @property
    def in_flight(self) -> int:
        return len(self._sent_ns) - self.back

    def complete(self, forgiven: int) -> bool:
        """All were sent, and every number came but as many as are forgiven. A nameless corrupt frame
        is no proof: it may be a copy of one that did come."""
        missing = len(self._frames) - len(self._came)
        return len(self._sent_ns) == len(self._frames) and missing <= forgiven

    @property
    def until_due(self) -> int:
        """The number of frames that may be taken before a call is due; never less than 1."""
        return max(1, min(self._at, default=self.back + MOST_IN_FLIGHT) - self.back)

    def send(self, wire: Link, room: int) -> int:
        """Send up to `room` frames; return how many the wire took."""
        start = len(self._sent_ns)
        end = start + max(0, room)
        taken_ns = wire.send(self._frames[start:end])
        self._sent_ns += taken_ns
        return len(taken_ns)

    def note(self, seen: Seen) -> None:
        found = parse(seen.data)
        if found is None:
            self._foreign.append(seen)
            return
        self._received.append(found)
        self._received_ns.append(seen.at_ns)
        number = (found.flow, found.seq)
        if number in self._known:
            self._came.add(number)
        elif isinstance(found, Corrupt):
            self._nameless += 1

    def call_due(self) -> int:
        """Call what is due; return how many calls that were."""
        due = [count for count in sorted(self._at) if count <= self.back]
        for count in due:
            self._at.pop(count)()
        return len(due)

    def arrivals(self, overrun: int) -> Arrivals:
        sent = len(self._sent_ns)
        return Arrivals(
            sent=tuple(self._numbers[:sent]),
            sent_ns=tuple(self._sent_ns),
            received=tuple(self._received),
            received_ns=tuple(self._received_ns),
            foreign=tuple(self._foreign),
            unsent=len(self._frames) - sent,
            unfired=tuple(sorted(self._at)),
            overrun=overrun,
        )


def _numbers(frames: Sequence[bytes]) -> list[Number]:
    numbers: dict[Number, int] = {}
    for index, data in enumerate(frames):
        found = parse(data)
        if not isinstance(found, Frame):
            raise ValueError(
                f"frame {index} is {found or 'not ours'}; expected a numbered frame; use build()"
            )
        number = (found.flow, found.seq)
        if numbers.setdefault(number, index) != index:
            raise ValueError(
                f"frame {index} has the number of frame {numbers[number]}, {number}; expected each"
                " once; number them anew"
            )
    return list(numbers)
