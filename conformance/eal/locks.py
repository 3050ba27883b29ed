# SPDX-License-Identifier: BSD-3-Clause
"""The locks that lie in shared memory: how a process comes to hold one, and who then spins for it."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import Any, Callable, Iterator, Mapping

from conformance.ipc_users.block import SIZE
from faults.fault import Fault
from faults.process import Stopped
from targets import stacks
from targets.observed import observed
from targets.outcome import Inconclusive
from targets.peer import Peer, Pending
from targets.scene import Scene

# A call that is done in microseconds and has used so much CPU spins; a whole rte_eal_init uses less than
# the second one.
SPUN_S = 0.03
VERB_THREAD = "peer-verb"
INIT_SPUN_S = 0.25


# By name: the verb and its keys.
Calls = Mapping[str, tuple[str, Mapping[str, Any]]]


def _done_or_spins(peer: Peer, pending: Pending, others: set[int]) -> int | None:
    """The thread on which a call spins, none of the others; None when it has returned."""
    mine: set[int] = set()

    def spins() -> bool:
        nonlocal mine
        mine = peer.threads_named(VERB_THREAD) - others
        return any(peer.cpu_s(tid) >= SPUN_S for tid in mine)

    peer.scene.wait_until(
        lambda: pending.answered or spins(),
        f"the end of {pending.verb} of {peer.name}, or that it spins",
    )
    return None if pending.answered else max(mine)


def where(peer: Peer, tid: int) -> str:
    """The public functions that a thread of a peer is in, the outermost first."""
    return " > ".join(stacks.calls(peer.pid, tid))


@observed
def tried(peer: Peer, calls: Calls) -> dict[str, Pending]:
    """Makes these calls, one after another, and returns those that do not return. The stack of each
    goes to the timeline: its names differ from build to build."""
    hung: dict[str, Pending] = {}
    threads: dict[str, int] = {}
    for name, (verb, keys) in calls.items():
        others = peer.threads_named(VERB_THREAD)  # Also of calls that have just been answered.
        pending = peer.tell(verb, **keys)
        tid = _done_or_spins(peer, pending, others)
        if tid is None:
            pending.answer()
            continue
        hung[name], threads[name] = pending, tid
    for name in hung:
        spins_in = where(peer, threads[name])
        peer.scene.timeline.add(peer.name, "spins", call=name, stack=spins_in)
    return hung


def given_up(peer: Peer, calls: Calls) -> list[str]:
    """The names of the calls that hang; nobody will wait for them any more."""
    hung = tried(peer, calls)
    for pending in hung.values():
        peer.forget(pending)
    return list(hung)


def leaves(peer: Peer) -> str:
    """ "returns" or "hangs": what a peer's rte_eal_cleanup does. A peer that hangs is killed."""
    hung = given_up(peer, {"eal_cleanup": ("eal_cleanup", {})})
    peer.kill()
    return "hangs" if hung else "returns"


def newcomer(scene: Scene) -> str:
    """ "returns" or "hangs": what the rte_eal_init of a new secondary does. The secondary is killed
    afterwards."""
    peer = scene.start("secondary")
    scene.wait_until(
        lambda: peer.said("ready") or peer.cpu_s(peer.pid) >= INIT_SPUN_S,
        "a new secondary, or that it spins",
    )
    hangs = not peer.said("ready")
    if hangs:
        scene.timeline.add(peer.name, "spins", call="eal_init", stack=where(peer, peer.pid))
    peer.kill()
    return "hangs" if hangs else "returns"


# -- ways to hold one -------------------------------------------------------------------------------

LetGo = Callable[[], None]
# Of a primary, the holder, and what is done to the holder once it holds.
Way = Callable[[Peer, Peer, Callable[[], None]], LetGo]

NO_PORT = 65535

# More than three new processes allocate for themselves; two such blocks fit into one page.
ROOM = 600 << 10


