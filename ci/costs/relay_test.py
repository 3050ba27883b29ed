# SPDX-License-Identifier: BSD-3-Clause
"""Proves that ci/benchmark measures what it says, and nothing where requests fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from ci.costs import plot, relay
from ci.costs.figures import Figure
from targets.scene import Scene


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few of each."""
    monkeypatch.setattr(relay, "REQUESTS", 20)
    monkeypatch.setattr(relay, "DATAGRAMS", 50)


def test_each_way_is_measured_once_a_round(scene: Scene) -> None:
    figures, more, where = relay.measure(scene, 2)
    assert len(figures) == 2 * 3 * 3
    assert all(len(figure.plain) == len(figure.other) == 2 for figure in figures)
    # Whoever is asked through a relay has been reached through it, and so the engine has worked.
    assert all(cpu > 0 for engine in more["engine"] for cpu in engine["cpu_us"])
    assert "a relay adds" in where
    scene.close()


def test_failing_requests_are_no_measurement(scene: Scene) -> None:
    primary, secondary = scene.primary(), scene.secondary()
    primary.call("mp_action_count", name="echo", reply=False)
    pair = relay._Pair(secondary, primary)
    with pytest.raises(RuntimeError, match="1 of 1 requests failed"):
        pair._ask(1, "brief")
    scene.close()


def test_a_picture_is_drawn(tmp_path: Path) -> None:
    ways = [("a request", "one relay"), ("a datagram", "one relay"), ("a request", "two relays")]
    figures = [Figure(what, "us", way, [1.0, 2.0], [2.0, 3.0]) for what, way in ways]
    plot.ratios(figures, "relays", tmp_path / "relay.svg")
    assert "divided by without" in (tmp_path / "relay.svg").read_text()
