# SPDX-License-Identifier: BSD-3-Clause
"""The telemetry of a primary is heard, and a command that it does not know is answered with nothing."""

from __future__ import annotations

import pytest

from conformance.ethdev import telemetry
from targets.scene import Scene


def test_telemetry_is_heard(scene: Scene) -> None:
    primary = scene.primary()
    assert telemetry.ask(scene, "/info")["version"] == primary.greeting.dpdk
    assert telemetry.ask(scene, "/nosuch,0") is None
    scene.close()


def test_no_telemetry_is_told(scene: Scene) -> None:
    scene.start("primary", "--no-telemetry").expect("ready")
    with pytest.raises(FileNotFoundError):
        telemetry.ask(scene, "/info")
    scene.close()
