# SPDX-License-Identifier: BSD-3-Clause
"""Without shared files there is no IPC: what every call says under --no-shconf and --in-memory."""

import os

import pytest

from targets.peer import EAL_FAILED
from targets.scene import Scene
from targets.threads import IPC_THREADS

without_sharing = pytest.mark.parametrize("option", ["--no-shconf", "--in-memory"])


@without_sharing
@pytest.mark.parametrize("verb", ["mp_sendmsg", "mp_request_sync", "mp_request_async"])
def test_sending_is_not_supported(scene: Scene, option: str, verb: str):
    """Messages and requests fail with ENOTSUP.

    Source: rte_eal.h: "IPC may be unsupported ... caller should check for ENOTSUP error"
    Since: 19.08   Strength: must
    """
    keys = {"name": "ping"} if verb == "mp_sendmsg" else {"name": "ping", "timeout": "brief"}
    r = scene.primary(option).call(verb, None, **keys)
    assert (r.ret, r.rte_errno) == (-1, "ENOTSUP")


@without_sharing
def test_registering_is_not_supported(scene: Scene, option: str):
    """Registering an action fails with ENOTSUP.

    Source: rte_eal.h, rte_mp_action_register: "caller should check for ENOTSUP error"
    Since: 19.08   Strength: must
    """
    r = scene.primary(option).call("mp_action_register", name="ping")
    assert (r.ret, r.rte_errno) == (-1, "ENOTSUP")


@without_sharing
def test_unregistering_is_not_supported(scene: Scene, option: str):
    """Unregistering an action sets rte_errno to ENOTSUP.

    Source: rte_eal.h, rte_mp_action_unregister: "caller should check for ENOTSUP error"
    Since: 19.08   Strength: must
    """
    r = scene.primary(option).call("mp_action_unregister", name="ping")
    assert r.rte_errno == "ENOTSUP"


@without_sharing
def test_reply_is_not_supported(scene: Scene, option: str):
    """A reply, which cannot be sent, does not return success.

    Source: rte_eal.h, rte_mp_reply: "On success, return 0. On failure, return -1"
    Since: 19.08   Strength: must
    """
    r = scene.primary(option).call("mp_reply", name="ping", peer="/var/run/dpdk/rte/mp_socket")
    assert (r.ret, r.rte_errno) == (-1, "ENOTSUP")


@without_sharing
def test_arguments_are_checked_first(scene: Scene, option: str):
    """A bad argument is told as such, not as ENOTSUP.

    Source: eal_common_proc.c, check_input and validate_action_name come first
    Since: 19.08   Strength: observed
    """
    primary = scene.primary(option)
    said = [
        primary.call("mp_action_register", name=""),
        primary.call("mp_sendmsg", name="n" * 64),
        primary.call("mp_request_sync", name="", timeout="brief"),
        primary.call("mp_request_async", name="ping", len_param=257, timeout="brief"),
        primary.call("mp_reply", name="ping", peer=None),
    ]
    assert [(r.ret, r.rte_errno) for r in said] == [
        (-1, "EINVAL"),
        (-1, "E2BIG"),
        (-1, "EINVAL"),
        (-1, "E2BIG"),
        (-1, "EINVAL"),
    ]


@without_sharing
def test_request_empties_the_reply(scene: Scene, option: str):
    """A synchronous request leaves a reply with nothing sent, nothing received and no msgs.

    Source: eal_common_proc.c, rte_mp_request_sync (b4f62e586279)
    Since: 18.11   Strength: observed
    """
    r = scene.primary(option).call("mp_request_sync", name="ping", timeout="brief")
    assert (r.nb_sent, r.nb_received, r.msgs) == (0, 0, None)


@without_sharing
def test_there_is_no_socket_and_no_thread(scene: Scene, option: str):
    """There is no IPC socket and no IPC thread.

    Source: guide, "Communication between multiple processes"; eal_common_proc.c, rte_mp_channel_init
    Since: 19.08   Strength: observed
    """
    primary = scene.primary(option)
    there = scene.isolation.inside(os.path.exists, f"{scene.runtime}/mp_socket")
    assert (there, [t for t in primary.threads() if t in IPC_THREADS]) == (False, [])


@without_sharing
def test_disable_succeeds(scene: Scene, option: str):
    """rte_mp_disable returns true: there is nothing to disable.

    Source: rte_eal.h, rte_mp_disable
    Since: 20.11   Strength: must
    """
    assert scene.primary(option).call("mp_disable").ret is True


@without_sharing
def test_secondary_is_refused(scene: Scene, option: str):
    """A secondary that is told to share nothing is refused: its rte_eal_init fails.

    Source: guide, "EAL parameters", --no-shconf: "implies no secondary process support"
    Since: 18.05   Strength: documented
    """
    scene.primary()
    secondary = scene.start("secondary", option)
    secondary.may_end(code=EAL_FAILED)
    # Nobody could end a longer wait: it would be for a config that no other process has.
    failed = secondary.expect("eal_failed", deadline_s=scene.speed.slack_s)
    secondary.wait_end()
    assert failed.ret == -1
