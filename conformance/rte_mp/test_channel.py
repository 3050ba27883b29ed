# SPDX-License-Identifier: BSD-3-Clause
"""The channel itself: sockets, the runtime directory, the thread, start and clean-up."""

import os
import re
import stat

import pytest

from conformance.roles import both_roles, fill_queue, pair, subject
from faults.ghost import Ghost
from faults.process import Killed
from targets.peer import EAL_FAILED
from targets.scene import Scene
from targets.threads import IPC_THREADS
from traffic.datagram import MpType


def _ipc_threads(peer):
    return len([name for name in peer.threads() if name in IPC_THREADS])


def test_sockets_have_their_names(scene: Scene):
    """The primary's socket is mp_socket, a secondary's mp_socket_<pid>_<hexadecimal time stamp>.

    Source: eal_common_proc.c, open_socket_fd
    Since: 18.05   Strength: observed
    """
    scene.primary()
    pid = scene.secondary().greeting.pid
    names = scene.isolation.inside(os.listdir, scene.runtime)
    sockets = sorted(name for name in names if name.startswith("mp_socket"))
    assert (sockets[0], bool(re.fullmatch(rf"mp_socket_{pid}_[0-9a-f]+", sockets[1]))) == (
        "mp_socket",
        True,
    )
    assert len(sockets) == 2


def test_sockets_are_datagram_sockets(scene: Scene):
    """Sockets are there when rte_eal_init returns, and take datagrams.

    Source: eal_common_proc.c, open_socket_fd
    Since: 18.05   Strength: observed
    """
    primary, secondary = scene.primary(), scene.secondary()
    for peer in (primary, secondary):
        peer.call("mp_action_register", name="ping")
        with Ghost(scene) as ghost:
            ghost.send(MpType.MP_MSG, "ping", to=scene.socket_of(peer))
        assert peer.expect("action").peer == f"{scene.runtime}/mp_socket_ghost"


def test_directory_is_private(scene: Scene):
    """The runtime directory is its owner's only: mode 0700.

    Source: eal_filesystem.c, eal_create_runtime_dir
    Since: 18.05   Strength: observed
    """
    scene.primary()
    mode = scene.isolation.inside(os.stat, scene.runtime).st_mode
    assert oct(stat.S_IMODE(mode)) == "0o700"


@both_roles
def test_there_is_one_ipc_thread(scene: Scene, role: str):
    """A process has one IPC thread, and every action runs on it.

    Source: guide, "Communication between multiple processes": "a dedicated IPC ... thread"
    Since: 18.08   Strength: documented
    """
    sender, receiver = pair(scene, role)
    for name in ("a", "b"):
        receiver.call("mp_action_register", name=name)
        sender.call("mp_sendmsg", name=name)
    threads = {receiver.expect("action").thread.tid for _ in "ab"}
    assert (_ipc_threads(receiver), len(threads)) == (1, 1)


@both_roles
def test_actions_run_one_at_a_time(scene: Scene, role: str):
    """While an action runs no other one is started; what came meanwhile is handled after it.

    Source: guide, "Misc considerations": the "IPC implementation being single-threaded"
    Since: 18.05   Strength: documented
    """
    sender, receiver = pair(scene, role)
    receiver.call("mp_action_register", name="slow", manner="hold")
    receiver.call("mp_action_register", name="next")
    sender.call("mp_action_register", name="other")
    sender.call("mp_sendmsg", name="slow")
    receiver.expect("action", action="slow")
    sender.call("mp_sendmsg", name="next")
    # One that is sent later, the other way, is handled meanwhile: "next" has had its chance.
    receiver.call("mp_sendmsg", name="other")
    sender.expect("action", action="other")
    receiver.call("release_action", name="slow")
    began, ended = receiver.expect("action", action="next"), receiver.expect(
        "replied", action="slow"
    )
    assert (ended.ret, began.at > ended.at) == (0, True)


@both_roles
def test_cleanup_removes_the_channel(scene: Scene, role: str):
    """rte_eal_cleanup removes the process's socket and ends its IPC thread.

    Source: eal_common_proc.c, rte_mp_channel_cleanup (85d6815fa6d0, e7885281ded1)
    Since: 21.08   Strength: observed
    """
    peer = subject(scene, role)
    socket = scene.socket_of(peer)
    assert peer.cleanup().ret == 0
    there = scene.isolation.inside(os.path.exists, socket)
    # A socket that is only unlinked is still in the kernel's list.
    open_still = [line for line in peer.unix_sockets() if line == socket]
    assert (there, _ipc_threads(peer), open_still) == (False, 0, [])


