# SPDX-License-Identifier: BSD-3-Clause
"""When the system or the allocator says no: what each call of IPC returns then, and what it keeps."""

from typing import Any

import pytest

from conformance.roles import both_roles, in_order, pair
from faults.call import CallFails, CallHeld, breakable
from faults.ghost import Ghost
from targets.peer import EAL_FAILED, Peer
from targets.scene import Scene

SENDERS: dict[str, dict[str, Any]] = {
    "message": {"verb": "mp_sendmsg"},
    "sync": {"verb": "mp_request_sync", "timeout": "patience"},
    "async": {"verb": "mp_request_async", "timeout": "patience"},
}
every_sender = pytest.mark.parametrize("sender", list(SENDERS))
requests = pytest.mark.parametrize("sender", ["sync", "async"])


def _send(peer: Peer, sender: str, name: str = "ping"):
    keys = dict(SENDERS[sender])
    return peer.call(keys.pop("verb"), name=name, **keys)


def _ask(requester: Peer, name: str = "ping"):
    r = requester.call("mp_request_sync", name=name, timeout="patience")
    return r.ret, r.rte_errno, r.nb_received


ANSWERED = (0, None, 1)


# -- memory -----------------------------------------------------------------------------------------


@both_roles
def test_registration_without_memory_is_told(scene: Scene, role: str):
    """Registering an action without memory fails with ENOMEM, and the name stays free.

    Source: rte_eal.h, rte_mp_action_register: "the reason will be stored in rte_errno"
    Since: 18.05   Strength: must
    """
    peer, _ = pair(breakable(scene), role)
    with CallFails(peer, "malloc", "ENOMEM"):
        r = peer.call("mp_action_register", name="ping", manner="reply")
    again = peer.call("mp_action_register", name="ping", manner="reply")
    assert (r.ret, r.rte_errno, again.ret) == (-1, "ENOMEM", 0)


@both_roles
def test_sync_reply_without_memory_is_told(scene: Scene, role: str):
    """A synchronous request whose reply finds no memory fails with ENOMEM and returns no msgs; the
    next one is answered.

    Source: rte_eal.h, rte_mp_request_sync: "the reason will be stored in rte_errno"
    Since: 18.05   Strength: must
    """
    requester, responder = pair(breakable(scene), role)
    responder.call("mp_action_register", name="ping", manner="reply")
    with CallFails(requester, "realloc", "ENOMEM"):
        r = requester.call("mp_request_sync", name="ping", timeout="ample")
    seen = (r.ret, r.rte_errno, r.nb_received, r.msgs)
    assert (seen, _ask(requester)) == ((-1, "ENOMEM", 0, None), ANSWERED)


@both_roles
@pytest.mark.parametrize("nth", [1, 2, 3, 4, 5])
def test_async_request_without_memory_is_told(scene: Scene, role: str, nth: int):
    """An asynchronous request that finds no memory, whichever part of it, fails with ENOMEM before
    anybody is asked; its callback does not run, and the next one works.

    Source: rte_eal.h, rte_mp_request_async: "the reason will be stored in rte_errno"
    Since: 18.05   Strength: must
    """
    requester, responder = pair(breakable(scene), role)
    responder.call("mp_action_register", name="ping", manner="reply")
    with CallFails(requester, "calloc", "ENOMEM", nth=nth):
        failed = requester.tell("mp_request_async", name="ping", timeout="patience")
        r = failed.answer()
    after = requester.tell("mp_request_async", name="ping", timeout="ample")
    assert after.answer().ret == 0
    requester.expect("async_reply", of=after.id)
    asked = len(responder.events("action"))
    called = len(requester.events("async_reply", of=failed.id))
    assert (r.ret, r.rte_errno, asked, called) == (-1, "ENOMEM", 1, 0)


def test_async_request_to_the_second_without_memory_does_not_call_back(scene: Scene):
    """An asynchronous request that finds no memory to ask the second of two peers fails with ENOMEM,
    and its callback does not run.

    Source: rte_eal.h, rte_mp_request_async: -1 is failure, the callback is for responses
    Since: 18.05   Strength: must
    """
    primary = breakable(scene).primary()
    for peer in (scene.secondary(), scene.secondary()):
        peer.call("mp_action_register", name="ping", manner="reply")
        peer.call("mp_action_register", name="last", manner="reply")
    # The first request allocates what alarms need once; then it is three blocks for the request
    # itself, and for each peer two and one for its alarm.
    primary.call("mp_request_async", name="last", timeout="ample")
    primary.expect("async_reply")
    with CallFails(primary, "calloc", "ENOMEM", nth=7):
        failed = primary.tell("mp_request_async", name="ping", timeout="ample")
        r = failed.answer()
    _ask(primary, "last")
    called = len(primary.events("async_reply", of=failed.id))
    assert (r.ret, r.rte_errno, called) == (-1, "ENOMEM", 0)


