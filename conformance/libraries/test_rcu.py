# SPDX-License-Identifier: BSD-3-Clause
"""rte_rcu_qsbr between processes: a writer that waits for readers of another one, alive or dead."""

from __future__ import annotations

from conformance.roles import both_roles, pair
from faults.process import Killed
from targets.peer import Peer
from targets.scene import Scene

READER, OTHER = 0, 1  # ids of threads


def _variable(peer: Peer) -> str:
    made = peer.call("rcu_qsbr_init", max_threads=2)
    assert made.ret == 0, f"no variable: {made.rte_errno}"
    v: str = made.v
    return v


def _read(peer: Peer, v: str, thread_id: int = READER) -> None:
    """This process has a reader from now on."""
    peer.call("rcu_qsbr_thread_register", v=v, thread_id=thread_id)
    peer.call("rcu_qsbr_thread_online", v=v, thread_id=thread_id)


def _over(peer: Peer, v: str, token: int) -> bool:
    """Whether all readers have been quiescent since this token was given."""
    ret: int = peer.call("rcu_qsbr_check", v=v, t=token).ret
    return ret == 1


@both_roles
def test_writer_waits_for_a_reader_of_the_other(scene: Scene, role: str):
    """A writer is told that its readers are quiescent once those of the other process have said so, too,
    and not before.

    Source: rte_rcu_qsbr.h, rte_rcu_qsbr_check: "Checks if all the reader threads have entered the
        quiescent state referenced by token"
    Since: 20.11   Strength: must
    """
    writer, reader = pair(scene, role)
    v = _variable(writer)
    _read(reader, v)
    _read(writer, v, OTHER)
    token = writer.call("rcu_qsbr_start", v=v).ret
    seen = [_over(writer, v, token)]
    for peer, thread_id in ((writer, OTHER), (reader, READER)):
        peer.call("rcu_qsbr_quiescent", v=v, thread_id=thread_id)
        seen.append(_over(writer, v, token))
    assert seen == [False, False, True]


@both_roles
def test_nobody_waits_for_a_reader_that_is_offline(scene: Scene, role: str):
    """A writer does not wait for a reader of the other process that is offline, and waits again once that
    one is online.

    Source: rte_rcu_qsbr.h, rte_rcu_qsbr_thread_offline: "Remove a registered reader thread from the list
        of threads reporting their quiescent state on a QS variable"
    Since: 20.11   Strength: must
    """
    writer, reader = pair(scene, role)
    v = _variable(writer)
    _read(reader, v)
    token = writer.call("rcu_qsbr_start", v=v).ret
    before = _over(writer, v, token)
    reader.call("rcu_qsbr_thread_offline", v=v, thread_id=READER)
    offline = _over(writer, v, token)
    reader.call("rcu_qsbr_thread_online", v=v, thread_id=READER)
    online = _over(writer, v, writer.call("rcu_qsbr_start", v=v).ret)
    assert (before, offline, online) == (False, True, False)


def test_dead_reader_is_waited_for(scene: Scene):
    """A writer waits for ever for a reader whose process was killed, until somebody unregisters the
    reader's id in its place.

    Source: rte_rcu_qsbr.h, rte_rcu_qsbr_thread_unregister: "Ongoing quiescent state queries will stop
        waiting for the status from this unregistered reader thread"; of death, nothing
    Since: 20.11   Strength: measured
    """
    writer, reader = scene.primary(), scene.secondary()
    v = _variable(writer)
    _read(reader, v)
    token = writer.call("rcu_qsbr_start", v=v).ret
    with Killed(reader):
        waits = not _over(writer, v, token)
        ret = writer.call("rcu_qsbr_thread_unregister", v=v, thread_id=READER).ret
        after = _over(writer, v, token)
    assert (waits, ret, after) == (True, 0, True)


def test_successor_takes_the_place_of_a_dead_reader(scene: Scene):
    """A process that registers the id of a reader that was killed reports for that one from then on.

    Source: rte_rcu_qsbr.h, rte_rcu_qsbr_thread_register: "Reader thread with this thread ID will report
        its quiescent state on the QS variable"; of death, nothing
    Since: 20.11   Strength: measured
    """
    writer, reader = scene.primary(), scene.secondary()
    v = _variable(writer)
    _read(reader, v)
    with Killed(reader):
        successor = scene.secondary()
        token = writer.call("rcu_qsbr_start", v=v).ret
        _read(successor, v)
        successor.call("rcu_qsbr_quiescent", v=v, thread_id=READER)
        over = _over(writer, v, token)
    assert over is True
