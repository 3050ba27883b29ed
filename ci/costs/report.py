# SPDX-License-Identifier: BSD-3-Clause
"""The cost table of a ring in words: for a terminal, and for the report."""

from __future__ import annotations

from statistics import median
from typing import Any

from ci.costs import claim
from ci.costs.figures import number
from conformance.rte_ring.cost import ALONE, BURSTS, Costs, Table, by_place
from ci.costs.autotest import Beside
from conformance.rte_ring.api import PAIRS


def text(table: Table, beside: list[Beside]) -> str:
    """A table a place, what becomes of the claim in each column, and DPDK's own figures beside ours."""
    lines = ["cycles an object, in and out: median of the rounds (quartiles)", ""]
    for place, bursts in by_place(table).items():
        head = [place, *(f"{burst} a call" for burst in BURSTS)]
        body = [[mode, *(_cell(bursts[burst][mode]) for burst in BURSTS)] for mode in PAIRS]
        lines += [*_columns([head, *body]), ""]
        if place != ALONE:
            lines += [f"  {burst:>3} a call: {claim.verdict(bursts[burst])}" for burst in BURSTS]
            lines.append("")
    lines += [f"claim, per row of the above: {claim.CLAIM}", ""]
    if beside:
        lines += _beside(beside)
    return "\n".join(lines)


def _cell(costs: Costs) -> str:
    first, third = costs.spread
    return f"{number(costs.median)} ({number(first)}-{number(third)})"


def _beside(beside: list[Beside]) -> list[str]:
    head = ["ring_perf_autotest", "ours", "its own", "ratio", ""]
    body = [
        [
            str(each.cell),
            number(each.ours.median),
            number(median(each.theirs)),
            f"{each.ratio:.2f}",
            "within 10 %" if each.near else f"not near: {each.why}",
        ]
        for each in beside
    ]
    return [*_columns([head, *body]), ""]


def _columns(cells: list[list[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    lines = []
    for first, *others in cells:
        last = others.pop()
        aligned = [cell.rjust(width) for cell, width in zip(others, widths[1:])]
        lines.append("  ".join([first.ljust(widths[0]), *aligned, last]).rstrip())
    return lines


def report(table: Table, beside: list[Beside]) -> dict[str, Any]:
    """For machines."""
    return {
        "cells": [
            {
                **vars(cell),
                "median": costs.median,
                "quartiles": costs.spread,
                "rounds": costs.rounds,
                "preempted": costs.preempted,
            }
            for cell, costs in table.items()
        ],
        "claim": {
            "text": claim.CLAIM,
            "rows": [
                {
                    "place": place,
                    "burst": burst,
                    "verdict": claim.verdict(modes),
                    "ratios": {str(each): each.ratios for each in claim.relations(modes)},
                }
                for place, bursts in by_place(table).items()
                if place != ALONE
                for burst, modes in bursts.items()
            ],
        },
        "ring_perf_autotest": [
            {
                **vars(each.cell),
                "ours": each.ours.median,
                "theirs": each.theirs,
                "ratio": each.ratio,
                "why": each.why,
            }
            for each in beside
        ],
    }