def test_cleanup_removes_one_socket(scene: Scene):
    """A secondary's rte_eal_cleanup leaves the others' sockets alone, and their requests work.

    Source: eal_common_proc.c, rte_mp_channel_cleanup
    Since: 19.02   Strength: observed
    """
    primary, leaves, stays = scene.primary(), scene.secondary(), scene.secondary()
    stays.call("mp_action_register", name="ping", manner="reply")
    leaves.stop()
    r = primary.call("mp_request_sync", name="ping", timeout="ample")
    assert (len(scene.sockets()), r.ret, r.nb_sent, r.nb_received) == (1, 0, 1, 1)


def test_descriptors_are_given_back(scene: Scene):
    """Requests and messages, answered or not, leave no descriptor open in the primary.

    Source: eal_common_proc.c, mp_send and rte_mp_request_sync: closedir
    Since: 18.05   Strength: observed
    """
    primary, secondary = scene.primary(), scene.secondary()
    secondary.call("mp_action_register", name="ping", manner="reply")
    before = primary.open_files()
    for _ in range(5):
        primary.call("mp_sendmsg", name="ping")
        primary.call("mp_request_sync", name="ping", timeout="ample")
        primary.call("mp_request_async", name="ping", timeout="ample")
        primary.expect("async_reply")
    primary.call("mp_request_sync", name="unknown", timeout="brief")
    assert primary.open_files() - before == 0


def test_primary_without_a_channel_fails(scene: Scene):
    """A primary whose socket cannot be bound fails in rte_eal_init.

    Source: eal.c, rte_eal_init: "failed to init mp channel"
    Since: 18.05   Strength: observed
    """
    scene.isolation.inside(os.makedirs, f"{scene.runtime}/mp_socket")
    assert scene.failing("primary").ret == -1


@both_roles
def test_interrupted_receive_goes_on(scene: Scene, role: str):
    """A signal that interrupts the IPC thread's recvmsg(2) ends nothing: the next request is answered.

    Source: eal_common_proc.c, read_msg: EINTR
    Since: 18.05   Strength: observed
    """
    requester, responder = pair(scene, role)
    responder.call("mp_action_register", name="ping", manner="reply")
    counts = []
    for _ in range(3):
        thread = next(name for name in responder.threads() if name in IPC_THREADS)
        assert responder.call("interrupt", thread=thread).ret == 1
        r = requester.call("mp_request_sync", name="ping", timeout="ample")
        counts.append(r.nb_received)
    assert counts == [1, 1, 1]


def test_interrupted_send_goes_on(scene: Scene):
    """A signal that interrupts a blocked sendmsg(2) loses nothing: the message is sent, once.

    Source: eal_common_proc.c, send_msg: EINTR
    Since: 18.05   Strength: observed
    """
    primary = scene.primary()
    with Ghost(scene) as ghost:
        room = fill_queue(scene, primary)
        blocked = primary.tell("mp_sendmsg", name="blocked")
        scene.wait_until(lambda: "unix_wait_for_peer" in primary.wait_channel(), "a blocked sender")
        assert primary.call("interrupt", thread="peer").ret > 0
        for _ in range(room):
            ghost.expect("fill")
        ghost.expect("blocked")
        assert (blocked.answer().ret, ghost.has_mail) == (0, False)


def test_sent_message_needs_no_reader(scene: Scene):
    """Messages that fit into a receiver's queue are sent at once, whether it reads or not.

    Source: guide, "Sending messages": "does not expect a response"
    Since: 18.05   Strength: documented
    """
    primary = scene.primary()
    with Ghost(scene) as ghost:
        answers = [primary.call("mp_sendmsg", name="ping").ret for _ in range(5)]
        for _ in answers:
            ghost.expect("ping")
    assert answers == [0] * 5


