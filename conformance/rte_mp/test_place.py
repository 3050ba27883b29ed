# SPDX-License-Identifier: BSD-3-Clause
"""A runtime directory that is stale, gone, read-only, full, locked or somebody else's: who can start, ask
and leave, and whether all is well when the directory is again.

Only root and the directory's owner can do this to a deployment, or a disk that runs full.
"""

import fcntl
import os
import signal
from contextlib import contextmanager
from typing import Any, Callable, Iterator

import pytest

from conformance.ipc_users.block import SIZE, fill, seen
from conformance.eal.locks import given_up, newcomer
from conformance.verdicts.run import Run
from faults.fault import Fault
from faults.runtime_dir import Foreign, Full, Gone, Locked, ReadOnly, Stale
from targets.outcome import need_release
from targets.peer import EAL_FAILED, Peer
from targets.scene import Scene

PLACES: dict[str, Callable[[Scene], Fault]] = {
    "gone": Gone,
    "read-only": ReadOnly,
    "full": Full,
    "full-of-files": lambda scene: Full(scene, inodes=True),
}
every_place = pytest.mark.parametrize("place", list(PLACES))


def _start(scene: Scene, role: str) -> tuple[Peer, str]:
    """A peer, and how its rte_eal_init ends: "ready", "waits" for the directory's lock, "refused" with or
    without a reason, or a signal."""
    peer = scene.start(role)
    for fatal in (signal.SIGBUS, signal.SIGSEGV):
        peer.may_end(signal=fatal)
    peer.may_end(code=EAL_FAILED)
    scene.wait_until(
        lambda: peer.said("ready") or not peer.alive or "lock_inode_wait" in peer.wait_channel(),
        "rte_eal_init to return, or to wait",
    )
    if peer.alive:
        return peer, "ready" if peer.said("ready") else "waits"
    if peer.said("eal_failed"):
        why = peer.expect("eal_failed").rte_errno
        return peer, "refused, and says why" if why else "refused without a reason"
    return peer, str(peer.ending)


def _ask(peer: Peer) -> str:
    r = peer.call("mp_request_sync", name="ping", timeout="ample")
    return "answered" if r.nb_received else str(r.rte_errno)


def _pair(scene: Scene) -> tuple[Peer, Peer]:
    primary, secondary = scene.primary(), scene.secondary()
    for peer in (primary, secondary):
        peer.call("mp_action_register", name="ping", manner="reply")
    return primary, secondary


# -- who can start ----------------------------------------------------------------------------------


