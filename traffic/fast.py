# SPDX-License-Identifier: BSD-3-Clause
"""The fast account: a hand of C++ (traffic/hand/) carries frames at full rate, and checks each one.

Scapy builds the first frame of each flow and explains what is wrong; what lies between is the hand's.
"""
from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Iterator, Mapping, Sequence, overload

from traffic.account import Account, Window, excuse
from traffic.arrival import Corrupt
from traffic.frame import explain, parse
from traffic.pcapng import LINKTYPE_ETHERNET, Pcapng
from traffic.program import Program
from traffic.ranges import Ranges, ranges_of


@dataclass(frozen=True)
class Strange:
    """A frame that should not have come, and when (CLOCK_MONOTONIC ns): one of the first of its kind.

    kind: corrupt, invented, doubled, or foreign, which is none of ours.
    """

    kind: str
    at_ns: int
    data: bytes

    def __str__(self) -> str:
        return f"{self.kind}: {explain(self.data).partition(chr(10))[0]}"


@dataclass(frozen=True)
class Times:
    """How long frames were under way, of those that came once or first; p50 and p99 to 1/32."""

    count: int
    min_ns: int
    p50_ns: int
    p99_ns: int
    max_ns: int


class Corrupts(Sequence[Corrupt]):
    """Corrupt frames: the first with their bytes; of the others what they claim, then those that claim
    nothing."""

    def __init__(self, kept: Sequence[Corrupt], claims: Ranges, nameless: int) -> None:
        self._kept = tuple(kept)
        self._claims = claims
        self._nameless = nameless

    def __len__(self) -> int:
        return len(self._kept) + len(self._claims) + self._nameless

    def __iter__(self) -> Iterator[Corrupt]:
        yield from self._kept
        for flow, seq in self._claims:
            yield Corrupt("its bytes are not kept", b"", flow, seq)
        for _ in range(self._nameless):
            yield Corrupt("its bytes are not kept", b"")

    @overload
    def __getitem__(self, at: int) -> Corrupt:
        ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[Corrupt]:
        ...

    def __getitem__(self, at: int | slice) -> Corrupt | Sequence[Corrupt]:
        return tuple(self)[at]


@dataclass(frozen=True)
class Report:
    """What became of a run.

    lost ... invented  as in Account; `lost` has what may be lost, too
    unsent, dropped    frames that were never sent, because the window stayed full; frames that the
                       hand's own ring had no room for
    foreign            how many frames were none of ours
    strange            of each kind the first frames that should not have come, whole
    worked             how many whole frames came with each value of the byte `worked`
    ran_ns             from the first frame sent to the last that came
    books_bytes        the memory that the hand took for its books
    """

    sent: int
    received: int
    lost: Ranges
    doubled: Ranges
    disordered: Ranges
    corrupted: Corrupts
    invented: Ranges
    unnamed: int
    unsent: int
    dropped: int
    foreign: int
    strange: tuple[Strange, ...]
    worked: Mapping[int, int]
    times: Times
    ran_ns: int
    books_bytes: int

    @property
    def inconclusive(self) -> str | None:
        """The reason why this report proves nothing about DPDK, or None."""
        if self.dropped:
            return f"the hand's own ring dropped {self.dropped} frames"
        return None

    @property
    def per_s(self) -> float:
        """Frames a second, out and back."""
        return self.received / self.ran_ns * 1e9 if self.ran_ns else 0.0

    def account(self, may_lose: Sequence[Window] = ()) -> Account:
        """Return the account, as `traffic.account.account` would."""
        lost, excused = excuse(self.lost, may_lose) if may_lose else (self.lost, ())
        return Account(
            sent=self.sent,
            received=self.received,
            lost=lost,
            doubled=self.doubled,
            disordered=self.disordered,
            corrupted=self.corrupted,
            invented=self.invented,
            excused=excused,
            unnamed=self.unnamed,
        )

    def keep(self, path: Path) -> None:
        """Write the strange frames to a pcapng file, each with a line that explains it."""
        since_1970_ns = time.time_ns() - time.monotonic_ns()
        file = Pcapng(path, LINKTYPE_ETHERNET)
        for each in self.strange:
            file.add(since_1970_ns + each.at_ns, each.data, str(each))
        file.close()


class Hand:
    """The hand on an interface; a context manager. It is a process of the network namespace in which the
    block is entered, and ends with the block, however that ends.

    WireError when the interface is not there, not up, or not allowed, and for what the hand refuses.
    """

    def __init__(self, interface: str) -> None:
        self._interface = interface

    def __enter__(self) -> Hand:
        self._program = Program("hand", self._interface)
        return self

    def __exit__(self, *_: object) -> None:
        self._program.end()

    @property
    def pid(self) -> int:
        """The pid of the process."""
        return self._program.pid

    def carry(
        self,
        flows: Sequence[bytes],
        count: int,
        window: int,
        silence_s: float,
        linger_s: float = 0.0,
        *,
        on_progress: Callable[[int, int], None] = lambda sent, back: None,
        **limits: int,
    ) -> Report:
        """Send `count` frames of each flow, one of each in turn, with at most `window` in flight.

        flows        the first frame of each, as `frame.build` makes it
        silence_s    the only timeout: it gives up when nothing new came for this long
        linger_s     how long it listens on after the last frame came
        on_progress  called about once a second with how many were sent, and how many are back
        limits       rx_frames: how many may wait for the hand; keep: how many strange ones of a kind
        """

        def progress(event: dict[str, Any]) -> bool:
            on_progress(event["sent"], event["back"])
            return False

        self._program.tell(
            "carry",
            flows=[flow.hex() for flow in flows],
            count=count,
            window=window,
            silence_ns=int(silence_s * 1e9),
            linger_ns=int(linger_s * 1e9),
            **limits,
        )
        return _report(self._program.hear(progress), flows)


def _report(told: Mapping[str, Any], flows: Sequence[bytes]) -> Report:
    strange = tuple(
        Strange(each["kind"], each["at"], bytes.fromhex(each["frame"])) for each in told["kept"]
    )
    corrupt = [_corrupt(each.data, flows) for each in strange if each.kind == "corrupt"]
    took = told["took_ns"]
    return Report(
        sent=told["sent"],
        received=told["received"],
        lost=ranges_of(told["lost"]),
        doubled=ranges_of(told["doubled"]),
        disordered=ranges_of(told["disordered"]),
        corrupted=Corrupts(corrupt, ranges_of(told["claims"]), told["nameless"]),
        invented=ranges_of(told["invented"]),
        unnamed=told["unnamed"],
        unsent=told["unsent"],
        dropped=told["dropped"],
        foreign=told["foreign"],
        strange=strange,
        worked={value: count for value, count in told["worked"]},
        times=Times(took["count"], took["min"], took["p50"], took["p99"], took["max"]),
        ran_ns=told["ran_ns"],
        books_bytes=told["books_bytes"],
    )


def _corrupt(data: bytes, flows: Sequence[bytes]) -> Corrupt:
    """Why a frame is corrupt: its checksum, or it is another one than was built."""
    found = parse(data)
    if isinstance(found, Corrupt):
        return found
    assert found is not None
    built = {flow[15:19]: flow for flow in flows}[data[15:19]]
    why = f"header {data[:14].hex()} in {len(data)} bytes, expected {built[:14].hex()} in {len(built)}"
    return Corrupt(why, data, found.flow, found.seq)
