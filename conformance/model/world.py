# SPDX-License-Identifier: BSD-3-Clause
"""The contract of rte_mp as a machine: processes, actions, queues, requests. No process, no clock.

A step either is not possible (nobody in his right mind does it, or the contract leaves its outcome to
a race), or has exactly one outcome. Everything that a step sets off has happened when it is over: what
cannot go on by itself waits for a later step, or for its timeout, which then is part of the step.
"""

from __future__ import annotations

import copy
import pickle
from collections import Counter
from dataclasses import dataclass, field
from typing import Collection

from conformance.model import words
from conformance.model.script import Step

PRIMARY_SOCKET = "mp_socket"
MOST_SECONDARIES = 3
MOST_PRIMARIES = 3
MOST_OUTSTANDING = 3
ANSWERING = ("reply", "twice", "late", "hold")

_RTE_MP = "conformance/rte_mp/"


class NotPossible(Exception):
    """A step that cannot be taken here; the text says why."""


class Full(NotPossible):
    """The queue of `receiver` is full: its sender blocks."""

    def __init__(self, receiver: str) -> None:
        super().__init__(f"the queue of {receiver} is full")
        self.receiver = receiver


@dataclass(frozen=True)
class Habits:
    """Where a release goes its own way: each is a clause that it is on record to break.

    late_reply_matches: roles in which a requester takes any reply of that name and sender.
    hides: a sync broadcast ends at the first silent peer.  drops_partial: it then fails, and what others
    had answered is lost.  nobody_calls_back: false if an async request that reaches nobody is forgotten.
    failed_calls_back: an async request that failed calls back for those it reached.
    stale_hides_errno: a dead entry met after a failure overwrites its rte_errno.
    """

    late_reply_matches: frozenset[str] = frozenset()
    hides: bool = False
    drops_partial: bool = False
    nobody_calls_back: bool = True
    failed_calls_back: bool = False
    stale_hides_errno: bool = False

    @classmethod
    def of(cls, broken: Collection[str]) -> Habits:
        """From the node ids of the clauses that the release is on record to break."""
        late = _RTE_MP + "test_request_sync.py::test_late_reply_answers_nothing_else"
        asynchronous = _RTE_MP + "test_request_async.py::"
        return cls(
            frozenset(r for r in ("primary", "secondary") if f"{late}[{r}]" in broken),
            _RTE_MP + "test_request_sync.py::test_silent_peer_hides_nobody" in broken,
            _RTE_MP + "test_request_sync.py::test_partial_answers_are_kept" in broken,
            asynchronous + "test_nobody_there_runs_the_callback" not in broken,
            asynchronous + "test_failed_request_does_not_call_back" in broken,
            asynchronous + "test_dead_entry_does_not_hide_the_reason" in broken,
        )


# All that a release may be on record for.
WORST = Habits(frozenset(("primary", "secondary")), True, True, False, True, True)


@dataclass
class Datagram:
    """request: number of the request that it asks or answers, 0 for a message and its reply."""

    kind: str
    name: str
    param: str
    sender: str
    request: int = 0


@dataclass
class Action:
    """A registered action: what its callback does, and the parameter of its replies."""

    manner: str
    number: int
    name: str

    @property
    def reply_name(self) -> str:
        """A name that nobody ever requests, if misnamed."""
        return "other" if self.manner == "misnamed" else self.name

    @property
    def reply_param(self) -> str:
        """Tells this registration's replies from all others."""
        return f"r{self.number}"


@dataclass
class Job:
    """A message that waits to be released; one that a `hold` action has stops its IPC thread."""

    action: Action
    datagram: Datagram


@dataclass
class Entry:
    """A pending request at one peer: what a reply is matched with. fresh: made in this step."""

    to: str
    name: str
    request: int
    answer: Datagram | None = None
    fresh: bool = True


@dataclass
class Request:
    """A request under way. to_ask: addresses not asked yet, of a synchronous one."""

    number: int
    name: str
    is_async: bool
    to_ask: list[str]
    ret: int = 0
    rte_errno: str | None = None
    asking: bool = True
    sent: int = 0
    over: bool = False
    answers: list[Datagram] = field(default_factory=list)

    @property
    def param(self) -> str:
        """Tells it from every other one."""
        return f"m{self.number}"


