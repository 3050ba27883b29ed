# SPDX-License-Identifier: BSD-3-Clause
"""The account: from what was sent and what arrived, what is missing, doubled, late or not ours.

Pure functions. An identity is a pair (flow, seq); for objects through rings read (producer, seq).
"""
from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import Iterable, NamedTuple, Sequence, Union

from traffic.arrival import Corrupt, Frame, Number
from traffic.ranges import fold

Arrival = Union[Frame, Corrupt, Number]

_SHOWN = 8


@dataclass(frozen=True)
class Window:
    """A fault's declaration: of `flow`'s first..last, at most `most` may be missing, and `why`."""

    flow: int
    first: int
    last: int
    most: int
    why: str

    def __post_init__(self) -> None:
        if self.first > self.last:
            raise ValueError(f"{self}: first is after last; give the window's bounds in order")
        if self.most < 0:
            raise ValueError(f"{self}: most is below 0; say how many frames the fault may lose")
        if not self.why:
            raise ValueError(f"{self}: why is empty; say which fault loses these frames")

    def covers(self, number: Number) -> bool:
        return number[0] == self.flow and self.first <= number[1] <= self.last


class Excused(NamedTuple):
    """A missing number, and the reason that a window gives for it."""

    flow: int
    seq: int
    why: str


@dataclass(frozen=True)
class Account:
    """The fate of everything that was sent. Each sequence is sorted; `corrupted` as it arrived.

    lost        sent, never came, and no window excuses it
    doubled     every arrival of a number after its first: one that came three times is here twice
    disordered  first arrivals that came after one sent later in the same flow (RFC 4737: reordered)
    corrupted   ours by ethertype and not whole. One that claims a number which is missing otherwise
                accounts for it, so a damaged frame is not reported as lost as well
    invented    came whole and was never sent, once for each arrival
    excused     missing within a declared window
    unnamed     how many more are wrong, in any of these ways, that there was no room to name
    """

    sent: int
    received: int
    lost: Sequence[Number] = ()
    doubled: Sequence[Number] = ()
    disordered: Sequence[Number] = ()
    corrupted: Sequence[Corrupt] = ()
    invented: Sequence[Number] = ()
    excused: Sequence[Excused] = ()
    unnamed: int = 0

    @property
    def exact(self) -> bool:
        """True if nothing is wrong. What a fault declared may be missing."""
        wrong = (self.lost, self.doubled, self.disordered, self.corrupted, self.invented)
        return not any(wrong) and not self.unnamed

    def __str__(self) -> str:
        """The account in one line: "sent 2000, received 1968: lost 32: flow 0 seq 416..447"."""
        parts = [
            f"{name} {len(numbers)}: {fold(numbers)}"
            for name, numbers in (
                ("lost", self.lost),
                ("doubled", self.doubled),
                ("disordered", self.disordered),
                ("invented", self.invented),
            )
            if numbers
        ]
        if self.corrupted:
            parts.append(f"corrupted {len(self.corrupted)}: {_few(self.corrupted)}")
        if self.unnamed:
            parts.append(f"and {self.unnamed} more that are not named")
        for why in sorted({excused.why for excused in self.excused}):
            numbers = [(e.flow, e.seq) for e in self.excused if e.why == why]
            parts.append(f"excused {len(numbers)}: {fold(numbers)} ({why})")
        if self.exact:
            parts.insert(0, "exact")
        return f"sent {self.sent}, received {self.received}: " + "; ".join(parts)


def account(
    sent: Iterable[Number], received: Iterable[Arrival], may_lose: Sequence[Window] = ()
) -> Account:
    """Return the account of `sent`, in the order sent, against `received`, in order of arrival.

    ValueError when a number was sent twice: then nobody could tell a double from two frames.
    """
    place = _places(sent)
    furthest: dict[int, int] = {}
    seen: set[Number] = set()
    doubled: list[Number] = []
    disordered: list[Number] = []
    corrupted: list[Corrupt] = []
    invented: list[Number] = []
    arrivals = 0
    for arrival in received:
        arrivals += 1
        if isinstance(arrival, Corrupt):
            corrupted.append(arrival)
            continue
        number = _number(arrival)
        if number not in place:
            invented.append(number)
        elif number in seen:
            doubled.append(number)
        else:
            seen.add(number)
            if place[number] < furthest.get(number[0], -1):
                disordered.append(number)
            else:
                furthest[number[0]] = place[number]
    claimed = {(corrupt.flow, corrupt.seq) for corrupt in corrupted}
    missing = sorted(n for n in place if n not in seen and n not in claimed)
    lost, excused = excuse(missing, may_lose)
    return Account(
        sent=len(place),
        received=arrivals,
        lost=lost,
        doubled=tuple(sorted(doubled)),
        disordered=tuple(sorted(disordered)),
        corrupted=tuple(corrupted),
        invented=tuple(sorted(invented)),
        excused=excused,
    )


def _places(sent: Iterable[Number]) -> dict[Number, int]:
    place: dict[Number, int] = {}
    for position, (flow, seq) in enumerate(sent):
        earlier = place.setdefault((flow, seq), position)
        if earlier != position:
            raise ValueError(
                f"sent: flow {flow} seq {seq} is at {earlier} and again at {position}; expected"
                " each number once; number the frames anew"
            )
    return place


def _number(arrival: Frame | Number) -> Number:
    if isinstance(arrival, Frame):
        return arrival.flow, arrival.seq
    flow, seq = arrival
    return flow, seq


def excuse(
    missing: Sequence[Number], windows: Sequence[Window]
) -> tuple[tuple[Number, ...], tuple[Excused, ...]]:
    """Split `missing`, sorted, into (lost, excused).

    Each is charged to the window that ends first, which leaves the most room for those that follow
    (earliest deadline first), so overlapping windows excuse as many as they can.
    """
    room = [window.most for window in windows]
    lost: list[Number] = []
    excused: list[Excused] = []
    for number in missing:
        fit = [i for i, window in enumerate(windows) if room[i] and window.covers(number)]
        if not fit:
            lost.append(number)
            continue
        chosen = min(fit, key=lambda i: windows[i].last)
        room[chosen] -= 1
        excused.append(Excused(*number, windows[chosen].why))
    return tuple(lost), tuple(excused)


def _few(corrupted: Sequence[Corrupt]) -> str:
    text = ", ".join(str(corrupt) for corrupt in islice(corrupted, _SHOWN))
    hidden = len(corrupted) - _SHOWN
    return f"{text}, and {hidden} more" if hidden > 0 else text
