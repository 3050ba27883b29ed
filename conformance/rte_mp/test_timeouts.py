# SPDX-License-Identifier: BSD-3-Clause
"""Timeouts that are not the usual ones: NULL, zero, negative, more than a second of ns, huge."""

import signal

import pytest

from conformance.roles import both_roles, ends_by, pair
from faults.call import WallClockStepped, breakable
from targets.peer import Peer
from targets.scene import Scene

DAY_S = 86400
LARGEST_S = 2**63 - 1
HUGE = {
    "a-hundred-years": {"sec": 36500 * DAY_S, "nsec": 0},
    "largest": {"sec": LARGEST_S, "nsec": 0},
}
every_huge = pytest.mark.parametrize("timeout", list(HUGE))
NEGATIVE = {
    "a-second": {"sec": -1, "nsec": 0},
    "a-day": {"sec": -DAY_S, "nsec": 0},
    "two-seconds-of-ns": {"sec": 0, "nsec": -2_000_000_000},
}
every_negative = pytest.mark.parametrize("timeout", list(NEGATIVE))


def _ends_early(scene: Scene, took_ns: int) -> str:
    return "at once" if took_ns < scene.speed.late_s * 1e9 else f"after {took_ns} ns"


def _asks_on(requester: Peer) -> tuple[int, int]:
    """True if requests of the peer are still answered."""
    r = requester.call("mp_request_sync", name="next", timeout="ample")
    return r.ret, r.nb_received


@both_roles
def test_nanoseconds_beyond_a_second_count(scene: Scene, role: str):
    """More than 10^9 ns in tv_nsec are waited for like the seconds they are.

    Source: rte_eal.h, rte_mp_request_sync: ts is "how long we can wait for the peer(s) to reply"
    Since: 18.05   Strength: observed
    """
    requester, _ = pair(scene, role)
    timeout_ns = 1_200_000_000
    r = requester.call("mp_request_sync", name="ping", timeout={"sec": 0, "nsec": timeout_ns})
    late = r.took_ns - timeout_ns
    assert (r.rte_errno, 0 <= late < scene.speed.late_s * 1e9) == ("ETIMEDOUT", True)


@both_roles
@every_huge
def test_huge_timeout_waits_for_the_reply(scene: Scene, role: str, timeout: str):
    """A synchronous request with a huge timeout waits until the reply comes.

    Source: rte_eal.h, rte_mp_request_sync: ts is "how long we can wait for the peer(s) to reply"
    Since: 18.05   Strength: observed
    """
    requester, responder = pair(scene, role)
    responder.call("mp_action_register", name="ping", manner="late")
    pending = requester.tell("mp_request_sync", name="ping", timeout=HUGE[timeout])
    responder.expect("action")
    # Until it waits, a reply would find it whatever it makes of its timeout.
    scene.wait_until(
        lambda: pending.answered or "futex" in requester.wait_channel(), "a request that waits"
    )
    responder.call("release_action", name="ping")
    r = pending.answer()
    assert (r.ret, r.rte_errno, r.nb_received) == (0, None, 1)


@both_roles
@every_huge
def test_huge_timeout_of_an_async_request_works(scene: Scene, role: str, timeout: str):
    """An asynchronous request with a huge timeout calls back with the reply, or fails and says why.

    Source: rte_eal.h, rte_mp_request_async: "On failure, return -1, and the reason will be stored"
    Since: 18.05   Strength: must
    """
    requester, responder = pair(scene, role)
    responder.call("mp_action_register", name="ping", manner="late")
    r = requester.call("mp_request_async", name="ping", timeout=HUGE[timeout])
    if r.ret != 0:
        assert (r.ret, r.rte_errno) == (-1, "EINVAL")
        return
    responder.expect("action")
    responder.call("release_action", name="ping")
    done = requester.expect("async_reply")
    assert (done.nb_sent, done.nb_received) == (1, 1)


@both_roles
@every_negative
def test_negative_timeout_ends_at_once(scene: Scene, role: str, timeout: str):
    """A synchronous request with a negative timeout fails at once, and the next request works.

    Source: rte_eal.h, rte_mp_request_sync: ts is "how long we can wait for the peer(s) to reply"
    Since: 18.05   Strength: must
    """
    requester, responder = pair(scene, role)
    responder.call("mp_action_register", name="next", manner="reply")
    pending = requester.tell("mp_request_sync", name="ping", timeout=NEGATIVE[timeout])
    r = pending.answer(deadline_s=2 * scene.speed.slack_s)
    assert (r.ret, _ends_early(scene, r.took_ns), _asks_on(requester)) == (-1, "at once", (0, 1))