@contextmanager
def _config_locked(scene: Scene) -> Iterator[None]:
    """Somebody else holds the lock on the configuration file."""
    scene.isolation.inside(os.makedirs, scene.runtime, 0o700)
    path = f"{scene.runtime}/config"
    handle = scene.isolation.inside(os.open, path, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.lockf(handle, fcntl.LOCK_EX)
    yield
    os.close(handle)


@contextmanager
def _foreign(scene: Scene) -> Iterator[None]:
    foreign = Foreign(scene)
    with foreign:
        before, scene.argv_prefix = scene.argv_prefix, foreign.as_nobody
        yield
    scene.argv_prefix = before


BEFORE: dict[str, Callable[[Scene], Any]] = {
    **{name: place for name, place in PLACES.items() if name != "gone"},
    "config-locked": _config_locked,
    "foreign": _foreign,
}
WELL = ("ready", "refused, and says why")


@pytest.mark.parametrize("place", list(BEFORE))
def test_primary_that_cannot_start_says_why(run: Run, scene: Scene, place: str):
    """A primary that cannot use its runtime directory fails in rte_eal_init, rte_errno says why, and the
    next one starts when the directory is as it should be.

    Source: rte_eal.h, rte_eal_init: "-1 and rte_errno is set to a value indicating the cause for failure"
    Since: 18.02   Strength: must
    """
    if place == "foreign":
        need_release(run.release, (22, 3), ": before, another user has a directory of its own")
    with BEFORE[place](scene):
        _, how = _start(scene, "primary")
    assert (how, _start(scene, "primary")[1]) == (WELL[1], "ready")


@every_place
def test_secondary_that_cannot_start_says_why(scene: Scene, place: str):
    """A secondary that cannot use the runtime directory starts without it, or fails in rte_eal_init and
    rte_errno says why.

    Source: rte_eal.h, rte_eal_init: "-1 and rte_errno is set to a value indicating the cause for failure"
    Since: 18.02   Strength: must
    """
    scene.primary()
    with PLACES[place](scene):
        _, how = _start(scene, "secondary")
    assert how in WELL


@every_place
def test_secondary_that_cannot_start_harms_nobody(scene: Scene, place: str):
    """A secondary that could not use the runtime directory has harmed nobody: when the directory is as it
    should be, the primary allocates, and another secondary starts.

    Source: rte_malloc.h, rte_malloc; guide, "Multi-process Support"
    Since: 18.05   Strength: observed
    """
    primary = scene.primary()
    with PLACES[place](scene):
        _start(scene, "secondary")
    hung = given_up(primary, {"growth": ("malloc", {"size": SIZE})})
    then = "nobody allocates" if hung else newcomer(scene)
    if hung:
        primary.kill()
    assert then == "returns"


def test_foreign_secondary_is_refused(scene: Scene):
    """A process of another user can be no secondary: its rte_eal_init fails, says why, and the others do
    not notice.

    Source: eal.c, eal_create_runtime_dir: mode 0700; guide, "Multi-process Support"
    Since: 18.05   Strength: observed
    """
    primary, secondary = _pair(scene)
    with _foreign(scene):
        _, how = _start(scene, "secondary")
    assert (how, _ask(primary), _ask(secondary)) == (WELL[1], "answered", "answered")


def test_stale_files_hinder_nobody(scene: Scene):
    """Files that dead processes have left behind hinder nobody: a primary starts, asks its secondary,
    and removes the sockets of the dead.

    Source: eal_common_proc.c, send_msg; eal.c, eal_clean_runtime_dir
    Since: 19.02   Strength: observed
    """
    with Stale(scene, sockets=30):
        primary, secondary = _pair(scene)
        said = (_ask(primary), _ask(secondary), len(scene.sockets()))
    assert said == ("answered", "answered", 1)


# -- who is there already ---------------------------------------------------------------------------

# Whether a request of the primary, and one of a secondary, is answered.
ASKING = dict.fromkeys(PLACES, ("answered", "answered")) | {"gone": ("ENOENT", "ENOENT")}


@every_place
def test_requests_of_those_who_are_there(scene: Scene, place: str):
    """Whoever is there asks and is asked as long as the sockets can be found, in a directory that is
    read-only or full too; and when the directory is as it should be all is well again.

    Source: eal_common_proc.c, mp_send: nothing is written; the guide is silent
    Since: 18.05   Strength: measured
    """
    primary, secondary = _pair(scene)
    with PLACES[place](scene):
        during = (_ask(primary), _ask(secondary))
    after = (_ask(primary), _ask(secondary), newcomer(scene))
    assert (during, after) == (ASKING[place], ("answered", "answered", "returns"))


@every_place
def test_growth_is_everybodys(scene: Scene, place: str):
    """A primary that cannot tell its secondaries of new memory, as their sockets cannot be found, gets
    none; otherwise they have it too.

    Source: guide, "Memory Sharing": "all pointers to that memory are valid, and point to the same
    objects, in both processes"
    Since: 18.05   Strength: documented
    """
    primary, secondary = _pair(scene)
    with PLACES[place](scene):
        found = _grown(primary, secondary)
    assert found in ("no memory", "the same")


def test_growth_is_everybodys_when_the_directory_is_a_new_one(scene: Scene):
    """A primary whose runtime directory was removed, and made anew by whoever started next, gets no
    memory that its secondaries do not have.

    Source: guide, "Memory Sharing": "all pointers to that memory are valid, and point to the same
    objects, in both processes"
    Since: 18.05   Strength: documented
    """
    primary, secondary = _pair(scene)
    with Gone(scene):
        _start(scene, "secondary")  # It fails, and the directory is there.
        found = _grown(primary, secondary)
        for peer in (primary, secondary):
            peer.kill()
    assert found in ("no memory", "the same")


def _grown(primary: Peer, secondary: Peer) -> str:
    """The content that a secondary finds in memory that the primary has got, or that the primary got
    none."""
    ptr = primary.call("malloc", size=SIZE).ret
    if ptr is None:
        return "no memory"
    fill(primary, ptr)
    return seen(secondary, ptr)


@every_place
def test_process_can_leave(scene: Scene, place: str):
    """A process whose runtime directory cannot be used any more still leaves: rte_eal_cleanup returns 0,
    of a secondary and of the primary.

    Source: rte_eal.h, rte_eal_cleanup: "0 Successfully released all internal EAL resources"
    Since: 18.02   Strength: must
    """
    primary, secondary = _pair(scene)
    with PLACES[place](scene):
        said = [peer.cleanup().ret for peer in (secondary, primary)]
    assert said == [0, 0]


def test_lock_of_the_directory_delays_the_primary(scene: Scene):
    """While somebody else has locked the runtime directory a primary's request waits, a secondary's does
    not; then it is sent and answered.

    Source: eal_common_proc.c, rte_mp_request_sync: flock(2), which has no timeout; the guide is silent
    Since: 18.08   Strength: measured
    """
    primary, secondary = _pair(scene)
    with Locked(scene):
        request = primary.tell("mp_request_sync", name="ping", timeout="ample")
        scene.wait_until(lambda: "lock_inode_wait" in primary.wait_channel(), "one that waits")
        other = _ask(secondary)
        assert not request.answered
    assert (other, request.answer().nb_received) == ("answered", 1)


LONGEST_PATH = 107  # What struct sockaddr_un holds, without its NUL.


def test_secondary_takes_nobody_elses_name(scene: Scene):
    """A secondary whose socket's name does not fit into an address, as the primary's just does, takes
    nobody else's: what is sent to the primary still reaches it.

    Source: eal_common_proc.c, open_socket_fd; unix(7): 108 bytes; 637593544a1d (26.03) refuses
    Since: 18.05   Strength: observed
    """
    folder = scene.runtime.rpartition("/")[0] + "/"
    scene.prefix = "p" * (LONGEST_PATH - len(f"{folder}/mp_socket"))
    scene.eal.append("--no-telemetry")  # Its socket has a longer name.
    primary = scene.primary()
    primary.call("mp_action_register", name="ping")
    before = scene.isolation.inside(os.stat, f"{scene.runtime}/mp_socket").st_ino
    peer, how = _start(scene, "secondary")
    now = scene.isolation.inside(os.stat, f"{scene.runtime}/mp_socket").st_ino
    if peer.alive:
        peer.kill()
    assert (how in WELL, now == before) == (True, True)
