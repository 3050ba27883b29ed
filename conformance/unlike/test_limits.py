# SPDX-License-Identifier: BSD-3-Clause
"""A secondary that may do less than the primary: another user, few descriptors, closed ones."""

import pytest

from conformance.unlike.start import all_talk, outcome
from faults.runtime_dir import NOBODY
from targets.scene import Scene


def test_another_user_is_told_why(scene: Scene):
    """A secondary of a user who may not open the primary's files fails in rte_eal_init, and rte_errno
    says why.

    Source: rte_eal.h, rte_eal_init: "-1 and rte_errno is set to a value indicating the cause for failure"
    Since: 18.02   Strength: must
    """
    scene.primary()
    environment = {"RUNTIME_DIRECTORY": scene.isolation.base}
    how = outcome(scene, user=NOBODY, environment=environment)[1]
    assert how == "refused: EACCES"


@pytest.mark.parametrize("most", [4, 6, 8, 10, 12, 16, 24])
def test_few_descriptors_are_enough_or_the_reason(scene: Scene, most: int):
    """A secondary that may open few descriptors attaches and talks, or fails in rte_eal_init with a
    reason, and harms nobody.

    Source: rte_eal.h, rte_eal_init: "-1 and rte_errno is set to a value indicating the cause for failure"
    Since: 18.05   Strength: must
    """
    scene.primary()
    _, how = outcome(scene, limits={"nofile": most})
    scene.secondary()
    assert (how == "ready" or how[:10] == "refused: E", all_talk(scene)) == (True, [])


def test_closed_standard_descriptors_are_no_harm(scene: Scene):
    """A secondary that begins without descriptors 0, 1 and 2, as a daemon may, attaches and talks, and
    what EAL prints reaches no file of the deployment.

    Source: guide, "Multi-process Support": processes "work together in a simple transparent manner"
    Since: 18.05   Strength: observed
    """
    scene.primary()
    daemon = scene.secondary(closed=[0, 1, 2])
    memory = daemon.call("malloc", size=4 << 20).ret
    seen = scene.secondary().call("write_memory", ptr=memory, data=b"x").ret
    assert (seen, all_talk(scene)) == (1, [])