def _inside_malloc(primary: Peer, holder: Peer, hurt: Callable[[], None]) -> LetGo:
    """The process waits for the primary's pages: the heap is locked, and the pages are locked for
    writing."""
    with Stopped(primary):
        asked = holder.tell("malloc", size=SIZE)
        primary.scene.wait_until(lambda: primary.scene.queued_at(primary), "a request for pages")
        hurt()
        if asked.answered:
            raise Inconclusive("the process did not wait for pages any more: it has given up")
    return _answered(holder, asked)


def _by_function(lock: str, unlock: str) -> Way:
    def take(_primary: Peer, holder: Peer, hurt: Callable[[], None]) -> LetGo:
        holder.call(lock)
        hurt()
        return lambda: _called(holder, unlock)

    return take


def _in_walk(verb: str) -> Way:
    """The process is inside the callback of a walk, which DPDK runs under the lock."""

    def take(_primary: Peer, holder: Peer, hurt: Callable[[], None]) -> LetGo:
        walk = holder.tell(verb, hold=True)
        holder.expect("walking")
        hurt()
        return _answered(holder, walk, lambda: _called(holder, "release", of=walk.id))

    return take


def _while_logging(_primary: Peer, holder: Peer, hurt: Callable[[], None]) -> LetGo:
    """The process logs an error about a port that does not exist, and the reader of its log has
    stopped."""
    scene = holder.scene
    holder.call("openlog_stream", f="full pipe")
    asked = holder.tell("eth_dev_owner_set", port_id=NO_PORT, owner_id=1)
    scene.wait_until(lambda: "pipe_write" in holder.wait_channel(VERB_THREAD), "a full log")
    hurt()
    return _answered(holder, asked, lambda: _called(holder, "log_pipe_read"))


def _answered(holder: Peer, pending: Pending, first: LetGo = lambda: None) -> LetGo:
    """The call that holds comes to its end, after this has been done; that of a dead one never does."""
    if not holder.alive:
        holder.forget(pending)

    def let_go() -> None:
        first()
        pending.answer()

    return let_go


def _called(peer: Peer, verb: str, **keys: Any) -> None:
    peer.call(verb, **keys)


WAYS: dict[str, Way] = {
    "heap": _inside_malloc,
    "pages": _in_walk("memseg_walk"),
    "pages-for-writing": _by_function("mcfg_mem_write_lock", "mcfg_mem_write_unlock"),
    "memzones": _in_walk("memzone_walk"),
    "tailqs": _by_function("mcfg_tailq_read_lock", "mcfg_tailq_read_unlock"),
    "tailqs-for-writing": _by_function("mcfg_tailq_write_lock", "mcfg_tailq_write_unlock"),
    "mempools": _in_walk("mempool_walk"),
    "mempools-for-writing": _by_function("mcfg_mempool_write_lock", "mcfg_mempool_write_unlock"),
    "ports": _while_logging,
    "timers": _by_function("mcfg_timer_lock", "mcfg_timer_unlock"),
}


@contextmanager
def held(lock: str, primary: Peer, holder: Peer, fault: Fault) -> Iterator[LetGo]:
    """While the block lasts `holder` has a lock, and the fault acts on it. What lets it go later."""
    # Everything that a lock is about is there, and has the memory that it takes once.
    primary.call("mempool_create", name="held", n=8, elt_size=8)
    primary.call("eth_dev_owner_new")
    primary.call("timer_subsystem_init")
    _make_room(primary)
    with ExitStack() as stack:
        yield WAYS[lock](primary, holder, lambda: _entered(stack, fault))


def _make_room(primary: Peer) -> None:
    """The heap has room for new processes. Whether its pages are just full is a matter of the sizes of
    a release's tables, and a process that wants another page waits for their lock."""
    room, _kept = (primary.call("malloc", size=ROOM).ret for _ in range(2))
    primary.call("free", ptr=room)


def _entered(stack: ExitStack, fault: Fault) -> None:
    stack.enter_context(fault)