@both_roles
def test_async_alarm_without_memory_is_explained(scene: Scene, role: str):
    """An asynchronous request that fails because its timeout finds no memory leaves the reason in
    rte_errno.

    Source: rte_eal.h, rte_mp_request_async: "the reason will be stored in rte_errno"
    Since: 18.11   Strength: must
    """
    requester, _ = pair(breakable(scene), role)
    # Three blocks for the request itself, two for the peer, the sixth is the alarm's.
    with CallFails(requester, "calloc", "ENOMEM", nth=6):
        r = requester.call("mp_request_async", name="ping", timeout="patience")
    assert (r.ret, r.rte_errno) == (-1, "ENOMEM")


@both_roles
def test_async_reply_without_memory_still_calls_back(scene: Scene, role: str):
    """An asynchronous request whose reply finds no memory runs its callback without that reply.

    Source: guide, "Sending requests": the callback is called when all have answered or timed out
    Since: 18.05   Strength: documented
    """
    requester, responder = pair(breakable(scene), role)
    responder.call("mp_action_register", name="ping", manner="reply")
    with CallFails(requester, "realloc", "ENOMEM"):
        requester.call("mp_request_async", name="ping", timeout="ample")
        done = requester.expect("async_reply")
    assert (done.nb_sent, done.nb_received, done.msgs) == (1, 0, None)


# -- sending ----------------------------------------------------------------------------------------


@every_sender
@both_roles
@pytest.mark.parametrize("error", ["ENOBUFS", "ENOMEM", "EPERM", "ECONNRESET"])
def test_send_error_is_told(scene: Scene, role: str, sender: str, error: str):
    """When sendmsg(2) fails the call fails with its errno; nothing is pending, and the next works.

    Source: rte_eal.h, rte_mp_sendmsg, rte_mp_request_sync and _async: "the reason will be stored"
    Since: 19.05   Strength: must
    """
    requester, responder = pair(breakable(scene), role)
    responder.call("mp_action_register", name="ping", manner="reply")
    with CallFails(requester, "sendmsg", error):
        r = _send(requester, sender)
    seen = (r.ret, r.rte_errno)
    assert (seen, _ask(requester)) == ((-1, error), ANSWERED)


@both_roles
def test_reply_that_cannot_be_sent_is_told(scene: Scene, role: str):
    """When sendmsg(2) fails rte_mp_reply fails with its errno, and the next reply is sent.

    Source: rte_eal.h, rte_mp_reply: "On failure, return -1, and the reason will be stored"
    Since: 18.05   Strength: must
    """
    requester, responder = pair(breakable(scene), role)
    responder.call("mp_action_register", name="ping", manner="reply")
    with CallFails(responder, "sendmsg", "ENOBUFS"):
        lost = requester.call("mp_request_sync", name="ping", timeout="patience")
    failed = responder.expect("replied")
    seen = (failed.ret, failed.rte_errno, lost.rte_errno)
    assert (seen, _ask(requester)) == ((-1, "ENOBUFS", "ETIMEDOUT"), ANSWERED)


def test_failed_send_hides_nobody(scene: Scene):
    """When sendmsg(2) to the first of two peers fails, a message still reaches the second.

    Source: eal_common_proc.c, mp_send; rte_eal.h, rte_mp_sendmsg: "Send a message to the peer process"
    Since: 18.05   Strength: observed
    """
    primary = breakable(scene).primary()
    with Ghost(scene, "one", idle=True) as one, Ghost(scene, "two", idle=True) as two:
        first, second = in_order(scene, one, two)
        with CallFails(primary, "sendmsg", "ENOBUFS"):
            r = primary.call("mp_sendmsg", name="ping")
        second.expect("ping")
        assert (r.ret, r.rte_errno, first.has_mail) == (-1, "ENOBUFS", False)


@pytest.mark.parametrize("function, error", [("opendir", "EMFILE"), ("flock", "ENOLCK")])
@every_sender
def test_directory_error_is_told(scene: Scene, function: str, error: str, sender: str):
    """When the runtime directory cannot be opened or locked a primary's call fails with that errno;
    nobody is asked, no descriptor is kept, and the next call works.

    Source: rte_eal.h, rte_mp_sendmsg, rte_mp_request_sync and _async: "the reason will be stored"
    Since: 18.05   Strength: must
    """
    primary = breakable(scene).primary()
    secondary = scene.secondary()
    secondary.call("mp_action_register", name="ping", manner="reply")
    before = primary.open_files()
    with CallFails(primary, function, error):
        r = _send(primary, sender)
    kept = primary.open_files() - before
    seen = (r.ret, r.rte_errno, kept)
    answered = _ask(primary)
    assert (seen, answered, len(secondary.events("action"))) == ((-1, error, 0), ANSWERED, 1)


@requests
@both_roles
def test_request_without_a_clock_is_told(scene: Scene, role: str, sender: str):
    """When the clock cannot be read a request fails with its errno, and the next one works.

    Source: rte_eal.h, rte_mp_request_sync and _async: "the reason will be stored in rte_errno"
    Since: 18.05   Strength: must
    """
    requester, responder = pair(breakable(scene), role)
    responder.call("mp_action_register", name="ping", manner="reply")
    with CallFails(requester, "clock_gettime", "EOVERFLOW"):
        r = _send(requester, sender)
    seen = (r.ret, r.rte_errno)
    assert (seen, _ask(requester)) == ((-1, "EOVERFLOW"), ANSWERED)


