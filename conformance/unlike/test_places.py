# SPDX-License-Identifier: BSD-3-Clause
"""A secondary that finds the deployment's directories elsewhere, or may only read them."""

import pytest

from conformance.unlike.start import all_talk, explained, outcome
from targets.outcome import Unavailable
from targets.scene import Scene


def test_runtime_directory_of_its_own_is_refused(scene: Scene):
    """A secondary that is told another runtime directory than the primary finds no primary: it fails in
    rte_eal_init, rte_errno says why, and it leaves nothing behind that changes anybody.

    Source: guide, "Running Multiple Independent DPDK Applications": "If $RUNTIME_DIRECTORY is defined in
        the environment, it is used"; rte_eal.h, rte_eal_init: "rte_errno is set"
    Since: 22.03   Strength: must
    """
    scene.primary()
    elsewhere = {"RUNTIME_DIRECTORY": f"{scene.isolation.base}/elsewhere"}
    how = outcome(scene, environment=elsewhere)[1]
    scene.secondary()
    assert how.startswith("refused: E") and all_talk(scene) == []


@pytest.mark.parametrize("place", ["runtime directory", "hugetlbfs"])
def test_what_may_only_be_read_is_enough_or_the_reason(scene: Scene, place: str):
    """A secondary that may not write to the runtime directory or to the hugetlbfs mount attaches, or
    fails in rte_eal_init with a reason; whatever comes of it, all others allocate, attach and talk.

    Source: rte_eal.h, rte_eal_init: "-1 and rte_errno is set to a value indicating the cause for failure"
    Since: 18.05   Strength: must
    """
    primary = scene.primary()
    isolation = scene.isolation
    where = isolation.hugetlbfs if place == "hugetlbfs" else isolation.base
    if where is None:
        raise Unavailable("needs a hugetlbfs mount")
    how = explained(outcome(scene, read_only=[where])[1])
    memory = primary.call("malloc", size=4 << 20).ret
    seen = scene.secondary().call("write_memory", ptr=memory, data=b"x").ret
    talks = all_talk(scene)
    assert (how, seen, talks) in [("ready", 1, []), ("refused", 1, [])]
