# SPDX-License-Identifier: BSD-3-Clause
"""--proc-type=auto: what a process becomes beside a primary that runs, starts, is stopped or has died."""

from pathlib import Path

import pytest

from faults.call import CallHeld, breakable
from faults.process import Killed, Stopped
from targets.peer import Peer
from targets.scene import Scene

# enum rte_proc_type_t
ROLES = {0: "primary", 1: "secondary"}


def _role(peer: Peer) -> str:
    """What a process has become; it has been started as "auto"."""
    return ROLES[peer.expect("ready").process_type]


def test_auto_alone_is_a_primary(scene: Scene):
    """A process that is started as auto, where no other one is, becomes a primary.

    Source: guide, "Memory Sharing": "a DPDK process is started as a secondary instance if a primary
        instance is already running"
    Since: 1.2.3   Strength: documented
    """
    assert _role(scene.start("auto")) == "primary"


def test_auto_beside_a_primary_is_a_secondary(scene: Scene):
    """A process that is started as auto beside a primary becomes its secondary, and is answered by it.

    Source: guide, "Memory Sharing": "a DPDK process is started as a secondary instance if a primary
        instance is already running"
    Since: 1.2.3   Strength: documented
    """
    primary = scene.primary()
    primary.call("mp_action_register", name="ping", manner="reply")
    auto = scene.start("auto")
    r = (_role(auto), auto.call("mp_request_sync", name="ping", timeout="ample").nb_received)
    assert r == ("secondary", 1)


def test_auto_beside_a_stopped_primary_is_a_secondary(scene: Scene):
    """A process that is started as auto beside a primary that is stopped becomes no second primary.

    Source: guide, "Memory Sharing": "a DPDK process is started as a secondary instance if a primary
        instance is already running"
    Since: 18.05   Strength: documented
    """
    with Stopped(scene.primary()):
        role = _role(scene.start("auto"))
    assert role == "secondary"


def test_auto_beside_a_primary_that_starts_waits_for_it(scene: Scene):
    """A process that is started as auto beside a primary that has not yet come to the end of
    rte_eal_init waits for that, and becomes its secondary.

    Source: eal.c, rte_config_init, eal_mcfg_wait_complete: a secondary waits for the primary; guide,
        "Memory Sharing"
    Since: 1.2.3   Strength: observed
    """
    primary = breakable(scene).start("primary", hold=True)
    with CallHeld(primary, "socket") as held:
        primary.call("eal_init")
        held.wait()
        auto = scene.start("auto")
        maps, config = Path(f"/proc/{auto.pid}/maps"), f"{scene.prefix}/config"
        scene.wait_until(lambda: config in maps.read_text(), "auto has mapped the configuration")
        early = auto.said("ready")
    primary.expect("ready")
    assert (early, _role(auto)) == (False, "secondary")


@pytest.mark.parametrize("how", ["killed", "left"])
def test_auto_after_a_primary_is_a_primary(scene: Scene, how: str):
    """A process that is started as auto after the primary has gone, and no other one lives, becomes a
    primary.

    Source: guide, "Memory Sharing": "a DPDK process is started as a secondary instance if a primary
        instance is already running"
    Since: 1.2.3   Strength: documented
    """
    primary = scene.primary()
    if how == "left":
        primary.stop()
        assert _role(scene.start("auto")) == "primary"
    else:
        with Killed(primary):
            assert _role(scene.start("auto")) == "primary"
