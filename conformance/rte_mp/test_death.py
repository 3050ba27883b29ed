# SPDX-License-Identifier: BSD-3-Clause
"""Peers that die, stop or leave around a request: what the survivor gets, when, and what comes next."""

import signal

from conformance.roles import both_roles, pair, queue_room
from faults.process import ExitedWithoutCleanup, Killed, Stopped
from targets.scene import Scene


def _timed_out(scene: Scene, r):
    """A timeout that was waited for, and not much longer."""
    late_s = r.took_ns / 1e9 - scene.speed.patience_s
    return r.ret, r.rte_errno, r.nb_sent, r.nb_received, 0 <= late_s < scene.speed.late_s


TIMED_OUT = (-1, "ETIMEDOUT", 1, 0, True)


def _next_request(scene: Scene, primary):
    """(ret, sent, received) of a request to a secondary that has come since."""
    scene.secondary().call("mp_action_register", name="next", manner="reply")
    r = primary.call("mp_request_sync", name="next", timeout="ample")
    return r.ret, r.nb_sent, r.nb_received


def test_secondary_killed_before_it_handles(scene: Scene):
    """A secondary killed with the request in its queue: the primary waits its timeout, and the next
    request works.

    Source: guide, "Sending requests": the timeout "after which IPC will stop waiting"
    Since: 18.05   Strength: documented
    """
    primary, victim = scene.primary(), scene.secondary()
    victim.call("mp_action_register", name="ping", manner="reply")
    with Stopped(victim):
        request = primary.tell("mp_request_sync", name="ping", timeout="patience")
        scene.wait_until(lambda: scene.queued_at(victim), "a request in the victim's queue")
        with Killed(victim):
            r = request.answer()
            assert (_timed_out(scene, r), _next_request(scene, primary)) == (TIMED_OUT, (0, 1, 1))


def test_secondary_killed_inside(scene: Scene):
    """A secondary killed while its action runs: the primary waits its timeout, and the next request
    works.

    Source: guide, "Sending requests": the timeout "after which IPC will stop waiting"
    Since: 18.05   Strength: documented
    """
    primary, victim = scene.primary(), scene.secondary()
    victim.call("mp_action_register", name="ping", manner="hold")
    request = primary.tell("mp_request_sync", name="ping", timeout="patience")
    victim.expect("action")
    with Killed(victim):
        r = request.answer()
        assert (_timed_out(scene, r), _next_request(scene, primary)) == (TIMED_OUT, (0, 1, 1))


def test_secondary_dies_in_its_callback(scene: Scene):
    """A secondary that dies by itself inside its callback: as if it had been killed there.

    Source: guide, "Sending requests": the timeout "after which IPC will stop waiting"
    Since: 18.05   Strength: documented
    """
    primary, victim = scene.primary(), scene.secondary()
    victim.may_end(signal=signal.SIGKILL)
    victim.call("mp_action_register", name="ping", manner="die")
    r = primary.call("mp_request_sync", name="ping", timeout="patience")
    victim.wait_end()
    assert (_timed_out(scene, r), _next_request(scene, primary)) == (TIMED_OUT, (0, 1, 1))


def test_secondary_killed_after_its_reply(scene: Scene):
    """A secondary killed after it replied: the primary has the reply, and the next request works.

    Source: guide, "Sending requests"
    Since: 18.05   Strength: documented
    """
    primary, victim = scene.primary(), scene.secondary()
    victim.call("mp_action_register", name="ping", manner="reply")
    request = primary.tell("mp_request_sync", name="ping", timeout="ample")
    victim.expect("replied")
    with Killed(victim):
        r = request.answer()
        assert (r.ret, r.nb_sent, r.nb_received) == (0, 1, 1)
        assert _next_request(scene, primary) == (0, 1, 1)


def test_async_survives_a_killed_secondary(scene: Scene):
    """A secondary killed inside an asynchronous request: the callback runs after the timeout, with
    the replies of the others.

    Source: guide, "Sending requests": called "when the request either has timed out"
    Since: 18.05   Strength: documented
    """
    primary, victim, other = scene.primary(), scene.secondary(), scene.secondary()
    victim.call("mp_action_register", name="ping", manner="hold")
    other.call("mp_action_register", name="ping", manner="reply")
    primary.call("mp_request_async", name="ping", timeout="patience")
    victim.expect("action")
    with Killed(victim):
        done = primary.expect("async_reply")
    assert (done.nb_sent, done.nb_received) == (2, 1)


