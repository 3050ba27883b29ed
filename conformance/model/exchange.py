# SPDX-License-Identifier: BSD-3-Clause
"""The traffic between processes: messages, requests and replies, each with all that it causes."""

from __future__ import annotations

import copy
from collections import Counter

from conformance.model import words
from conformance.model.habits import Habits
from conformance.model.outcome import Full, Outcome, need
from conformance.model.processes import (
    PRIMARY_SOCKET,
    Action,
    Datagram,
    Entry,
    Job,
    Process,
    Request,
)


class Exchange:
    """The processes of one deployment, and all that is under way between them.

    room: how many datagrams a queue holds.
    """

    def __init__(self, habits: Habits, room: int = 11) -> None:
        self.habits = habits
        self.room = room
        self.processes: dict[str, Process] = {}
        # Addresses in the order of the directory, which the driver corrects when it sees another.
        self.directory: list[str] = []
        self.primary_socket: str | None = None
        self._count = 0
        self._outcome = Outcome({}, "ample", [], Counter())

    def entries(self) -> list[str]:
        """The IPC sockets in the runtime directory: the primary's, then the others in their order."""
        return [PRIMARY_SOCKET] * (self.primary_socket is not None) + self.directory

    def living(self, role: str = "") -> list[Process]:
        """Processes that live, stopped ones too."""
        return [p for p in self.processes.values() if p.alive and p.role.startswith(role)]

    # -- messages ---------------------------------------------------------------------------------

    def _push(self, process: Process) -> None:
        """Goes on with a message until it is with everybody, or blocks."""
        blocked = process.blocked
        assert blocked is not None
        error = None
        while blocked.to:
            try:
                reached, error = self._deliver(process, blocked.to[0], blocked.datagram)
            except Full as full:
                direct = self._owner(blocked.to[0])
                # A reply that blocks on the way stops an IPC thread, which is not modelled.
                need(direct is not None and full.receiver == direct.name, str(full))
                return
            self._outcome.tally["message delivered"] += reached
            blocked.to.pop(0)
        process.blocked = None
        self._answer(process, blocked.number, "mp_sendmsg", blocked.datagram.name, error)

    def _answer(self, p: Process, number: int, verb: str, name: str, error: str | None) -> None:
        ret = -1 if error else 0
        self._outcome.tally[f"failed {error}"] += error is not None
        self._say(p.name, words.CALLS, words.call(number, verb, name, ret, error))

    def _unblock(self) -> None:
        for process in self.living():
            if process.blocked:
                self._push(process)

    # -- requests ---------------------------------------------------------------------------------

    def _ask(self, process: Process, request: Request, to: str) -> str | None:
        """Asks one peer; what failed, if that. A dead entry is skipped."""
        if any((e.to, e.name, e.answer) == (to, request.name, None) for e in process.pending):
            return "EEXIST"
        entry = Entry(to, request.name, request.number)
        process.pending.append(entry)
        request.sent += 1
        datagram = Datagram("REQ", request.name, request.param, process.address, request.number)
        reached, error = self._deliver(process, to, datagram)
        if not reached:
            process.pending.remove(entry)
            request.sent -= 1
        return error

    def _ask_next(self, process: Process, request: Request) -> None:
        """Goes on with a synchronous request: its peers are asked one after another."""
        request.asking = True
        while request.to_ask:
            to = request.to_ask.pop(0)
            # Whether this peer's reply of before is handled before it is asked again is open.
            stale = any(
                (d.kind, d.sender, d.name) == ("REP", to, request.name) for d in process.queue
            )
            need(not (process.handling and process.reading and stale), "a race")
            error = self._ask(process, request, to)
            if error:
                self._finish_sync(process, request, -1, error)
                return
            if self._waiting(process, request):
                request.asking = False
                return
        silent = request.ret != 0
        failed = silent and (not request.answers or self.habits.drops_partial)
        self._finish_sync(process, request, *((-1, "ETIMEDOUT") if failed else (0, None)))

    def _waiting(self, process: Process, request: Request) -> list[Entry]:
        return [e for e in process.pending if e.request == request.number and e.answer is None]

    def _finish_sync(self, p: Process, request: Request, ret: int, error: str | None) -> None:
        request.over = True
        self._outcome.tally[f"sync {error or ('answered' if request.answers else 'nobody')}"] += 1
        answers = request.answers if ret == 0 else []
        msgs = [(d.name, d.param) for d in answers] or None
        line = words.call(request.number, "mp_request_sync", request.name, ret, error)
        line += "; " + words.replies(request.sent, len(answers), msgs)
        self._say(p.name, words.CALLS, line)

    def _ask_all(self, process: Process, request: Request) -> None:
        """An asynchronous request: everybody is asked at once."""
        for to in request.to_ask:
            before = self._stale(to)
            error = self._ask(process, request, to)
            if error:
                request.ret, request.rte_errno = -1, error
            elif (
                before
                and process.role == "primary"
                and request.ret
                and self.habits.stale_hides_errno
            ):
                request.rte_errno = "ECONNREFUSED"
        request.asking = False
        error = request.rte_errno
        self._answer(process, request.number, "mp_request_async", request.name, error)
        if request.ret and (not self.habits.failed_calls_back or not request.sent):
            request.over = True
            process.pending = [e for e in process.pending if e.request != request.number]
        elif not request.sent and self.habits.nobody_calls_back:
            self._call_back(process, request, words.INTERRUPT)
        elif not request.sent:
            request.over = True
        elif not self._waiting(process, request):
            self._call_back(process, request, words.IPC)

    def _stale(self, address: str) -> bool:
        owner = self._owner(address)
        return owner is not None and not owner.alive

    def _call_back(self, process: Process, request: Request, thread: str) -> None:
        request.over = True
        kind = "answered" if len(request.answers) == request.sent else "timed out"
        self._outcome.tally[f"async {kind}" if request.sent else "async nobody"] += 1
        # The order of arrival is open.
        msgs = sorted((d.name, d.param) for d in request.answers) or None
        reply = words.replies(request.sent, len(request.answers), msgs)
        line = words.callback(request.number, request.name, request.param, reply)
        self._say(process.name, thread, line)

    def _expire(self, process: Process, request: Request) -> None:
        """The timeout of a request passes, and nothing else happens meanwhile."""
        while not request.over:
            for entry in self._waiting(process, request):
                process.pending.remove(entry)
            request.ret = -1
            if request.is_async:
                self._call_back(process, request, words.INTERRUPT)
                return
            if self.habits.hides:
                request.to_ask.clear()
            self._ask_next(process, request)

    # -- datagrams --------------------------------------------------------------------------------

    def _targets(self, process: Process) -> list[str]:
        return list(self.directory) if process.role == "primary" else [PRIMARY_SOCKET]

    def _deliver(self, sender: Process, to: str, datagram: Datagram) -> tuple[bool, str | None]:
        """Puts a datagram into a queue and lets its owner handle it: whether it is there, and what
        failed. A primary takes a dead entry for one that is not there, and removes it."""
        owner = self.primary_socket if to == PRIMARY_SOCKET else to
        if owner is None or to not in self.entries():
            return False, "ENOENT"
        receiver = self.processes[owner]
        if not receiver.alive:
            if sender.role == "secondary":
                return False, "ECONNREFUSED"
            self._outcome.tally["dead entry removed"] += 1
            if to in self.directory:
                self.directory.remove(to)
            return False, None
        if not receiver.reading and len(receiver.queue) >= self.room:
            raise Full(receiver.name)
        receiver.queue.append(copy.copy(datagram))
        self._drain(receiver)
        return True, None

    def _drain(self, process: Process) -> None:
        """The IPC thread of a process takes the queued datagrams, one after another."""
        if process.handling:
            return
        process.handling = True
        while process.queue and process.reading:
            datagram = process.queue.pop(0)
            if datagram.kind == "REP":
                self._match(process, datagram)
            else:
                self._act(process, datagram)
        process.handling = False

    def _act(self, process: Process, datagram: Datagram) -> None:
        action = process.actions.get(datagram.name)
        if action is None:
            self._outcome.tally["no action"] += 1
            return
        self._outcome.tally[f"action {action.manner}"] += 1
        facts = (action.name, datagram.name, datagram.param, datagram.sender)
        self._say(process.name, words.IPC, words.action(*facts))
        if action.manner in ("late", "hold"):
            process.jobs.append(Job(action, datagram))
        elif action.manner != "silent":
            for _ in range(2 if action.manner == "twice" else 1):
                self._reply(process, action, datagram, words.IPC)

    def _reply(self, process: Process, action: Action, to: Datagram, thread: str) -> None:
        answer = (action.reply_name, action.reply_param, process.address, to.request)
        _, error = self._deliver(process, to.sender, Datagram("REP", *answer))
        self._outcome.tally[f"reply {error}"] += error is not None
        line = words.replied(action.name, -1 if error else 0, error)
        self._say(process.name, thread, line)

    def _match(self, process: Process, reply: Datagram) -> None:
        matches_any = process.role in self.habits.late_reply_matches
        for entry in process.pending:
            if (entry.to, entry.name) != (reply.sender, reply.name):
                continue
            if not matches_any and entry.request != reply.request:
                continue
            if entry.answer is not None:
                # Which of two replies is taken, if the waiter has not woken yet, is open.
                need(entry.answer.param == reply.param, "which reply counts is open")
                return
            self._outcome.tally["late reply matched"] += entry.request != reply.request
            self._take_answer(process, entry, reply)
            return
        self._outcome.tally["reply dropped"] += 1

    def _take_answer(self, process: Process, entry: Entry, reply: Datagram) -> None:
        entry.answer = reply
        request = next(r for r in process.requests if r.number == entry.request)
        request.answers.append(reply)
        if request.is_async:
            process.pending.remove(entry)
        if request.asking or self._waiting(process, request):
            return
        if request.is_async:
            self._call_back(process, request, words.IPC)
        else:
            self._ask_next(process, request)

    # -- small things -----------------------------------------------------------------------------

    def _owner(self, address: str) -> Process | None:
        owner = self.primary_socket if address == PRIMARY_SOCKET else address
        return self.processes[owner] if owner else None

    def _next(self) -> int:
        self._count += 1
        self._outcome.calls.append(self._count)
        return self._count

    def _say(self, who: str, thread: str, line: str) -> None:
        self._outcome.said.setdefault(words.place(who, thread), []).append(line)