def test_new_primary_takes_the_place(scene: Scene):
    """After a primary was killed a new one starts in the same runtime directory, and serves IPC.

    Source: eal_common_proc.c, open_socket_fd: "May still exist since last run"
    Since: 18.05   Strength: observed
    """
    first = scene.primary()
    with Killed(first):
        second = scene.primary()
    second.call("mp_action_register", name="ping", manner="reply")
    r = scene.secondary().call("mp_request_sync", name="ping", timeout="ample")
    assert (r.ret, r.nb_received) == (0, 1)


def test_second_primary_is_refused(scene: Scene):
    """While a primary lives a second one with its file-prefix fails in rte_eal_init, and the first
    one's IPC goes on.

    Source: guide, "Deployment models": one primary a deployment
    Since: 18.05   Strength: documented
    """
    first, secondary = scene.primary(), scene.secondary()
    first.call("mp_action_register", name="ping", manner="reply")
    assert scene.failing("primary").ret == -1
    r = secondary.call("mp_request_sync", name="ping", timeout="ample")
    assert (r.ret, r.nb_received) == (0, 1)


def test_registering_works_before_init(scene: Scene):
    """Before rte_eal_init actions can be registered, and sending fails; afterwards they are called.

    Source: eal_common_proc.c, mp_send: no directory yet
    Since: 19.08   Strength: observed
    """
    primary = scene.start("primary", hold=True)
    early = primary.call("mp_action_register", name="ping", manner="reply")
    said = [
        primary.call("mp_sendmsg", name="ping"),
        primary.call("mp_request_sync", name="ping", timeout="brief"),
        primary.call("mp_request_async", name="ping", timeout="brief"),
    ]
    primary.call("eal_init")
    primary.expect("ready")
    with Ghost(scene) as ghost:
        ghost.send(MpType.MP_REQ, "ping")
        ghost.expect("ping", MpType.MP_REP)
    assert (early.ret, [(r.ret, r.rte_errno) for r in said]) == (0, [(-1, "ENOENT")] * 3)


LONGEST_PATH = 107  # What struct sockaddr_un holds, without its NUL.


@pytest.mark.parametrize("longer", [0, 1], ids=["fits", "one-too-long"])
def test_socket_has_its_whole_name(scene: Scene, longer: int):
    """A primary whose socket's path is as long as can be serves it; one that does not fit fails in
    rte_eal_init, and never binds a cut name.

    Source: eal_common_proc.c, open_socket_fd; unix(7): 108 bytes; 637593544a1d (26.03) refuses
    Since: 18.05   Strength: observed
    """
    folder = scene.runtime.rpartition("/")[0] + "/"
    scene.prefix = "p" * (LONGEST_PATH + longer - len(f"{folder}/mp_socket"))
    peer = scene.start("primary", "--no-telemetry")  # Its socket has a longer name.
    peer.may_end(code=EAL_FAILED)
    scene.wait_until(lambda: peer.said("ready") or not peer.alive, "rte_eal_init to return")
    if not peer.alive:
        seen = "failed"
    else:
        whole = f"{scene.runtime}/mp_socket" in peer.unix_sockets()
        seen = "whole" if whole else "a cut name"
    assert seen == ("failed" if longer else "whole")


def test_files_of_the_dead_are_cleaned_up(scene: Scene):
    """Files of a secondary that was killed are gone from the runtime directory once another secondary
    has started.

    Source: eal.c, eal_clean_runtime_dir (0a529578f162): "removing every unlocked file"
    Since: 19.02   Strength: observed
    """
    scene.primary()
    victim = scene.secondary()
    # From DPDK 26.03 on (and in 24.11.5) a time follows.
    of_victim = re.compile(rf"fbarray_.*_{victim.greeting.pid}(_[0-9a-f]+)?")

    def files() -> list[str]:
        names = scene.isolation.inside(os.listdir, scene.runtime)
        return [name for name in names if of_victim.fullmatch(name)]

    before = len(files())
    with Killed(victim):
        scene.secondary()
        after = files()
    assert (before > 0, after) == (True, [])


def test_new_primary_waits_for_the_old_ones_secondaries(scene: Scene):
    """A new primary fails in rte_eal_init while a secondary of a killed one lives, and starts once that
    is gone.

    Source: eal_common_fbarray.c: the files of the shared arrays are locked; the guide is silent
    Since: 19.02   Strength: measured
    """
    first, secondary = scene.primary(), scene.secondary()
    with Killed(first):
        refused = scene.failing("primary")
        with Killed(secondary):
            scene.primary()
    assert refused.ret == -1