# -- waiting and receiving --------------------------------------------------------------------------


@both_roles
def test_wakeup_without_a_reason_does_not_end_the_wait(scene: Scene, role: str):
    """A condition that wakes without a reason, as POSIX allows, does not end a synchronous request:
    the reply that comes in time is returned.

    Source: rte_eal.h, rte_mp_request_sync: ts is "how long we can wait for the peer(s) to reply"
    Since: 18.05   Strength: must
    """
    requester, responder = pair(breakable(scene), role)
    responder.call("mp_action_register", name="ping", manner="late")
    with CallFails(requester, "pthread_cond_timedwait", ""):
        pending = requester.tell("mp_request_sync", name="ping", timeout="ample")
        responder.expect("action")
        responder.call("release_action", name="ping")
        r = pending.answer()
    assert (r.ret, r.rte_errno, r.nb_received) == ANSWERED


@both_roles
def test_receive_error_ends_nothing(scene: Scene, role: str):
    """A receive that fails for want of memory does not end a process's IPC: the next request is
    answered.

    Source: guide, "Communication between multiple processes"; recvmsg(2), ENOMEM; 20.11.0 to .4 go on
    Since: 18.05   Strength: observed
    """
    requester, responder = pair(breakable(scene), role)
    responder.call("mp_action_register", name="ping", manner="reply")
    with CallFails(responder, "recvmsg", "ENOMEM"):
        # The receive that is under way goes through; it is the next one that fails.
        requester.call("mp_request_sync", name="ping", timeout="ample")
        again = _ask(requester)
    assert again == ANSWERED


# -- coming up --------------------------------------------------------------------------------------

# Each step of making the channel, and the call that is it. EAL's interrupt thread is made first.
CHANNEL: dict[str, dict[str, Any]] = {
    "open": {"function": "open", "error": "EMFILE", "path": "/dpdk/rte"},
    "flock": {"function": "flock", "error": "ENOLCK"},
    "socket": {"function": "socket", "error": "EMFILE"},
    "bind": {"function": "bind", "error": "EACCES"},
    "thread": {"function": "pthread_create", "error": "EAGAIN", "nth": 2},
}
every_step = pytest.mark.parametrize("step", list(CHANNEL))


@every_step
def test_primary_without_a_channel_fails(scene: Scene, step: str):
    """A primary whose channel cannot be made fails in rte_eal_init, whichever step fails.

    Source: eal.c, rte_eal_init: "failed to init mp channel"
    Since: 18.05   Strength: observed
    """
    peer = breakable(scene).start("primary", hold=True)
    peer.may_end(code=EAL_FAILED)
    CallFails(peer, **CHANNEL[step]).inject()
    peer.call("eal_init")
    failed = peer.expect("eal_failed")
    peer.wait_end()
    assert (failed.ret, failed.rte_errno) == (-1, "EFAULT")


def _starts_without_a_channel(scene: Scene, step: str) -> Peer:
    peer = scene.start("secondary", hold=True)
    with CallFails(peer, **CHANNEL[step]):
        peer.call("eal_init")
        peer.expect("ready")
    return peer


@every_step
def test_secondary_without_a_channel_starts(scene: Scene, step: str):
    """A secondary whose channel cannot be made starts without IPC: what it sends fails, nobody is
    locked out, and the others' requests are answered as before.

    Source: eal.c, rte_eal_init: only a primary fails without a channel
    Since: 18.05   Strength: observed
    """
    primary = breakable(scene).primary()
    primary.call("mp_action_register", name="ping", manner="reply")
    mute = _starts_without_a_channel(scene, step)
    said = [_send(mute, sender).ret for sender in SENDERS]
    other = scene.secondary()
    assert (said, _ask(other)) == ([-1, -1, -1], ANSWERED)


@every_step
def test_secondary_without_a_channel_ends_cleanly(scene: Scene, step: str):
    """rte_eal_cleanup of a secondary without a channel returns 0 and closes none of the application's
    descriptors.

    Source: rte_eal.h, rte_eal_cleanup: "0 Successfully released all internal EAL resources"
    Since: 18.05   Strength: must
    """
    breakable(scene).primary()
    mute = scene.start("secondary", hold=True)
    path = mute.directory / "file"
    path.write_bytes(b"mine")
    with CallFails(mute, **CHANNEL[step]):
        # Before rte_eal_init opens anything else: the application gets the number that the socket had.
        with CallHeld(mute, "sendmsg") as asks_the_primary:
            mute.call("eal_init")
            asks_the_primary.wait()
            fds = [mute.call("open", path=str(path)).ret for _ in range(8)]
        mute.expect("ready")
    ret = mute.cleanup().ret
    read = [mute.call("pread", fd=fd, count=4).ret for fd in fds]
    assert (ret, read.count(4)) == (0, len(fds))
