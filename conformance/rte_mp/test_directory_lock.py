# SPDX-License-Identifier: BSD-3-Clause
"""The lock of the runtime directory: who holds it when, and whom it keeps waiting."""

import fcntl
import os

from conformance.roles import both_roles, fill_queue, subject
from faults.ghost import Ghost
from faults.runtime_dir import lockable
from targets.observed import observed
from targets.scene import Scene


@observed
def _lock_is_free(scene: Scene, kind: int) -> bool:
    """True if the runtime directory can be locked now."""
    return scene.isolation.inside(lockable, scene.runtime, kind)


def _wait_locked(scene: Scene) -> None:
    """Waits until somebody has locked the runtime directory: who knows how many looks that takes."""
    scene.wait_until(
        lambda: not scene.isolation.inside(lockable, scene.runtime), "the directory's lock"
    )


@both_roles
def test_channel_is_one_socket(scene: Scene, role: str):
    """Once rte_eal_init has returned, no descriptor of the runtime directory is open: its lock is free.

    Source: eal_common_proc.c, rte_mp_channel_init
    Since: 18.05   Strength: observed
    """
    peer = subject(scene, role)
    assert (peer.open_paths().count(scene.runtime.replace("/var/run", "/run")), peer.alive) == (
        0,
        True,
    )
    assert _lock_is_free(scene, fcntl.LOCK_EX)


def test_request_locks_the_directory(scene: Scene):
    """While a primary waits for answers the runtime directory is locked against new secondaries, and
    against nobody else; afterwards it is free.

    Source: eal_common_proc.c: "lock the directory to prevent processes spinning up while we send"
    Since: 18.08   Strength: observed
    """
    primary = scene.primary()
    with Ghost(scene) as ghost:
        request = primary.tell("mp_request_sync", name="ping", timeout="ample")
        asked = ghost.expect("ping")
        during = (_lock_is_free(scene, fcntl.LOCK_EX), _lock_is_free(scene, fcntl.LOCK_SH))
        ghost.reply(asked)
        request.answer()
    assert (during, _lock_is_free(scene, fcntl.LOCK_EX)) == ((False, True), True)


def test_message_locks_the_directory(scene: Scene):
    """While a primary's message is being sent the runtime directory is locked against new secondaries;
    afterwards it is free.

    Source: eal_common_proc.c: "lock the directory to prevent processes spinning up while we send"
    Since: 18.08   Strength: observed
    """
    primary = scene.primary()
    with Ghost(scene) as ghost:
        room = fill_queue(scene, primary)
        blocked = primary.tell("mp_sendmsg", name="blocked")
        _wait_locked(scene)
        shared = _lock_is_free(scene, fcntl.LOCK_SH)
        for _ in range(room):
            ghost.expect("fill")
        ghost.expect("blocked")
        assert (shared, blocked.answer().ret) == (True, 0)
    assert _lock_is_free(scene, fcntl.LOCK_EX)


def test_async_request_locks_the_directory(scene: Scene):
    """While a primary sends an asynchronous request the runtime directory is locked against new
    secondaries, and against nobody else; when the call has returned, it is free.

    Source: eal_common_proc.c: "lock the directory to prevent processes spinning up while we send"
    Since: 18.08   Strength: observed
    """
    primary = scene.primary()
    with Ghost(scene) as ghost:
        room = fill_queue(scene, primary)
        blocked = primary.tell("mp_request_async", name="blocked", timeout="ample")
        _wait_locked(scene)
        shared = _lock_is_free(scene, fcntl.LOCK_SH)
        for _ in range(room):
            ghost.expect("fill")
        asked = ghost.expect("blocked")
        assert (shared, blocked.answer().ret, _lock_is_free(scene, fcntl.LOCK_EX)) == (
            True,
            0,
            True,
        )
        ghost.reply(asked)
        primary.expect("async_reply")


def test_locked_directory_delays_a_secondary(scene: Scene):
    """A secondary does not open its channel while the runtime directory is locked; then it does.

    Source: eal_common_proc.c, rte_mp_channel_init: flock
    Since: 18.05   Strength: observed
    """
    primary = scene.primary()
    handle = scene.isolation.inside(os.open, scene.runtime, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_SH)
    starting = scene.start("secondary")
    scene.wait_until(lambda: "lock_inode_wait" in starting.wait_channel(), "a secondary that waits")
    during = scene.sockets()
    os.close(handle)
    starting.expect("ready")
    assert (during, len(scene.sockets()), primary.alive) == ([], 1, True)
