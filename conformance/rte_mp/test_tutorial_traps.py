# SPDX-License-Identifier: BSD-3-Clause
"""The four traps of a popular tutorial, and what really happens to those who copy it."""

from conformance.roles import both_roles, ends_by, pair
from targets.scene import Scene


@both_roles
def test_null_timeout_is_no_endless_wait(scene: Scene, role: str):
    """A NULL timeout to rte_mp_request_sync does not mean "wait for ever": it kills the caller.

    Source: eal_common_proc.c, rte_mp_request_sync; the header is silent on NULL
    Since: 18.05   Strength: measured
    """
    requester, responder = pair(scene, role)
    responder.call("mp_action_register", name="ping", manner="reply")
    ending = ends_by(requester, "mp_request_sync", name="ping", timeout=None)
    assert (ending, responder.events("action")) == ("SIGSEGV", [])


def test_server_reply_does_not_answer_client_request(scene: Scene):
    """A server that answers "client_request" under the name "server_reply" is told 0, and its client
    times out, whether it has an action for that name or not.

    Source: eal_common_proc.c, find_pending_request; guide and header are silent
    Since: 18.05   Strength: measured
    """
    server, client = scene.primary(), scene.secondary()
    server.call(
        "mp_action_register", name="client_request", manner="reply", reply_name="server_reply"
    )
    client.call("mp_action_register", name="server_reply", manner="silent")
    r = client.call("mp_request_sync", name="client_request", timeout="brief")
    assert (server.expect("replied").ret, r.ret, r.rte_errno, r.nb_received, r.msgs) == (
        0,
        -1,
        "ETIMEDOUT",
        0,
        None,
    )
    assert client.events("action") == []


@both_roles
def test_replies_never_freed_are_leaked(scene: Scene, role: str):
    """Replies that are read and never freed are leaked, each with the size of a message; freed, they
    are not.

    Source: rte_eal.h, rte_mp_request_sync: "the caller is responsible for free reply->msgs"
    Since: 18.05   Strength: must
    """
    requester, responder = pair(scene, role)
    responder.call("mp_action_register", name="ping", manner="reply")
    calls = 200

    def grows_by(free_reply: bool) -> int:
        ask = {"verb": "mp_request_sync", "name": "ping", "timeout": "ample"}
        r = requester.call("repeat", times=calls, command={**ask, "free_reply": free_reply})
        assert r.last.nb_received == 1
        return int(r.bytes)

    leak = calls * requester.greeting.msg_size
    kept, freed = grows_by(False), grows_by(True)
    assert (kept >= leak, freed < leak // 4) == (True, True)


def test_mp_enq_is_no_ring_flag(scene: Scene):
    """RING_F_MP_ENQ and RING_F_MC_DEQ do not exist: multi-producer, multi-consumer is no flag at all.

    Source: rte_ring_core.h; guide, "Ring Library"
    Since: 18.05   Strength: must
    """
    primary = scene.primary()
    flags = primary.call("ring_flags")
    ring = primary.call("ring_create", name="r", count=8, flags=[])
    state = primary.call("ring_state", ring=ring.ring)
    assert (flags.RING_F_MP_ENQ, flags.RING_F_MC_DEQ) == (None, None)
    assert (state.prod_sync_type, state.cons_sync_type) == (0, 0)