@dataclass
class Blocked:
    """An rte_mp_sendmsg that waits for room at to[0]."""

    number: int
    datagram: Datagram
    to: list[str]


@dataclass
class Process:
    """address: its entry in the runtime directory."""

    name: str
    role: str
    address: str
    alive: bool = True
    stopped: bool = False
    handling: bool = False
    actions: dict[str, Action] = field(default_factory=dict)
    queue: list[Datagram] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    pending: list[Entry] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    blocked: Blocked | None = None

    @property
    def held(self) -> bool:
        """Whether its IPC thread is inside an action that has not returned."""
        return any(job.action.manner == "hold" for job in self.jobs)

    @property
    def reading(self) -> bool:
        """Whether its IPC thread takes what comes."""
        return self.alive and not self.stopped and not self.held


@dataclass
class Outcome:
    """What a step must bring about. timeout: by name, which a request of the step is to be given.
    calls: the numbers of the commands that it gives, in order.  blocks: the last of them does not return.
    seen_by_victim: how many lines a victim says before it dies; 0 if the request only waits in its queue.
    queued: processes in whose empty queue a request of a call that has not returned now waits.
    """

    said: words.Said
    timeout: str
    calls: list[int]
    tally: Counter[str]
    blocks: bool = False
    seen_by_victim: int = 0
    queued: list[str] = field(default_factory=list)


