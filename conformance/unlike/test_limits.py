# SPDX-License-Identifier: BSD-3-Clause
"""A secondary that may do less than the primary: another user, few descriptors, closed ones."""

from conformance.roles import both_roles
from conformance.unlike.start import all_talk, outcome, outcomes_within
from faults.call import CallFails, breakable
from faults.runtime_dir import nobody
from targets.outcome import Inconclusive
from targets.peer import EAL_FAILED
from targets.scene import Scene

# Of each of them another step of rte_eal_init is the first that gets no descriptor; the last is enough.
FEW = range(4, 40)


def test_another_user_is_told_why(scene: Scene):
    """A secondary of a user who may not open the primary's files fails in rte_eal_init, and rte_errno
    says why.

    Source: rte_eal.h, rte_eal_init: "-1 and rte_errno is set to a value indicating the cause for failure"
    Since: 18.02   Strength: must
    """
    scene.primary()
    how = outcome(scene, **nobody(scene))[1]
    assert how == "refused: EACCES"


def test_few_descriptors_are_enough_or_the_reason(scene: Scene):
    """A secondary that may open few descriptors attaches, or fails in rte_eal_init with a reason; however
    many that are, it harms nobody.

    Source: rte_eal.h, rte_eal_init: "-1 and rte_errno is set to a value indicating the cause for failure"
    Since: 18.05   Strength: must
    """
    scene.primary()
    outcomes = outcomes_within(scene, "nofile", FEW)
    scene.secondary()
    # Who gets the last descriptor is chance, and an abort for want of it is the next clause's.
    unexplained = {how for how in outcomes if how.startswith("refused") and "None" in how}
    assert (unexplained, all_talk(scene)) == (set(), [])


@both_roles
def test_interrupt_thread_without_a_descriptor_is_an_error(scene: Scene, role: str):
    """A process whose interrupt thread gets no descriptor (EMFILE) fails in rte_eal_init, or goes on
    without it; it does not abort.

    Source: rte_eal.h, rte_eal_init: "-1 and rte_errno is set to a value indicating the cause for failure"
    Since: 18.05   Strength: must
    """
    if role == "secondary":
        scene.primary()
    peer = breakable(scene).start(role, hold=True)
    peer.may_end(code=EAL_FAILED)
    fault = CallFails(peer, "epoll_create", "EMFILE")
    fault.inject()
    peer.call("eal_init")
    if peer.initialised() and not fault.bites:
        raise Inconclusive("no interrupt thread has asked for a descriptor of epoll")


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
