# SPDX-License-Identifier: BSD-3-Clause
"""The hand against a mirror that loses, doubles, swaps and damages frames at full rate, in a network
namespace of its own. What it must tell is what the slow account makes of the same arrivals."""
from __future__ import annotations

import contextlib
import itertools
import os
import random
import signal
import subprocess
import tempfile
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Iterator, Sequence, cast

import pytest
from scapy.utils import rdpcap

from traffic.account import Account, Window, account
from traffic.arrival import Corrupt, Frame
from traffic.fast import Corrupts, Hand, Report
from traffic.frame import build, parse
from traffic.ports.pcap import Pcap
from traffic.private_net import in_private_network
from traffic.program import Program
from traffic.ranges import Ranges, ranges_of
from traffic.wire import Wire, WireError

WINDOW = 512
# A busy machine must not look like a frame that was lost.
SILENCE_S = 2.0
_pairs = itertools.count()
STRANGER = bytes.fromhex("ffffffffffff 020000000001 88b6") + bytes(46)


@dataclass
class Plan:
    """What a mirror is to do to the frames of `flows`, by their place in the order sent.

    replace, add: the bytes that come in place of a frame, and after it.
    """

    flows: Sequence[bytes]
    count: int
    lose: set[int] = field(default_factory=set)
    twice: set[int] = field(default_factory=set)
    late: set[int] = field(default_factory=set)
    replace: dict[int, bytes] = field(default_factory=dict)
    add: dict[int, bytes] = field(default_factory=dict)

    def number(self, place: int) -> Frame:
        """The frame at this place."""
        first = parse(self.flows[place % len(self.flows)])
        assert isinstance(first, Frame)
        return Frame(first.flow, first.seq + place // len(self.flows))

    def bytes_of(self, place: int) -> bytes:
        """The bytes of the frame at this place."""
        frame, length = self.number(place), len(self.flows[place % len(self.flows)])
        return build(frame.flow, frame.seq, 1, length)[0]

    @property
    def total(self) -> int:
        return self.count * len(self.flows)

    def told(self) -> dict[str, Any]:
        """The command for the mirror."""
        return {
            "count": self.total,
            "late_by": len(self.flows),
            "lose": sorted(self.lose),
            "twice": sorted(self.twice),
            "late": sorted(self.late),
            "replace_at": list(self.replace),
            "replace_by": [data.hex() for data in self.replace.values()],
            "add_after": list(self.add),
            "add": [data.hex() for data in self.add.values()],
        }

    def expected(self) -> Account:
        """The account that traffic/account.py makes of what the mirror sends."""
        sent = [self.number(place) for place in range(self.total)]
        after: dict[int, list[Frame | Corrupt | None]] = defaultdict(list)
        for place, data in self.add.items():
            after[place].append(self._seen(data))
        came: list[Frame | Corrupt | None] = []
        for place, frame in enumerate(sent):
            if place in self.replace:
                came.append(self._seen(self.replace[place]))
            elif place in self.late:
                after[place + len(self.flows)].append(frame)
            elif place not in self.lose:
                came.append(frame)
            if place in self.twice:
                after[place].append(frame)
            came += after[place]
        numbers = [(frame.flow, frame.seq) for frame in sent]
        return account(numbers, [one for one in came if one is not None])

    def _seen(self, data: bytes) -> Frame | Corrupt | None:
        found = parse(data)
        lengths = {self.number(i).flow: len(flow) for i, flow in enumerate(self.flows)}
        if isinstance(found, Frame) and found.flow in lengths:
            if (data[:14], len(data)) != (self.flows[0][:14], lengths[found.flow]):
                return Corrupt("not as built", data, found.flow, found.seq)
        return found


def unfaithful(seed: int) -> Plan:
    """A plan of all kinds of faults, at places and with bytes that the seed chooses."""
    chosen = random.Random(seed)
    lengths: tuple[int, ...] = chosen.choice([(60,), (64, 512, 1514), (60, 61)])
    flows = [
        build(7 * i, chosen.choice((0, 2**40)), 1, size)[0] for i, size in enumerate(lengths)
    ]
    plan = Plan(flows, 150_000 // len(flows))
    # Apart from each other, so that a fault is one fault.
    places = [place * 16 for place in chosen.sample(range(1, plan.total // 16 - 1), 400)]
    plan.lose, plan.twice, plan.late = set(places[:90]), set(places[90:180]), set(places[180:270])
    for place in places[270:380]:
        plan.replace[place] = damaged(chosen, plan.bytes_of(place))
    for place in places[380:]:
        plan.add[place] = chosen.choice(
            [STRANGER, *build(999, place, 1), *build(0, 2**50, 1, 60)]
        )
    return plan


def damaged(chosen: random.Random, frame: bytes) -> bytes:
    """The frame with a byte of it changed, its tail cut off, or that of an older one."""
    how = chosen.choice(("byte", "padding", "cut", "torn", "long"))
    if how == "cut":
        return frame[: chosen.randrange(14, len(frame))]
    if how == "long":
        return frame + b"\0"
    at = chosen.randrange(31, len(frame)) if how == "padding" else chosen.randrange(len(frame))
    if how == "torn":
        return frame[:40] + bytes(len(frame) - 40)
    at += at == 14  # Which is for those that work on a frame to change.
    return frame[:at] + bytes([frame[at] ^ chosen.randrange(1, 256)]) + frame[at + 1 :]


@contextlib.contextmanager
def two_ends() -> Iterator[tuple[str, str]]:
    port = Pcap(f"g{next(_pairs)}")
    port.prepare()
    yield port.iface, port.wire


@contextlib.contextmanager
def mirroring(interface: str, plan: Plan) -> Iterator[Program]:
    mirror = Program("mirror", interface)
    try:
        mirror.tell("mirror", **plan.told())
        mirror.hear(lambda event: bool(event["event"] == "mirroring"))
        yield mirror
    finally:
        mirror.end()


def carried(plan: Plan, **limits: Any) -> Report:
    with two_ends() as (near, far), mirroring(far, plan) as mirror, Hand(near) as hand:
        report = hand.carry(plan.flows, plan.count, WINDOW, SILENCE_S, **limits)
        told = mirror.hear(lambda event: False)
    assert (report.unsent, report.inconclusive, told["dropped"]) == (0, None, 0)
    assert told["taken"] == plan.total
    return report


def names(found: Account) -> dict[str, Any]:
    """An account, to be compared."""
    corrupted = sorted((one.flow or 0, one.seq or 0) for one in found.corrupted)
    kinds = (found.lost, found.doubled, found.disordered, found.invented)
    return {
        "counts": (found.sent, found.received),
        "kinds": [tuple(kind) for kind in kinds],
        "": corrupted,
    }


# What runs inside the namespace


def all_that_comes_is_accounted() -> None:
    plan = Plan([build(flow, 5, 1, size)[0] for flow, size in enumerate((60, 512, 1514))], 100_000)
    report = carried(plan)
    assert str(report.account()) == "sent 300000, received 300000: exact"
    assert (report.worked, report.strange, report.foreign) == ({0: 300_000}, (), 0)
    assert report.times.count == 300_000
    times = report.times
    assert 0 < times.min_ns <= times.p50_ns <= times.p99_ns <= times.max_ns <= report.ran_ns
    assert 2 * 300_000 / 8 < report.books_bytes < 2 * 300_000 / 8 + 2**20


def faults_are_named() -> None:
    for seed in range(int(os.environ["SEED"]), int(os.environ["SEED"]) + 2):
        plan = unfaithful(seed)
        report, expected = carried(plan), plan.expected()
        assert all((expected.lost, expected.doubled, expected.disordered, expected.corrupted))
        assert names(report.account()) == names(expected), seed
        kinds = {each.kind for each in report.strange}
        assert kinds == {"corrupt", "invented", "doubled", "foreign"}, seed


def a_storm_is_counted_and_not_kept() -> None:
    plan = Plan([build(0, 0, 1)[0]], 1000, twice=set(range(900)))
    report = carried(plan, keep=3)
    assert len(report.strange) == 3
    assert str(report.account()).endswith("doubled 900: flow 0 seq 0..899")


def strange_frames_are_explained() -> None:
    flow = build(3, 0, 1)[0]
    plan = Plan([flow], 10, twice={1}, add={2: STRANGER, 3: build(4, 44, 1)[0]})
    plan.replace = {4: plan.bytes_of(4)[:-1] + b"\xff", 5: b"\0" * 6 + plan.bytes_of(5)[6:]}
    report = carried(plan)
    path = Path(tempfile.mkdtemp()) / "strange.pcapng"
    report.keep(path)
    packets = rdpcap(str(path))
    path.unlink()
    path.parent.rmdir()
    assert [bytes(packet) for packet in packets] == [each.data for each in report.strange]
    assert abs(float(packets[0].time) - time.time()) < 60
    words = [packet.comment.decode().strip() for packet in packets]
    assert words[0] == "doubled: flow 3 seq 1 worked 0, 64 bytes, whole"
    assert words[1] == "foreign: not ours: ethertype 0x88b6, 60 bytes"
    assert words[2] == "invented: flow 4 seq 44 worked 0, 64 bytes, whole"
    assert words[3].startswith("corrupt: corrupt: claims flow 3 seq 4 (crc 0x")
    assert "header 000000000000" in str(report.account().corrupted[1])


def a_ring_that_overflows_is_our_own_loss() -> None:
    with two_ends() as (near, far), Wire(far) as other, Hand(near) as hand:
        with ThreadPoolExecutor(1) as thread:
            running = thread.submit(hand.carry, build(0, 0, 1), 10, 10, 1.0, rx_frames=1)
            deadline_ns = time.monotonic_ns() + 10**10
            assert other.receive(deadline_ns)  # It has begun.
            os.kill(hand.pid, signal.SIGSTOP)
            for _ in range(20):
                assert len(other.send([STRANGER] * 100)) == 100
            os.kill(hand.pid, signal.SIGCONT)
            report = running.result()
    assert report.dropped > 0
    assert report.inconclusive == f"the hand's own ring dropped {report.dropped} frames"
    assert (report.sent, len(report.lost), report.foreign) == (10, 10, 2000 - report.dropped)


def a_full_window_ends_in_silence() -> None:
    with two_ends() as (near, _), Hand(near) as hand:
        report = hand.carry(build(0, 0, 1), 100, 30, 0.2)
    assert (report.sent, report.unsent, str(report.account())) == (
        30,
        70,
        "sent 30, received 0: lost 30: flow 0 seq 0..29",
    )


def a_hand_ends_with_its_owner() -> None:
    with two_ends() as (near, _):
        program = Program("hand", near)
        order: dict[str, Any] = {
            "flows": [build(0, 0, 1)[0].hex()],
            "count": 9,
            "window": 1,
            "linger_ns": 0,
        }
        program.tell("carry", **order, silence_ns=10**12)
        assert program.end() == 0


def a_hand_that_is_killed_is_told() -> None:
    with two_ends() as (near, _), Hand(near) as hand:
        os.kill(hand.pid, signal.SIGTERM)
        with pytest.raises(WireError, match="wire 'g0': the hand has ended with -15"):
            hand.carry(build(0, 0, 1), 9, 1, 1000.0)


def bad_input_is_one_line() -> None:
    flow = build(0, 0, 1)[0]
    with two_ends() as (near, _), Hand(near) as hand:
        wrong: list[tuple[list[bytes], int, int, float, str]] = [
            ([], 1, 1, 1.0, "0 flows of 1 frames; there must be 1 to"),
            ([flow], 1, 0, 1.0, "window is 0; it must be 1 to"),
            ([flow], 0, 1, 1.0, "count is 0; it must be 1 to"),
            ([flow], 1, 1, 0.0, "silence_ns is 0; it must be 1 to"),
            ([flow], 1, 1, -1.0, "silence_ns"),
            ([flow[:50]], 1, 1, 1.0, "it has not 60 to 65535 bytes"),
            ([STRANGER], 1, 1, 1.0, "it is no whole numbered frame"),
            ([flow, flow], 1, 1, 1.0, "flow 1 of this list: another has its flow"),
            (build(0, 2**64 - 1, 1), 2, 1, 1.0, "go beyond 2"),
        ]
        for flows, count, window, silence_s, why in wrong:
            with pytest.raises(WireError, match=why) as raised:
                hand.carry(flows, count, window, silence_s)
            assert "\n" not in str(raised.value)
        subprocess.run(["ip", "link", "set", near, "mtu", "100"], check=True)
    with Hand(near) as hand:
        with pytest.raises(WireError, match="it has 200 bytes, and the MTU of g0 is 100"):
            hand.carry(build(0, 0, 1, 200), 1, 1, 1.0)


@pytest.mark.parametrize(
    "function",
    [
        all_that_comes_is_accounted,
        a_storm_is_counted_and_not_kept,
        strange_frames_are_explained,
        a_ring_that_overflows_is_our_own_loss,
        a_full_window_ends_in_silence,
        a_hand_ends_with_its_owner,
        a_hand_that_is_killed_is_told,
        bad_input_is_one_line,
    ],
)
def test_hand(function: Any) -> None:
    in_private_network(function)


@pytest.mark.parametrize("seed", [0, 2, 4])
def test_faults_are_named(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEED", str(seed))
    in_private_network(faults_are_named)


def test_an_interface_that_is_not_there_is_one_line() -> None:
    with pytest.raises(WireError, match="expected success, found ENODEV") as raised, Hand("none0"):
        pass
    assert "\n" not in str(raised.value)


def test_a_hand_that_is_not_built_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAUNTLET_HAND", "/none")
    with pytest.raises(WireError, match="no hand at /none: build"), Hand("lo"):
        pass


def test_what_a_fault_may_lose_is_excused() -> None:
    lost = ranges_of([(0, 5, 9)])
    report = _report(lost)
    found = report.account([Window(0, 5, 7, 3, "killed")])
    assert (tuple(found.lost), len(found.excused)) == (((0, 8), (0, 9)), 3)


def test_what_has_no_name_is_wrong_too() -> None:
    found = _report(Ranges(), unnamed=7).account()
    assert not found.exact
    assert str(found) == "sent 10, received 10: and 7 more that are not named"


def test_corrupt_frames_that_are_not_kept_are_counted() -> None:
    kept = Corrupt("why", b"x", 0, 1)
    found = Corrupts([kept], ranges_of([(0, 2, 3)]), 1)
    assert [(one.flow, one.seq) for one in found] == [(0, 1), (0, 2), (0, 3), (None, None)]
    assert (len(found), found[0], found[-1].flow) == (4, kept, None)


def _report(lost: Ranges, unnamed: int = 0) -> Report:
    with_nothing = Corrupts([], Ranges(), 0)
    told: dict[str, Any] = dict.fromkeys(Report.__dataclass_fields__, 0)
    wrong = dict.fromkeys(("doubled", "disordered", "invented"), Ranges())
    told |= {**wrong, "corrupted": with_nothing, "sent": 10, "received": 10}
    made: Any = Report
    return cast(Report, made(**{**told, "lost": lost, "unnamed": unnamed}))
