# SPDX-License-Identifier: BSD-3-Clause
"""rte_eal_primary_proc_alive: who is told that the primary lives, and what asking must not do."""

from faults.process import Killed
from targets.scene import Scene


def _alive(peer, path=None) -> int:
    return int(peer.call("eal_primary_proc_alive", config_file_path=path).ret)


def test_secondary_knows_that_the_primary_lives(scene: Scene):
    """A secondary is told that its primary is alive, and once it was killed, that it is not.

    Source: rte_eal.h, rte_eal_primary_proc_alive: "If alive, returns 1. If dead, returns 0."
    Since: 18.05   Strength: must
    """
    primary, secondary = scene.primary(), scene.secondary()
    while_alive = _alive(secondary)
    with Killed(primary):
        assert (while_alive, _alive(secondary)) == (1, 0)


def test_any_deployment_can_be_asked_about(scene: Scene):
    """With the path of a config file it tells about that deployment; an unknown one is not alive.

    Source: rte_eal.h, rte_eal_primary_proc_alive: "config_file_path"
    Since: 18.05   Strength: must
    """
    scene.primary()
    secondary = scene.secondary()
    config = f"{scene.runtime}/config"
    assert (_alive(secondary, config), _alive(secondary, config + "x")) == (1, 0)


def test_asking_opens_nothing(scene: Scene):
    """Asking leaves no descriptor open.

    Source: eal_common_proc.c, rte_eal_primary_proc_alive
    Since: 18.05   Strength: observed
    """
    scene.primary()
    secondary = scene.secondary()
    before = secondary.open_files()
    for _ in range(5):
        _alive(secondary)
    assert secondary.open_files() - before == 0


def test_primary_knows_that_it_lives(scene: Scene):
    """A primary that asks is told that the primary is alive.

    Source: rte_eal.h, rte_eal_primary_proc_alive: "If alive, returns 1. If dead, returns 0."
    Since: 18.05   Strength: must
    """
    assert _alive(scene.primary()) == 1


def test_asking_does_not_hide_the_primary(scene: Scene):
    """After a primary has asked, others are still told that it is alive.

    Source: rte_eal.h, rte_eal_primary_proc_alive: "If alive, returns 1. If dead, returns 0."
    Since: 18.05   Strength: must
    """
    primary, secondary = scene.primary(), scene.secondary()
    _alive(primary)
    assert _alive(secondary) == 1
