# SPDX-License-Identifier: BSD-3-Clause
"""Processes that one of another release refuses: in which words, and what harm they do."""

import os

import pytest

from conformance.mixed.other import Other
from conformance.mixed.refusal import LOCKED, MISMATCH, begins, refusal
from faults.process import Killed, Stopped
from faults.survivors import Survivors
from targets.observed import observed
from targets.scene import Scene

every_role = pytest.mark.parametrize("role", ["secondary", "auto", "primary"])


@observed
def _config(scene: Scene) -> bytes:
    """The configuration that a primary shares with its secondaries."""

    def read() -> bytes:
        with open(f"{scene.runtime}/config", "rb") as config:
            return config.read()

    return scene.isolation.inside(read)


@observed
def _names(scene: Scene) -> list[str]:
    """The names in the runtime directory."""
    return sorted(scene.isolation.inside(os.listdir, scene.runtime))


# -- what the refused one sees ----------------------------------------------------------------------


@pytest.mark.parametrize("role", ["secondary", "auto"])
def test_secondary_of_another_release_is_refused(scene: Scene, other: Other, role: str):
    """A secondary is refused by a primary of another release, in words that name the reason; so is a
    process that asks for "auto" where such a primary lives.

    Source: guide, "Multi-process Support": "Secondary processes should run alongside primary process
        with same DPDK version"; eal.c, rte_config_init
    Since: 19.08   Strength: documented
    """
    scene.primary(dpdk=other.dpdk)
    assert refusal(begins(scene, role)) == MISMATCH


def test_primary_beside_one_of_another_release_is_refused(scene: Scene, other: Other):
    """A primary is refused where one of another release lives in its place: the lock on the configuration
    holds between releases.

    Source: guide, "Deployment Models": a primary and its secondaries share one --file-prefix; eal.c,
        rte_eal_config_create
    Since: 18.05   Strength: observed
    """
    scene.primary(dpdk=other.dpdk)
    assert refusal(begins(scene, "primary")) == LOCKED


@every_role
def test_refusal_says_why(scene: Scene, other: Other, role: str):
    """A process that a primary of another release refuses is told why in rte_errno.

    Source: rte_eal.h, rte_eal_init: "-1 and rte_errno is set to a value indicating the cause for failure"
    Since: 19.08   Strength: must
    """
    scene.primary(dpdk=other.dpdk)
    refused = begins(scene, role).expect("eal_failed")
    assert (refused.ret, refused.rte_errno is not None) == (-1, True)


# -- what it does to the others ---------------------------------------------------------------------


@every_role
def test_refused_process_harms_nobody(scene: Scene, other: Other, role: str):
    """A process of another release that is refused harms nobody: the primary and its secondary go on as
    before, another secondary starts, and nothing is left behind.

    Source: guide, "Multi-process Support"; eal.c, rte_config_init
    Since: 19.08   Strength: observed
    """
    primary, secondary = scene.primary(), scene.secondary()
    survivors = Survivors(scene, primary, (secondary,))
    refused = begins(scene, role, dpdk=other.dpdk)
    assert (refused.alive, survivors.findings()) == (False, {})


@pytest.mark.parametrize("role", ["secondary", "auto"])
def test_refused_secondary_sends_nothing(scene: Scene, other: Other, role: str):
    """A secondary that a primary of another release refuses has sent it nothing, has left no file, and
    has changed nothing in the configuration.

    Source: eal.c, rte_config_init: the versions are compared before anything else of the primary is used
    Since: 19.08   Strength: observed
    """
    primary = scene.primary(dpdk=other.dpdk)
    before = _names(scene), _config(scene)
    with Stopped(primary):
        refused = begins(scene, role)
        sent = scene.queued_at(primary)
        after = _names(scene), _config(scene)
    assert (refused.alive, sent, after == before) == (False, False, True)


def test_refused_primary_changes_nothing(scene: Scene, other: Other, beside: str):
    """A primary that is refused, because one of another release lives in its place, leaves the
    configuration of the living one as it is.

    Source: eal.c, rte_eal_config_create: the file is locked so that only one primary has it
    Since: 18.05   Strength: observed
    """
    scene.primary(dpdk=other.dpdk)
    before = _config(scene)
    assert not begins(scene, "primary").alive
    after = _config(scene)
    assert (len(after) - len(before), after == before) == (0, True)


# -- when the other primary has died ----------------------------------------------------------------


def test_primary_follows_one_of_another_release(scene: Scene, other: Other):
    """A primary starts in the place of one of another release that was killed, and serves secondaries:
    what the dead one has left hinders nobody.

    Source: guide, "Multi-process Support"; eal.c, eal_clean_runtime_dir
    Since: 18.05   Strength: observed
    """
    with Killed(scene.primary(dpdk=other.dpdk)):
        primary = scene.primary()
        assert Survivors(scene, primary, (scene.secondary(),)).findings() == {}


def test_primary_is_refused_while_orphans_of_another_release_live(scene: Scene, other: Other):
    """A primary is refused while a secondary of another release lives whose primary was killed.

    Source: eal_common_fbarray.c: the files of the shared arrays are locked; the guide is silent
    Since: 19.02   Strength: observed
    """
    primary = scene.primary(dpdk=other.dpdk)
    scene.secondary(dpdk=other.dpdk)
    with Killed(primary):
        assert not begins(scene, "primary").alive


def test_primary_that_orphans_refuse_harms_none(scene: Scene, other: Other):
    """A primary that is refused, because a secondary of another release lives whose primary was killed,
    changes nothing for that one: it still allocates.

    Source: eal_common_fbarray.c: who finds the shared arrays locked keeps away; rte_malloc.h, rte_malloc
    Since: 19.02   Strength: observed
    """
    primary, orphan = scene.primary(dpdk=other.dpdk), scene.secondary(dpdk=other.dpdk)
    with Killed(primary):
        begins(scene, "primary")
        assert orphan.call("malloc", size=64).ret is not None