class World:
    """One deployment. room: how many datagrams a queue holds."""

    def __init__(self, habits: Habits, room: int = 11) -> None:
        self.habits = habits
        self.room = room
        self.processes: dict[str, Process] = {}
        # Addresses in the order of the directory, which the driver corrects when it sees another.
        self.directory: list[str] = []
        self.primary_socket: str | None = None
        self._count = 0
        self._outcome = Outcome({}, "ample", [], Counter())

    # -- what is asked of it ----------------------------------------------------------------------

    def taken(self, step: Step) -> tuple[World, Outcome] | None:
        """The world after a step, and its outcome; None if it is not possible here."""
        after = self._copy()
        try:
            return after, after.take(step)
        except NotPossible:
            return None

    def refusal(self, step: Step) -> str:
        """Why a step is not possible here; "" if it is."""
        try:
            self._copy().take(step)
        except NotPossible as error:
            return str(error)
        return ""

    def _copy(self) -> World:
        copied: World = pickle.loads(pickle.dumps(self, pickle.HIGHEST_PROTOCOL))
        return copied

    def take(self, step: Step) -> Outcome:
        """Takes a step. After NotPossible this world is of no more use."""
        self._outcome = Outcome({}, "ample", [], Counter([step.verb]))
        getattr(self, f"_{step.verb}")(step)
        self._unblock()
        for process in self.processes.values():
            process.pending = [entry for entry in process.pending if entry.answer is None]
            process.requests = [request for request in process.requests if not request.over]
        self._refuse_the_hopeless()
        self._note_the_queued()
        self._outcome.said["directory"] = self.entries()
        return self._outcome

    def entries(self) -> list[str]:
        """The IPC sockets in the runtime directory: the primary's, then the others in their order."""
        return [PRIMARY_SOCKET] * (self.primary_socket is not None) + self.directory

    def dead_entries(self) -> set[str]:
        """Entries of processes that live no longer: broadcasts of EAL's own may remove them too."""
        return {entry for entry in self.directory if not self.processes[entry].alive}

    def living(self, role: str = "") -> list[Process]:
        """Processes that live, stopped ones too."""
        return [p for p in self.processes.values() if p.alive and p.role.startswith(role)]

    def way_out(self) -> Step | None:
        """A step towards a world in which nothing is under way; None when that is reached.

        Everything is continued and released first; whatever is then still waiting is killed.
        """
        for step in self._ways_out():
            if self.taken(step):
                return step
        return None

    def _ways_out(self) -> list[Step]:
        living = self.living()
        steps = [Step(p.name, "continues") for p in living if p.stopped]
        steps += [Step(p.name, "releases", job.action.name) for p in living for job in p.jobs]
        steps += [Step(p.name, "dies") for p in living if p.requests]
        steps += [Step(p.name, "dies") for p in living if p.stopped or p.jobs or p.blocked]
        return steps

    # -- steps ------------------------------------------------------------------------------------

    def _starts(self, step: Step) -> None:
        number = sum(p.role == step.role for p in self.processes.values()) + 1
        _need(step.who == f"{step.role}{number}", f"the next one is {step.role}{number}")
        if step.role == "primary":
            # A new primary takes over hugepages that an old one's secondaries still use.
            _need(not self.living(), "somebody lives")
            _need(number <= MOST_PRIMARIES, "enough primaries")
            self.processes[step.who] = Process(step.who, "primary", PRIMARY_SOCKET)
            self.primary_socket = step.who
        else:
            primaries = self.living("primary")
            _need(bool(primaries) and primaries[0].reading, "its primary must answer it")
            # Whoever broadcasts or asks locks the directory, and a secondary cannot bind meanwhile.
            locked = primaries[0].blocked or any(not r.is_async for r in primaries[0].requests)
            _need(not locked, "the directory is locked")
            _need(len(self.living("secondary")) < MOST_SECONDARIES, "enough secondaries")
            self.processes[step.who] = Process(step.who, "secondary", step.who)
            self.directory.insert(0, step.who)
        self._say(step.who, words.CALLS, "ready")

    def _registers(self, step: Step) -> None:
        process = self._commanded(step)
        number = self._next()
        if step.name in process.actions:
            self._outcome.tally["name taken"] += 1
            error: tuple[int, str | None] = (-1, "EEXIST")
        else:
            process.actions[step.name] = Action(step.manner, number, step.name)
            error = (0, None)
        line = words.call(number, "mp_action_register", step.name, *error)
        self._say(step.who, words.CALLS, line)

    def _unregisters(self, step: Step) -> None:
        self._commanded(step).actions.pop(step.name, None)
        line = words.call(self._next(), "mp_action_unregister", step.name, 0)
        self._say(step.who, words.CALLS, line)

    def _sends(self, step: Step) -> None:
        process = self._commanded(step)
        for _ in range(step.times):
            number = self._next()
            datagram = Datagram("MSG", step.name, f"m{number}", process.address)
            process.blocked = Blocked(number, datagram, self._targets(process))
            self._push(process)
            if process.blocked:
                others = [p.blocked.to[0] for p in self.living() if p.blocked and p is not process]
                _need(process.blocked.to[0] not in others, "whose turn comes first is open")
                self._outcome.tally["sender blocked"] += 1
                self._outcome.blocks = True
                return

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
                _need(direct is not None and full.receiver == direct.name, str(full))
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

    def _requests(self, step: Step) -> None:
        process = self._commanded(step)
        _need(len(process.requests) < MOST_OUTSTANDING, "enough outstanding")
        request = Request(self._next(), step.name, step.is_async, self._targets(process))
        process.requests.append(request)
        if step.is_async:
            self._ask_all(process, request)
        else:
            self._ask_next(process, request)
        if step.victim:
            self._kill_meanwhile(process, request, step.victim)
        if request.over:
            return
        if step.patient:
            self._outcome.timeout = "long"
            self._outcome.tally["left outstanding"] += 1
            return
        answered = bool(request.answers)
        self._expire(process, request)
        some = answered or request.answers or step.victim
        self._outcome.timeout = "patience" if some else "brief"

    def _kill_meanwhile(self, process: Process, request: Request, victim: str) -> None:
        asked = [e.to for e in process.pending if e.request == request.number and not e.answer]
        dying = self.processes.get(victim)
        _need(dying is not None and dying.alive and dying.address in asked, "it is not asked")
        assert dying is not None
        _need(not request.over, "it is answered")
        seen = len(self._outcome.said.get(words.place(victim, words.IPC), []))
        waits = len(dying.queue) == 1 and dying.queue[0].request == request.number
        _need(seen > 0 or waits, "whether it has been asked cannot be seen")
        self._outcome.seen_by_victim = seen
        self._end(dying, "SIGKILL")

    def _releases(self, step: Step) -> None:
        process = self._commanded(step)
        jobs = [job for job in process.jobs if job.action.name == step.name]
        _need(bool(jobs), "nothing to release")
        job = min(jobs, key=lambda each: each.action.number)
        process.jobs.remove(job)
        self._say(step.who, words.CALLS, "released")
        thread = words.IPC if job.action.manner == "hold" else words.OTHER
        self._reply(process, job.action, job.datagram, thread)
        self._drain(process)

    def _stops(self, step: Step) -> None:
        process = self._commanded(step)
        process.stopped = True

    def _continues(self, step: Step) -> None:
        process = self._alive(step.who)
        _need(process.stopped, "it is not stopped")
        process.stopped = False
        self._drain(process)

    def _dies(self, step: Step) -> None:
        self._end(self._alive(step.who), "SIGKILL")

    def _exits(self, step: Step) -> None:
        self._end(self._commanded(step), "exit 0")

    def _leaves(self, step: Step) -> None:
        process = self._commanded(step)
        # rte_eal_cleanup under one's own calls and callbacks is a misuse.
        _need(not process.requests and not process.jobs, "it is in the middle of something")
        if process.role == "primary":
            self.primary_socket = None
        else:
            self.directory.remove(process.address)
        self._end(process, "rte_eal_cleanup = 0, exit 0")

    def _end(self, process: Process, how: str) -> None:
        process.alive = False
        process.stopped = False
        process.blocked = None
        process.queue, process.jobs, process.pending, process.requests = [], [], [], []
        self._outcome.tally["death"] += how == "SIGKILL"
        self._say(process.name, words.CALLS, f"ended: {how}")

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
            _need(not (process.handling and process.reading and stale), "a race")
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
        """Its IPC thread takes what is queued, one after another."""
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
                _need(entry.answer.param == reply.param, "which reply counts is open")
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

    # -- what is possible -------------------------------------------------------------------------

    def _alive(self, who: str) -> Process:
        process = self.processes.get(who)
        _need(process is not None and process.alive, f"{who} is not there")
        assert process is not None
        return process

    def _commanded(self, step: Step) -> Process:
        process = self._alive(step.who)
        _need(not process.stopped and not process.blocked, f"{step.who} cannot be told anything")
        return process

    def _refuse_the_hopeless(self) -> None:
        """A patient request must still be going to be answered: its timeout is never waited for."""
        for process in self.living():
            for request in process.requests:
                for entry in self._waiting(process, request):
                    _need(self._will_answer(process, entry), "it would wait for its timeout")

    def _note_the_queued(self) -> None:
        """A synchronous request that waits where nobody reads is only seen in a queue it is first in."""
        for asker in self.living():
            silent = [r.number for r in asker.requests if not r.is_async]
            for entry in asker.pending:
                peer = self._owner(entry.to)
                if entry.fresh and entry.request in silent and peer and peer.queue:
                    requests = [d.request for d in peer.queue]
                    if entry.request in requests:
                        _need(
                            requests == [entry.request], "whether it has been asked cannot be seen"
                        )
                        self._outcome.queued.append(peer.name)
                entry.fresh = False

    def _owner(self, address: str) -> Process | None:
        owner = self.primary_socket if address == PRIMARY_SOCKET else address
        return self.processes[owner] if owner else None

    def _will_answer(self, asker: Process, entry: Entry) -> bool:
        if any(d.kind == "REP" and d.request == entry.request for d in asker.queue):
            return True
        peer = self._owner(entry.to)
        if peer is None or not peer.alive:
            return False
        if any(job.datagram.request == entry.request for job in peer.jobs):
            return True
        action = peer.actions.get(entry.name)
        queued = any(d.kind == "REQ" and d.request == entry.request for d in peer.queue)
        return queued and action is not None and action.manner in ANSWERING

    # -- small things -----------------------------------------------------------------------------

    def _next(self) -> int:
        self._count += 1
        self._outcome.calls.append(self._count)
        return self._count

    def _say(self, who: str, thread: str, line: str) -> None:
        self._outcome.said.setdefault(words.place(who, thread), []).append(line)


def _need(holds: bool, why: str) -> None:
    if not holds:
        raise NotPossible(why)


def refused(steps: list[Step], habits: Habits) -> tuple[int, str] | None:
    """The first of these steps that cannot be taken one after another, by its number, and why."""
    world = World(habits)
    for number, step in enumerate(steps, 1):
        taken = world.taken(step)
        if taken is None:
            return number, world.refusal(step)
        world = taken[0]
    return None
