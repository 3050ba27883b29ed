# SPDX-License-Identifier: BSD-3-Clause
"""Cases of threads that wait: for room in a queue, for a mutex, for a reply."""

from __future__ import annotations

from faults.deployment.mailbox import Mailbox
from faults.deployment.waiting import Mutex, Reply, Send
from faults.report.case import Case
from faults.report.seen import ProcessSeen, Seen, ThreadSeen
from faults.report.signs import Sign

VDEV = b"bus_vdev_mp"


def queues(seen: Seen) -> list[Case]:
    found = []
    for box in seen.mailboxes:
        senders = blocked(seen, box.path)
        if box.state == "full" or senders:
            found.append(_queue(seen, box, senders))
    return found


def blocked(seen: Seen, path: str) -> list[tuple[ProcessSeen, ThreadSeen, Send]]:
    """Who waits for room in the queue of this socket."""
    return [
        (one, thread, thread.wait)
        for one in seen.processes
        for thread in one.threads
        if isinstance(thread.wait, Send) and thread.wait.to == path
    ]


def _queue(seen: Seen, box: Mailbox, senders: list[tuple[ProcessSeen, ThreadSeen, Send]]) -> Case:
    receiver = seen.at(box.path)
    signs = []
    for one, thread, send in senders:
        text = f"{one.process}, {thread.name} {thread.tid}, waits for room in it"
        signs.append(Sign("a sender is blocked", text))
        if VDEV in send.data[:64]:
            text = f"what {one.process} wants to send is bus_vdev_mp"
            signs.append(Sign("the vdev scan is in the way", text))
    if receiver is not None:
        signs.append(_receiver(receiver))
    room = f" ({seen.room} datagrams)" if seen.room else ""
    whose = str(receiver.process) if receiver else box.path
    return Case("queue", f"the queue of {whose} is full{room}", tuple(signs))


def _receiver(one: ProcessSeen) -> Sign:
    if one.stopped:
        return Sign("the receiver is stopped", f"{one.process} is stopped")
    thread = one.ipc_thread
    if thread is None:
        return Sign("the receiver's IPC thread is gone", f"{one.process} has no IPC thread")
    text = f"{thread.name} {thread.tid} of {one.process} is in state {thread.state}"
    return Sign("the receiver is busy", text)


def mutexes(seen: Seen) -> list[Case]:
    found = []
    for one in (*seen.processes, *seen.outside):
        for thread in one.threads:
            if isinstance(thread.wait, Mutex) and thread.wait.owner is None:
                text = f"{thread.name} {thread.tid} waits for a mutex whose thread has ended"
                signs = [Sign("its owner has ended", text)]
                box = seen.mailbox(one.process.address) if one.process.address else None
                if box is None or box.state in ("dead", "absent"):
                    signs.append(Sign("the channel is closed", "its IPC socket is closed"))
                what = f"{one.process} waits for a mutex that nobody can release"
                found.append(Case("mutex", what, tuple(signs)))
    return [*found, *_circles(seen)]


def _circles(seen: Seen) -> list[Case]:
    """Threads that wait for each other's mutexes, each circle once."""
    owners = {
        thread.tid: thread.wait.owner
        for one in seen.processes
        for thread in one.threads
        if isinstance(thread.wait, Mutex) and thread.wait.owner is not None
    }
    found, told = [], set[int]()
    for first in owners:
        path, at = [first], owners[first]
        while at in owners and at not in path:
            path.append(at)
            at = owners[at]
        if at == first and not told & set(path):
            told |= set(path)
            threads = " and ".join(str(tid) for tid in path)
            owner = seen.thread(first)
            who = owner[0].process if owner else "?"
            sign = Sign("threads wait for each other", f"each of {threads} has what another wants")
            found.append(Case("deadlock", f"threads of {who} wait for each other", (sign,)))
    return found


def requests(seen: Seen) -> list[Case]:
    found = []
    for one in seen.processes:
        for thread in one.threads:
            if thread.spins and thread.functions[-1:] == ("rte_mp_request_sync",):
                text = f"{thread.name} {thread.tid} has run all the time inside it"
                signs = (Sign("a thread spins in rte_mp_request_sync", text),)
                found.append(Case("request", f"{one.process} spins in rte_mp_request_sync", signs))
            if thread.is_ipc and isinstance(thread.wait, Reply):
                text = f"{thread.name} {thread.tid} waits for {thread.wait.name}"
                signs = (Sign("the IPC thread itself waits for a reply", text),)
                what = (
                    f"the IPC thread of {one.process} waits for a reply, which only itself could"
                    " read"
                )
                found.append(Case("request", what, signs))
    return found
