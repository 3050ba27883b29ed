# SPDX-License-Identifier: BSD-3-Clause
"""rte_mp_disable: when a primary may shut its door to secondaries, and what that means."""

from conformance.roles import both_roles, pair, subject
from faults.ghost import Ghost
from targets.scene import Scene


def test_lone_primary_can_disable(scene: Scene):
    """A primary to which no secondary has attached can disable multi-process, more than once.

    Source: rte_eal.h, rte_mp_disable: "true: Multi-process support has been disabled"
    Since: 20.11   Strength: must
    """
    primary = scene.primary()
    assert [primary.call("mp_disable").ret for _ in range(2)] == [True, True]


def test_disabled_primary_refuses_secondaries(scene: Scene):
    """After rte_mp_disable no secondary can attach: its rte_eal_init fails.

    Source: rte_eal.h, rte_mp_disable
    Since: 20.11   Strength: must
    """
    primary = scene.primary()
    primary.call("mp_disable")
    assert scene.failing("secondary").ret == -1


def test_attached_secondary_forbids_disabling(scene: Scene):
    """With a secondary attached rte_mp_disable returns false, and the next secondary can attach.

    Source: rte_eal.h, rte_mp_disable: "The function may fail if a secondary process is attached"
    Since: 20.11   Strength: must
    """
    primary, _ = scene.primary(), scene.secondary()
    assert primary.call("mp_disable").ret is False
    assert scene.secondary().alive


def test_departed_secondary_forbids_disabling(scene: Scene):
    """Once a secondary has attached, rte_mp_disable returns false also after it has left.

    Source: eal_common_mcfg.c, set_mp_status
    Since: 20.11   Strength: observed
    """
    primary, secondary = scene.primary(), scene.secondary()
    secondary.stop()
    assert primary.call("mp_disable").ret is False


def test_secondary_cannot_disable(scene: Scene):
    """A secondary cannot disable multi-process.

    Source: rte_eal.h, rte_mp_disable
    Since: 20.11   Strength: must
    """
    assert subject(scene, "secondary").call("mp_disable").ret is False


def test_disabling_leaves_ipc_running(scene: Scene):
    """rte_mp_disable stops no IPC: registering, sending and asking work as before.

    Source: eal_common_proc.c: nothing there asks for it
    Since: 20.11   Strength: observed
    """
    primary = scene.primary()
    primary.call("mp_disable")
    registered = primary.call("mp_action_register", name="ping")
    with Ghost(scene) as ghost:
        request = primary.tell("mp_request_sync", name="ping", timeout="ample")
        ghost.reply(ghost.expect("ping"))
        assert (registered.ret, request.answer().nb_received) == (0, 1)


@both_roles
def test_ipc_works_undisabled(scene: Scene, role: str):
    """A failed rte_mp_disable changes nothing: requests are answered.

    Source: rte_eal.h, rte_mp_disable
    Since: 20.11   Strength: must
    """
    primary, secondary = scene.primary(), scene.secondary()
    requester, responder = (primary, secondary) if role == "primary" else (secondary, primary)
    primary.call("mp_disable")
    responder.call("mp_action_register", name="ping", manner="reply")
    assert requester.call("mp_request_sync", name="ping", timeout="ample").nb_received == 1


def test_registered_thread_forbids_secondaries(scene: Scene):
    """Once a thread of the primary has registered with EAL no secondary can attach.

    Source: rte_lcore.h, rte_thread_register: "then no secondary process will initialise"
    Since: 20.11   Strength: must
    """
    registered = scene.primary().call("thread_register")
    assert (registered.ret, scene.failing("secondary").ret) == (0, -1)


@both_roles
def test_attached_secondary_forbids_registering(scene: Scene, role: str):
    """With a secondary attached no thread can register with EAL, in either role: EINVAL, and IPC works.

    Source: rte_lcore.h, rte_thread_register: "trying to register a non-EAL thread from either primary
    or secondary processes will always end up with the thread getting LCORE_ID_ANY"
    Since: 20.11   Strength: must
    """
    one, other = pair(scene, role)
    refused = one.call("thread_register")
    other.call("mp_action_register", name="ping", manner="reply")
    r = one.call("mp_request_sync", name="ping", timeout="ample")
    assert (refused.ret, refused.rte_errno, r.nb_received) == (-1, "EINVAL", 1)
