# SPDX-License-Identifier: BSD-3-Clause
"""The costs of rings, of relays, and of carrying frames, drawn."""

from __future__ import annotations

from pathlib import Path
from typing import Sequence

import matplotlib

matplotlib.use("Agg")

from matplotlib import pyplot  # noqa: E402

from ci.costs.figures import Figure  # noqa: E402
from conformance.rte_ring.cost import BURSTS, Table, by_place  # noqa: E402

# Those that the claim is about, and those that are made for preempted processes.
DRAWN = ("SP-SC", "MP-SC", "SP-MC", "MP-MC", "RTS-RTS", "HTS-HTS")
_COLOURS = ("#1b7837", "#7fbf7b", "#5ab4ac", "#2166ac", "#b35806", "#e08214")

WITH = "with, divided by without"


def rings(table: Table, title: str, path: Path) -> None:
    """A panel a place, a group of bars a burst, a bar a mode: cycles an object, on a logarithmic scale.
    Bars are medians of the rounds, whiskers their quartiles. Writes a picture; its suffix says of which
    kind."""
    places = by_place(table)
    figure, panels = pyplot.subplots(
        1, len(places), figsize=(5 * len(places), 5), sharey=True, squeeze=False
    )
    width = 0.8 / len(DRAWN)
    for panel, (place, bursts) in zip(panels[0], places.items()):
        for number, (mode, colour) in enumerate(zip(DRAWN, _COLOURS)):
            costs = [bursts[burst][mode] for burst in BURSTS]
            middle = [cost.median for cost in costs]
            whiskers = [
                [cost.median - cost.spread[0] for cost in costs],
                [cost.spread[1] - cost.median for cost in costs],
            ]
            at = [group + (number - (len(DRAWN) - 1) / 2) * width for group in range(len(BURSTS))]
            panel.bar(at, middle, width, yerr=whiskers, color=colour, capsize=2, label=mode)
        panel.set_title(place)
        panel.set_yscale("log")
        panel.set_xticks(range(len(BURSTS)), [str(burst) for burst in BURSTS])
        panel.set_xlabel("objects a call")
        panel.grid(axis="y", which="both", alpha=0.25)
        panel.set_axisbelow(True)
    panels[0][0].set_ylim(1, 1.5 * max(table[cell].spread[1] for cell in table))
    panels[0][0].set_ylabel("cycles an object, in and out")
    figure.legend(
        *panels[0][0].get_legend_handles_labels(),
        loc="lower center",
        ncol=len(DRAWN),
        frameon=False,
    )
    figure.suptitle(title)
    figure.tight_layout(rect=(0, 0.06, 1, 1))
    figure.savefig(path, dpi=120)
    pyplot.close(figure)


def ratios(figures: Sequence[Figure], title: str, path: Path, label: str = WITH) -> None:
    """A line a figure, in a panel for each way: a dot for the ratio of each round, and a bar at their
    median. Writes a picture, as `rings` does."""
    ways = list(dict.fromkeys(figure.way for figure in figures))
    groups = [[figure for figure in figures if figure.way == way] for way in ways]
    drawing, panels = pyplot.subplots(
        len(ways),
        1,
        figsize=(9, 1.2 * len(ways) + 0.35 * len(figures) + 1),
        sharex=True,
        squeeze=False,
        gridspec_kw={"height_ratios": [len(group) + 0.5 for group in groups]},
    )
    for panel, way, group in zip(panels[:, 0], ways, groups):
        for line, figure in enumerate(group):
            panel.plot(figure.ratios, [line] * len(figure.ratios), ".", color="#7fbf7b")
            panel.plot([figure.ratio], [line], "|", color="#1b7837", markersize=14, mew=2)
        panel.axvline(1, color="#888888", linewidth=1)
        panel.set_title(way, loc="left", fontsize=10)
        panel.set_yticks(range(len(group)), [figure.what for figure in group])
        panel.set_ylim(len(group) - 0.5, -0.5)
        panel.grid(axis="x", which="both", alpha=0.25)
        panel.set_axisbelow(True)
    panels[-1][0].set_xscale("log")
    panels[-1][0].set_xlabel(f"{label}, in the same round")
    drawing.suptitle(title)
    drawing.tight_layout()
    drawing.savefig(path, dpi=120)
    pyplot.close(drawing)
