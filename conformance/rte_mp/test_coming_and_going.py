# SPDX-License-Identifier: BSD-3-Clause
"""Processes that come and go at a bad moment: in a storm, without a primary, during a broadcast."""

from typing import Any

import pytest

from conformance.roles import in_order
from faults.call import CallHeld, breakable
from faults.ghost import Ghost
from faults.process import ExitedWithoutCleanup, Killed, PrimaryReturns, RestartStorm
from faults.survivors import Survivors
from targets.outcome import Inconclusive
from targets.peer import Peer, Pending
from targets.scene import Scene
from traffic.datagram import MpType

SENDERS: dict[str, dict[str, Any]] = {
    "message": {"verb": "mp_sendmsg"},
    "sync": {"verb": "mp_request_sync", "timeout": "ample"},
    "async": {"verb": "mp_request_async", "timeout": "ample"},
}
every_sender = pytest.mark.parametrize("sender", list(SENDERS))

STORM = 20


def test_restart_storm_costs_the_others_nothing(scene: Scene):
    """After twenty secondaries were killed in quick succession, before and after rte_eal_init, asking
    and asked, everything works for the others, and no more than one hugepage of theirs is lost.

    Source: guide, "Multi-process Support"; nobody promises that memory of the dead comes back. A
        secondary that dies loses 88 kB of the heap on 20.11, 152 kB on 22.11, 8 kB from 24.11 on.
    Since: 18.05   Strength: measured
    """
    primary, witness = scene.primary(), scene.secondary()
    survivors = Survivors(scene, primary, (witness,))
    with RestartStorm(primary, STORM):
        found = survivors.findings()
    lost = int(found.pop("hugepages", "0"))
    assert (found, lost in (0, 1)) == ({}, True)


def _ask(peer: Peer):
    r = peer.call("mp_request_sync", name="ping", timeout="ample")
    return "answered" if r.nb_received else r.rte_errno


def test_primary_that_returns_is_refused_until_all_are_gone(scene: Scene):
    """Secondaries whose primary was killed cannot ask anybody, before and after another primary has tried
    to take its place; that is refused until the last one has gone, and serves whoever comes then.

    Source: eal_common_fbarray.c: the files of the shared arrays are locked; the guide is silent
    Since: 19.02   Strength: measured
    """
    primary, one, other = scene.primary(), scene.secondary(), scene.secondary()
    primary.call("mp_action_register", name="ping", manner="reply")
    seen: list[Any] = [_ask(one)]
    with PrimaryReturns(primary) as fault:
        seen += [fault.returned, _ask(one), _ask(other)]
    with Killed(one), PrimaryReturns(primary) as again:
        seen += [again.returned, _ask(other)]
    with Killed(other):
        pass
    successor = scene.primary()
    successor.call("mp_action_register", name="ping", manner="reply")
    seen.append(_ask(scene.secondary()))
    refused = "ECONNREFUSED"
    assert seen == ["answered", None, refused, refused, None, refused, "answered"]


def test_primary_that_is_refused_harms_nobody(scene: Scene):
    """A primary that is refused because a secondary of a killed one lives changes nothing for that one:
    it still allocates.

    Source: eal_common_fbarray.c: who finds the shared arrays locked keeps away; rte_malloc.h, rte_malloc
    Since: 19.02   Strength: observed
    """
    primary, orphan = scene.primary(), scene.secondary()
    with PrimaryReturns(primary) as fault:
        assert fault.refused is not None
        got = orphan.call("malloc", size=64).ret is not None
    assert got


def test_primary_that_is_refused_keeps_nobody_from_ending(scene: Scene):
    """A primary that is refused because a secondary of a killed one lives changes nothing for that one:
    it still ends cleanly.

    Source: eal_common_fbarray.c: who finds the shared arrays locked keeps away; rte_eal_cleanup
    Since: 19.02   Strength: observed
    """
    primary, orphan = scene.primary(), scene.secondary()
    with PrimaryReturns(primary) as fault:
        assert fault.refused is not None
        orphan.stop()


