# SPDX-License-Identifier: BSD-3-Clause
"""Proves that what faults/attack watch --record has written is played by ci/reproduce's player: the same
datagrams in the same order, and what differs is told."""

from __future__ import annotations

from pathlib import Path
from typing import Callable

import pytest

from conformance.applications import tools
from conformance.scenario.play import failure
from conformance.scenario.text import parse
from conformance.verdicts.run import verbs as verbs_of
from faults.attacks.attack_process import Attack
from targets.scene import Scene

MakeScene = Callable[..., Scene]


@pytest.fixture
def recorded(make_scene: MakeScene, tmp_path: Path) -> str:
    """What was said in a pair and with a newcomer, as a scenario."""
    scene = make_scene()
    primary, secondary = scene.primary("--vdev=net_null0"), scene.secondary()
    primary.call("mp_action_register", name="ping", manner="reply", reply_param=b"pong")
    secondary.call("mp_action_register", name="ask", manner="reply", reply_param=b"told")
    secondary.call("mp_action_register", name="deaf", manner="silent")
    path = tmp_path / "field.scenario"
    with Attack(scene, "watch", "--record", str(path), pid=primary.pid) as attack:
        attack.expect("in place")
        secondary.call("mp_request_sync", name="ping", param=b"one", timeout="ample")
        primary.call("mp_request_sync", name="ask", param=b"two", timeout="ample")
        primary.call("mp_request_sync", name="deaf", timeout="brief")
        primary.call("mp_sendmsg", name="note", param=b"three")
        primary.call("dev_probe", devargs="net_null7")
        attack.expect("REP eal_dev_mp_request")
        newcomer = scene.secondary()
        newcomer.call("mp_sendmsg", name="bye")
        attack.expect("MSG bye")
        assert attack.interrupt() == 0
    assert f"written: {path}; ci/reproduce plays it" in attack.said
    scene.close()
    return path.read_text(encoding="utf-8")


def test_it_is_played(recorded: str, make_scene: MakeScene) -> None:
    assert "ghost1 sends request ping to=primary1 param=6f6e65" in recorded
    assert (
        "primary1 does mp_action_register name=ping manner=reply reply_param=706f6e67" in recorded
    )
    assert "begins mp_request_sync name=ask param=74776f timeout=ample" in recorded
    assert "ret=-1 rte_errno=ETIMEDOUT" in recorded
    assert "begins dev_probe devargs=net_null7" in recorded
    # Of two devices, in the newcomer's scan; DPDK does that by itself.
    assert recorded.count("ghost2 gets message bus_vdev_mp") == 2
    assert "mp_sendmsg name=bus_vdev_mp" not in recorded
    scene = make_scene()
    again = failure(parse(recorded, verbs_of(scene.dpdk)), scene)
    assert again is None, str(again)


@pytest.mark.parametrize(
    "old, new",
    [
        ("gets reply ping", "gets ignore ping"),
        ("nb_received=1", "nb_received=2"),
        ("gets message note", "gets message other"),
    ],
)
def test_what_differs_is_told(recorded: str, make_scene: MakeScene, old: str, new: str) -> None:
    assert old in recorded
    scene = make_scene()
    changed = parse(recorded.replace(old, new, 1), verbs_of(scene.dpdk))
    with pytest.raises(AssertionError):
        assert failure(changed, scene) is None


def test_pair_of_testpmd_is_played_without_testpmd(make_scene: MakeScene, tmp_path: Path) -> None:
    field = make_scene()
    primary, _ = tools.pair(field)
    path = tmp_path / "field.scenario"
    with Attack(field, "watch", "--record", str(path), pid=primary.pid) as attack:
        attack.expect("in place")
        assert tools.attach(primary) == "attached"
        third = tools.proc_info(field)
        assert third.ends() == "exit 0"
        assert attack.interrupt() == 0
    field.close()
    recorded = path.read_text(encoding="utf-8")
    assert 'primary1 starts "--vdev=net_ring0"' in recorded
    assert "primary1 begins dev_probe devargs=net_null7" in recorded
    assert "ghost2 sends request bus_vdev_mp" in recorded
    scene = make_scene()
    again = failure(parse(recorded, verbs_of(scene.dpdk)), scene)
    assert again is None, str(again)
