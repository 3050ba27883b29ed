# SPDX-License-Identifier: BSD-3-Clause
"""MP_IGN: the answer of a peer that is not ready, which then counts as not being there."""

from conformance.roles import in_order
from faults.ghost import Ghost
from faults.relay import Relay, Rule
from targets.scene import Scene
from traffic.datagram import MpType


def test_ignoring_peer_does_not_count(scene: Scene):
    """A peer that answers MP_IGN counts as not being there: 0 returned, nothing sent, no msgs.

    Source: guide, "Misc considerations": such a peer is "non-existing"
    Since: 18.11   Strength: documented
    """
    primary = scene.primary()
    with Ghost(scene) as ghost:
        request = primary.tell("mp_request_sync", name="ping", timeout="ample")
        ghost.ignore(ghost.expect("ping"))
        r = request.answer()
    assert (r.ret, r.nb_sent, r.nb_received, r.msgs) == (0, 0, 0, None)
    assert r.took_ns < scene.speed.ample_s * 1e9


def test_ignoring_peer_hides_nobody(scene: Scene):
    """After a peer that ignores, the next one is asked, and its reply is the only one.

    Source: guide, "Misc considerations"
    Since: 18.11   Strength: documented
    """
    primary = scene.primary()
    with Ghost(scene, "a") as a, Ghost(scene, "b") as b:
        ignores, answers = in_order(scene, a, b)
        request = primary.tell("mp_request_sync", name="ping", timeout="ample")
        ignores.ignore(ignores.expect("ping"))
        answers.reply(answers.expect("ping"), b"here")
        r = request.answer()
    assert (r.ret, r.nb_sent, r.nb_received, r.msgs[0].param) == (0, 1, 1, b"here".hex())


def test_secondary_counts_an_ignoring_primary_out(scene: Scene):
    """A secondary whose request is answered with MP_IGN returns 0, nothing sent, nothing received.

    Source: guide, "Misc considerations"
    Since: 18.11   Strength: documented
    """
    primary, secondary = scene.primary(), scene.secondary()
    primary.call("mp_action_register", name="ping", manner="reply")
    with Relay(scene, scene.socket_of(primary), Rule("ignore", "ping")):
        r = secondary.call("mp_request_sync", name="ping", timeout="ample")
    assert (r.ret, r.nb_sent, r.nb_received, r.msgs) == (0, 0, 0, None)
    assert primary.events("action") == []


def test_starting_secondary_ignores(scene: Scene):
    """A secondary that is still in rte_eal_init answers MP_IGN for what it has no action for yet.

    Source: guide, "Misc considerations": "IPC will consider the receiving side as non-existing"
    Since: 18.11   Strength: documented
    """
    primary = scene.primary()
    # A starting secondary asks the primary for its virtual devices; while that question is held, its
    # IPC thread runs and its rte_eal_init has not returned.
    scan = Rule("hold", "bus_vdev_mp", most=1)
    with Relay(scene, scene.socket_of(primary), scan) as relay:
        starting = scene.start("secondary")
        relay.wait_bites(scan)
        r = primary.call("mp_request_sync", name="ping", timeout="ample")
        relay.release()
        starting.expect("ready")
    assert (r.ret, r.nb_sent, r.nb_received, r.msgs) == (0, 0, 0, None)


def test_started_secondary_does_not_ignore(scene: Scene):
    """A secondary whose rte_eal_init has returned never answers MP_IGN: it counts as asked.

    Source: guide, "Misc considerations": "During initialization"
    Since: 18.11   Strength: documented
    """
    primary, _ = scene.primary(), scene.secondary()
    r = primary.call("mp_request_sync", name="ping", timeout="brief")
    assert (r.rte_errno, r.nb_sent) == ("ETIMEDOUT", 1)


def test_early_action_is_called(scene: Scene):
    """An action that is registered before init is complete is called at once.

    Source: guide, "Misc considerations": "IPC will assume that it is safe to call it"
    Since: 18.05   Strength: documented
    """
    primary = scene.primary()
    scan = Rule("hold", "bus_vdev_mp", most=1)
    with Relay(scene, scene.socket_of(primary), scan) as relay:
        starting = scene.start("secondary", hold=True)
        starting.call("mp_action_register", name="early", manner="reply")
        starting.call("eal_init")
        relay.wait_bites(scan)
        r = primary.call("mp_request_sync", name="early", timeout="ample")
        relay.release()
        starting.expect("ready")
    assert (r.ret, r.nb_sent, r.nb_received) == (0, 1, 1)


def test_primary_does_not_ignore(scene: Scene):
    """A primary answers an unknown request with nothing, not with MP_IGN.

    Source: guide, "Misc considerations"; eal_common_proc.c, process_msg
    Since: 18.11   Strength: documented
    """
    primary = scene.primary()
    primary.call("mp_action_register", name="last")
    with Ghost(scene) as ghost:
        ghost.send(MpType.MP_REQ, "unknown")
        ghost.send(MpType.MP_REQ, "last")
        primary.expect("action")
        assert not ghost.has_mail