def test_orphans_work_with_what_they_have(scene: Scene):
    """A secondary whose primary was killed goes on with the shared memory that there is: it allocates,
    looks up, and ends cleanly; another one still attaches.

    Source: guide, "Multi-process Support"; nothing is said of a primary's death
    Since: 18.05   Strength: measured
    """
    primary, orphan = scene.primary(), scene.secondary()
    primary.call("ring_create", name="ring", count=8)
    with Killed(primary):
        got = orphan.call("malloc", size=64).ret is not None
        found = orphan.call("ring_lookup", name="ring").ring is not None
        late = scene.secondary()
        late.stop()
        orphan.stop()
    assert (got, found) == (True, True)


# -- in the midst of a broadcast --------------------------------------------------------------------


def _gone(how: str, peer: Peer) -> None:
    if how == "leaves":
        peer.stop()
        return
    with Killed(peer) if how == "killed" else ExitedWithoutCleanup(peer):
        pass


def _broadcast(primary: Peer, sender: str) -> Pending:
    keys = dict(SENDERS[sender])
    return primary.tell(keys.pop("verb"), name="ping", **keys)


def _serve(scene: Scene, ghost: Ghost, pending: Pending) -> bool:
    """True if a broadcast reaches a ghost. The ghost answers what needs an answer."""
    scene.wait_until(lambda: ghost.has_mail or pending.answered, "the broadcast or its end")
    if not ghost.has_mail:
        return False
    asked = ghost.expect("ping")
    if asked.type == MpType.MP_REQ:
        ghost.reply(asked)
    return True


@every_sender
@pytest.mark.parametrize("how", ["leaves", "killed", "exits"])
def test_secondary_that_goes_during_a_broadcast_fails_nothing(scene: Scene, how: str, sender: str):
    """A secondary that goes while a broadcast is under way, and has not come to it yet, is left out:
    the call succeeds, and whoever comes after it is served.

    Source: guide, "Sending requests": "how many peer processes were active at the time of the request"
    Since: 18.05   Strength: documented
    """
    primary = breakable(scene).primary()
    with Ghost(scene, "one", idle=True) as one:
        goes = scene.secondary()
        with Ghost(scene, "two", idle=True) as two:
            first, last = in_order(scene, one, two)
            if scene.sockets()[1] != scene.socket_of(goes).rpartition("/")[2]:
                raise Inconclusive(f"no order with the one that goes between: {scene.sockets()}")
            with CallHeld(primary, "sendmsg") as held:
                pending = _broadcast(primary, sender)
                held.wait()
                _gone(how, goes)
            served = [_serve(scene, ghost, pending) for ghost in (first, last)]
            r = pending.answer()
    assert (r.ret, r.rte_errno if r.ret else None, served) == (0, None, [True, True])


@every_sender
def test_secondary_that_comes_during_a_broadcast_is_not_asked(scene: Scene, sender: str):
    """A secondary that comes while a broadcast is under way waits until that is over, is not asked, and
    is asked by the next one.

    Source: eal_common_proc.c: "lock the directory to prevent processes spinning up while we send"
    Since: 18.08   Strength: observed
    """
    primary = breakable(scene).primary()
    with Ghost(scene) as ghost:
        with CallHeld(primary, "sendmsg") as held:
            pending = _broadcast(primary, sender)
            held.wait()
            comes = scene.start("secondary", hold=True)
            comes.call("mp_action_register", name="ping", manner="reply")
            comes.call("eal_init")
            scene.wait_until(lambda: "lock_inode_wait" in comes.wait_channel(), "one that waits")
        _serve(scene, ghost, pending)
        r = pending.answer()
    comes.expect("ready")
    after = primary.call("mp_request_sync", name="ping", timeout="ample")
    assert (r.ret, after.nb_received, len(comes.events("action"))) == (0, 1, 1)