@both_roles
@every_negative
def test_negative_timeout_of_an_async_request_is_over(scene: Scene, role: str, timeout: str):
    """An asynchronous request with a negative timeout fails and says why, or calls back at once.

    Source: rte_eal.h, rte_mp_request_async: ts is "how long we can wait for the peer(s) to reply"
    Since: 18.05   Strength: must
    """
    requester, responder = pair(scene, role)
    responder.call("mp_action_register", name="last", manner="late")
    asked = requester.tell("mp_request_async", name="ping", timeout=NEGATIVE[timeout])
    r = asked.answer()
    if r.ret != 0:
        assert (r.ret, r.rte_errno is not None) == (-1, True)
        return
    # A request that is made later and has timed out: everything that was due earlier has come.
    later = requester.tell("mp_request_async", name="last", timeout="brief")
    assert later.answer().ret == 0
    requester.expect("async_reply", of=later.id)
    responder.call("release_action", name="last")
    assert len(requester.events("async_reply", of=asked.id)) == 1


@both_roles
def test_null_timeout_of_an_async_request_kills_the_caller(scene: Scene, role: str):
    """A NULL timeout to rte_mp_request_async kills the caller before anything is sent.

    Source: eal_common_proc.c, rte_mp_request_async; the header is silent on NULL
    Since: 18.05   Strength: measured
    """
    requester, responder = pair(scene, role)
    responder.call("mp_action_register", name="ping", manner="reply")
    ending = ends_by(requester, "mp_request_async", name="ping", timeout=None)
    assert (ending, responder.events("action")) == ("SIGSEGV", [])


@pytest.mark.parametrize("verb", ["mp_request_sync", "mp_request_async"])
def test_null_timeout_is_not_looked_at_in_vain(scene: Scene, verb: str):
    """A request that is refused anyway, for its name or for want of IPC, is refused with a NULL timeout
    too.

    Source: eal_common_proc.c, rte_mp_request_sync and _async: the arguments are checked first
    Since: 18.05   Strength: observed
    """
    peer = scene.primary()
    bad = peer.call(verb, name="", timeout=None)
    alone = scene.primary("--in-memory")
    unsupported = alone.call(verb, name="ping", timeout=None)
    assert [(r.ret, r.rte_errno) for r in (bad, unsupported)] == [(-1, "EINVAL"), (-1, "ENOTSUP")]


@both_roles
def test_null_reply_kills_the_caller(scene: Scene, role: str):
    """A NULL reply to rte_mp_request_sync kills the caller before anything is sent.

    Source: eal_common_proc.c, rte_mp_request_sync; the header is silent on NULL
    Since: 18.05   Strength: measured
    """
    requester, responder = pair(scene, role)
    responder.call("mp_action_register", name="ping", manner="reply")
    ending = ends_by(requester, "mp_request_sync", name="ping", timeout="ample", reply=None)
    assert (ending, responder.events("action")) == ("SIGSEGV", [])


@both_roles
def test_null_callback_kills_the_caller_when_it_is_due(scene: Scene, role: str):
    """A NULL callback to rte_mp_request_async is accepted, and kills the process when it would run.

    Source: eal_common_proc.c, trigger_async_action; the header is silent on NULL
    Since: 18.05   Strength: measured
    """
    requester, responder = pair(scene, role)
    responder.call("mp_action_register", name="ping", manner="late")
    requester.may_end(signal=signal.SIGSEGV)
    r = requester.call("mp_request_async", name="ping", timeout="ample", clb=None)
    responder.expect("action")
    responder.tell("release_action", name="ping").answer()
    assert (r.ret, str(requester.wait_end())) == (0, "SIGSEGV")


@both_roles
@pytest.mark.parametrize("step_s", [-7200, 7200], ids=["back", "forward"])
@pytest.mark.parametrize("verb", ["mp_request_sync", "mp_request_async"])
def test_wall_clock_does_not_matter(scene: Scene, role: str, verb: str, step_s: int):
    """A step of the wall clock during a request ends it no earlier and no later: it is answered in
    time, and another one times out when its time is over.

    Source: rte_eal.h, rte_mp_request_sync: ts is "how long we can wait for the peer(s) to reply"
    Since: 21.05   Strength: must
    """
    requester, responder = pair(breakable(scene), role)
    responder.call("mp_action_register", name="ping", manner="late")
    with WallClockStepped(requester, step_s):
        asked = requester.tell(verb, name="ping", timeout="ample")
        responder.expect("action")
        responder.call("release_action", name="ping")
        r = asked.answer()
        answered = r if verb == "mp_request_sync" else requester.expect("async_reply", of=asked.id)
        unanswered = requester.tell(verb, name="silence", timeout="brief")
        late = unanswered.answer()
        if verb == "mp_request_async":
            late = requester.expect("async_reply", of=unanswered.id)
    seen = (r.ret, answered.nb_received, late.nb_sent, late.nb_received)
    assert seen == (0, 1, 1, 0)
