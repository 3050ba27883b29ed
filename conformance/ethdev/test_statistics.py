# SPDX-License-Identifier: BSD-3-Clause
"""A port's statistics, as programs show them that are no part of the application."""

from __future__ import annotations

import re
from typing import Iterable

import pytest

from conformance.applications import tools
from conformance.ethdev import started, telemetry
from conformance.ethdev.control import FRAMES, forwards
from conformance.ethdev.started import Started
from targets.outcome import need_release
from targets.scene import Scene
from traffic.ports.port import Port

# What dpdk-proc-info calls them.
_SHOWN = {
    "RX-packets": "ipackets",
    "TX-packets": "opackets",
    "RX-bytes": "ibytes",
    "TX-bytes": "obytes",
    "RX-errors": "ierrors",
    "TX-errors": "oerrors",
    "RX-nombuf": "rx_nombuf",
}


def _statistics(up: Started) -> dict[str, int]:
    """The statistics that the owner reads."""
    answer = up.owner.call("eth_stats_get", port_id=up.port_id)
    return {name: answer[name] for name in (*_SHOWN.values(), "imissed")}


def _extended(up: Started) -> dict[str, int]:
    """The extended statistics that the owner reads."""
    names = up.owner.call("eth_xstats_get_names", port_id=up.port_id).xstats_names
    values = up.owner.call("eth_xstats_get", port_id=up.port_id).xstats
    return {names[number]: value for number, value in values}


def _passed(scene: Scene, port: Port) -> Started:
    """A port that some frames have passed."""
    up = started.start(scene, port)
    forwards(up, 1)
    return up


def _of_port(lines: Iterable[str], port_id: int) -> list[str]:
    """The lines that dpdk-proc-info --xstats prints of one port."""
    told: dict[int, list[str]] = {}
    port = -1
    for line in lines:
        head = re.search(r"NIC extended statistics for port +(\d+)", line)
        port = int(head[1]) if head else port
        told.setdefault(port, []).append(line)
    return told.get(port_id, [])


@pytest.mark.parametrize("which", ["stats", "xstats"])
def test_telemetry_tells_what_the_owner_reads(scene: Scene, port: Port, which: str):
    """With a secondary beside it, the telemetry of a primary tells the statistics of a port that the
    primary reads itself.

    Source: guide, "DPDK Telemetry User Guide": "the ability to query DPDK for telemetry information,
    currently including information such as ethdev stats"
    Since: 20.11   Strength: documented
    """
    up = _passed(scene, port)
    if which == "stats":
        need_release(up.owner.greeting.version, (21, 5), ", which has /ethdev/stats")
    scene.secondary()
    told = telemetry.ask(scene, f"/ethdev/{which},{up.port_id}")
    read = {"stats": _statistics, "xstats": _extended}[which](up)
    assert {name: told.get(name) for name in read} == read
    assert _statistics(up)["ipackets"] == FRAMES


def test_proc_info_shows_what_the_owner_reads(scene: Scene, port: Port):
    """dpdk-proc-info --stats shows the statistics of a port that the primary reads.

    Source: tools guide, dpdk-proc-info: "The stats parameter controls the printing of generic port
    statistics."
    Since: 20.11   Strength: documented
    """
    up = _passed(scene, port)
    tool = tools.asked_proc_info(scene, "--stats")
    tool.prints(f"NIC statistics for port {up.port_id}")
    shown: dict[str, int] = {}
    while len(shown) < len(_SHOWN):
        line = tool.prints(r"(RX|TX)-(packets|nombuf): ")
        shown |= {_SHOWN[name]: int(count) for name, count in re.findall(r"(\S+): +(\d+)", line)}
    ended = tool.ends()
    read = _statistics(up)
    assert (shown, ended) == ({name: read[name] for name in shown}, "exit 0")


def test_proc_info_shows_the_extended_ones(scene: Scene, port: Port):
    """dpdk-proc-info --xstats shows the extended statistics of a port that the primary reads.

    Source: tools guide, dpdk-proc-info: "The xstats parameter controls the printing of extended port
    statistics."
    Since: 20.11   Strength: documented
    """
    up = _passed(scene, port)
    tool = tools.asked_proc_info(scene, "--xstats")
    ended = tool.ends()
    lines = (re.fullmatch(r"(\w+): (\d+)", line) for line in _of_port(tool.lines(), up.port_id))
    shown = {found[1]: int(found[2]) for found in lines if found}
    assert (shown, ended) == (_extended(up), "exit 0")
