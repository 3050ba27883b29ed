# SPDX-License-Identifier: BSD-3-Clause
"""Measures how many frames a second a hand sends, receives and checks, beside what Scapy's sendp sends
on the same wire, in turns."""

from __future__ import annotations

import time
from statistics import median
from typing import Any, Sequence

from pyroute2 import IPRoute
from scapy.layers.l2 import Ether
from scapy.packet import Packet
from scapy.sendrecv import sendp

from ci.costs.figures import Figure, number
from targets.scene import Scene
from traffic.fast import Hand, Report
from traffic.frame import build

ROUNDS = 7
# The least that a round may carry: nobody can count on a figure of fewer.
FRAMES = 1_000_000
BY_SENDP = 4000
LENGTH = 64
WINDOW = 256
WIRE = "lo"

HEAD = ("", "sendp", "hand", "ratio", "rounds", "wanted")
WAY = "a hand, out and back, each frame checked"


def measure(scene: Scene, rounds: int) -> tuple[list[Figure], dict[str, Any], str]:
    """The figures, what else is to be known for the report, and the account, for people.

    RuntimeError where a frame is not accounted for: then nothing is measured.
    """
    scene.need_network()
    scene.isolation.inside(_set_up)
    frames = build(0, 0, BY_SENDP, LENGTH)
    packets = [Ether(frame) for frame in frames]
    by_packets, by_bytes, by_hand = [], [], []
    reports: list[Report] = []
    hand = Hand(WIRE)
    scene.isolation.inside(hand.__enter__)
    try:
        for turn in range(rounds):
            by_packets.append(scene.isolation.inside(_sendp, packets))
            by_bytes.append(scene.isolation.inside(_sendp, frames))
            first = build(1, turn * FRAMES, 1, LENGTH)
            reports.append(_whole(hand.carry(first, FRAMES, WINDOW, scene.speed.ample_s)))
            by_hand.append(reports[-1].per_s)
    finally:
        hand.__exit__()
    figures = [
        Figure(f"sendp of packets, {LENGTH} bytes", "/s", WAY, by_packets, by_hand, ">= 100"),
        Figure(f"sendp of built bytes, {LENGTH} bytes", "/s", WAY, by_bytes, by_hand),
    ]
    more = {
        "frames": FRAMES * rounds,
        "unaccounted": 0,
        "books_bytes": reports[-1].books_bytes,
        "times_ns": [vars(report.times) for report in reports],
    }
    return figures, more, _told(reports)


def _set_up() -> None:
    with IPRoute() as netlink:
        netlink.link("set", index=netlink.link_lookup(ifname=WIRE)[0], state="up")


def _sendp(frames: Sequence[bytes] | Sequence[Packet]) -> float:
    """Frames a second that sendp sends. Nobody receives them."""
    began_s = time.monotonic()
    sendp(frames, iface=WIRE, verbose=False)
    return len(frames) / (time.monotonic() - began_s)


def _whole(report: Report) -> Report:
    found = report.account()
    if report.inconclusive or report.unsent or not found.exact:
        raise RuntimeError(f"{report.inconclusive or found}: nothing is measured")
    return report


def _told(reports: Sequence[Report]) -> str:
    times = [
        f"{name} {number(median(getattr(report.times, f'{name}_ns') for report in reports) / 1000)}"
        for name in ("min", "p50", "p99", "max")
    ]
    return "\n".join(
        [
            f"{FRAMES * len(reports):,} frames, {FRAMES:,} a round: 0 unaccounted.",
            f"  under way (us): {', '.join(times)}, with {WINDOW} in flight",
            f"  books: {reports[-1].books_bytes:,} bytes for {FRAMES:,} frames",
        ]
    )