def test_dead_secondary_is_not_asked_again(scene: Scene):
    """A killed secondary is not asked, nor waited for, by the next request.

    Source: guide, "Sending requests": nb_sent counts "active" peers
    Since: 18.05   Strength: documented
    """
    primary, victim = scene.primary(), scene.secondary()
    with Killed(victim):
        r = primary.call("mp_request_sync", name="ping", timeout="ample")
    assert (r.ret, r.nb_sent, r.nb_received) == (0, 0, 0)
    assert r.took_ns < scene.speed.late_s * 1e9


def test_primary_killed_inside(scene: Scene):
    """A primary killed while it handles a secondary's request: the secondary waits its timeout, and its
    next request fails at once.

    Source: guide, "Sending requests": the timeout "after which IPC will stop waiting"
    Since: 18.05   Strength: documented
    """
    primary, secondary = scene.primary(), scene.secondary()
    primary.call("mp_action_register", name="ping", manner="hold")
    request = secondary.tell("mp_request_sync", name="ping", timeout="patience")
    primary.expect("action")
    with Killed(primary):
        r = request.answer()
        again = secondary.call("mp_request_sync", name="ping", timeout="ample")
    assert (_timed_out(scene, r), again.rte_errno) == (TIMED_OUT, "ECONNREFUSED")


@both_roles
def test_stopped_peer_costs_the_timeout(scene: Scene, role: str):
    """A stopped peer costs a request its timeout; continued, it answers the next one.

    Source: guide, "Sending requests": the timeout "after which IPC will stop waiting"
    Since: 18.05   Strength: documented
    """
    requester, responder = pair(scene, role)
    for name in ("ping", "next"):
        responder.call("mp_action_register", name=name, manner="reply")
    with Stopped(responder):
        r = requester.call("mp_request_sync", name="ping", timeout="patience")
    again = requester.call("mp_request_sync", name="next", timeout="ample")
    assert (_timed_out(scene, r), again.ret, again.nb_received) == (TIMED_OUT, 0, 1)


def test_exit_without_cleanup_is_like_death(scene: Scene):
    """A secondary that exits without rte_eal_cleanup leaves its socket, which the next request removes
    without counting it.

    Source: eal_common_proc.c, send_msg
    Since: 18.05   Strength: observed
    """
    primary, gone = scene.primary(), scene.secondary()
    with ExitedWithoutCleanup(gone):
        before = len(scene.sockets())
        r = primary.call("mp_request_sync", name="ping", timeout="ample")
    assert (before, r.ret, r.nb_sent, scene.sockets()) == (1, 0, 0, [])


def test_stopped_peer_blocks_its_senders_until_it_goes_on(scene: Scene):
    """A message to a stopped peer whose queue is full waits, and is delivered when the peer goes on.

    Source: eal_common_proc.c, send_msg: a blocking sendmsg(2); the guide is silent
    Since: 18.05   Strength: measured
    """
    primary, secondary = scene.primary(), scene.secondary()
    secondary.call("mp_action_register", name="ping")
    room = queue_room(scene)
    with Stopped(secondary):
        fits = [primary.call("mp_sendmsg", name="ping").ret for _ in range(room)]
        blocked = primary.tell("mp_sendmsg", name="ping")
        scene.wait_until(lambda: "unix_wait_for_peer" in primary.wait_channel(), "a blocked sender")
        assert not blocked.answered
    for _ in range(room + 1):
        secondary.expect("action")
    assert (fits, blocked.answer().ret) == ([0] * room, 0)


def test_killed_peer_frees_its_senders(scene: Scene):
    """A message that waits for a full peer's queue ends when that peer is killed: it returns 0.

    Source: eal_common_proc.c, send_msg: ECONNREFUSED in a primary
    Since: 18.05   Strength: observed
    """
    primary, victim = scene.primary(), scene.secondary()
    room = queue_room(scene)
    with Stopped(victim):
        for _ in range(room):
            primary.call("mp_sendmsg", name="ping")
        blocked = primary.tell("mp_sendmsg", name="ping")
        scene.wait_until(lambda: "unix_wait_for_peer" in primary.wait_channel(), "a blocked sender")
        with Killed(victim):
            assert blocked.answer().ret == 0


def test_restarted_secondary_is_served(scene: Scene):
    """A secondary killed and started again, ten times, is asked and answers each time.

    Source: guide, "Communication between multiple processes"
    Since: 18.05   Strength: documented
    """
    primary = scene.primary()
    counts = []
    for _ in range(10):
        secondary = scene.secondary()
        secondary.call("mp_action_register", name="ping", manner="reply")
        counts.append(primary.call("mp_request_sync", name="ping", timeout="ample").nb_received)
        with Killed(secondary):
            pass
    assert counts == [1] * 10
