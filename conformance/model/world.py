# SPDX-License-Identifier: BSD-3-Clause
"""The contract of rte_mp as a machine that takes steps, one after another. No process, no clock.

A step either is not possible (nobody in his right mind does it, or the contract leaves its outcome to
a race), or has exactly one outcome. Everything that a step sets off has happened when it is over: what
cannot go on by itself waits for a later step, or for its timeout, which then is part of the step.
"""

from __future__ import annotations

import pickle
from collections import Counter

from conformance.model import words
from conformance.model.exchange import Exchange
from conformance.model.habits import Habits
from conformance.model.outcome import NotPossible, Outcome, need
from conformance.model.processes import (
    PRIMARY_SOCKET,
    Action,
    Blocked,
    Datagram,
    Entry,
    Process,
    Request,
)
from conformance.model.script import Step

MOST_SECONDARIES = 3
MOST_PRIMARIES = 3
MOST_OUTSTANDING = 3
ANSWERING = ("reply", "twice", "late", "hold")


class World(Exchange):
    """A deployment, and the effect of each step on it."""

    # -- what is asked of it ----------------------------------------------------------------------

    def taken(self, step: Step) -> tuple[World, Outcome] | None:
        """The world after a step, and its outcome; None if it is not possible here."""
        after = self._copy()
        try:
            return after, after.take(step)
        except NotPossible:
            return None

    def refusal(self, step: Step) -> str:
        """The reason why a step is not possible here; "" if it is."""
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

    def dead_entries(self) -> set[str]:
        """Entries of processes that live no longer: broadcasts of EAL's own may remove them too."""
        return {entry for entry in self.directory if not self.processes[entry].alive}

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
        need(step.who == f"{step.role}{number}", f"the next one is {step.role}{number}")
        if step.role == "primary":
            # A new primary takes over hugepages that an old one's secondaries still use.
            need(not self.living(), "somebody lives")
            need(number <= MOST_PRIMARIES, "enough primaries")
            self.processes[step.who] = Process(step.who, "primary", PRIMARY_SOCKET)
            self.primary_socket = step.who
        else:
            primaries = self.living("primary")
            need(bool(primaries) and primaries[0].reading, "its primary must answer it")
            # Whoever broadcasts or asks locks the directory, and a secondary cannot bind meanwhile.
            locked = primaries[0].blocked or any(not r.is_async for r in primaries[0].requests)
            need(not locked, "the directory is locked")
            need(len(self.living("secondary")) < MOST_SECONDARIES, "enough secondaries")
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
                need(process.blocked.to[0] not in others, "whose turn comes first is open")
                self._outcome.tally["sender blocked"] += 1
                self._outcome.blocks = True
                return

    def _requests(self, step: Step) -> None:
        process = self._commanded(step)
        need(len(process.requests) < MOST_OUTSTANDING, "enough outstanding")
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
        need(dying is not None and dying.alive and dying.address in asked, "it is not asked")
        assert dying is not None
        need(not request.over, "it is answered")
        seen = len(self._outcome.said.get(words.place(victim, words.IPC), []))
        waits = len(dying.queue) == 1 and dying.queue[0].request == request.number
        need(seen > 0 or waits, "whether it has been asked cannot be seen")
        self._outcome.seen_by_victim = seen
        self._end(dying, "SIGKILL")

    def _releases(self, step: Step) -> None:
        process = self._commanded(step)
        jobs = [job for job in process.jobs if job.action.name == step.name]
        need(bool(jobs), "nothing to release")
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
        need(process.stopped, "it is not stopped")
        process.stopped = False
        self._drain(process)

    def _dies(self, step: Step) -> None:
        self._end(self._alive(step.who), "SIGKILL")

    def _exits(self, step: Step) -> None:
        self._end(self._commanded(step), "exit 0")

    def _leaves(self, step: Step) -> None:
        process = self._commanded(step)
        # rte_eal_cleanup under one's own calls and callbacks is a misuse.
        need(not process.requests and not process.jobs, "it is in the middle of something")
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

    # -- what is possible -------------------------------------------------------------------------

    def _alive(self, who: str) -> Process:
        process = self.processes.get(who)
        need(process is not None and process.alive, f"{who} is not there")
        assert process is not None
        return process

    def _commanded(self, step: Step) -> Process:
        process = self._alive(step.who)
        need(not process.stopped and not process.blocked, f"{step.who} cannot be told anything")
        return process

    def _refuse_the_hopeless(self) -> None:
        """A patient request must still be going to be answered: its timeout is never waited for."""
        for process in self.living():
            for request in process.requests:
                for entry in self._waiting(process, request):
                    need(self._will_answer(process, entry), "it would wait for its timeout")

    def _note_the_queued(self) -> None:
        """A synchronous request that waits where nobody reads is only seen in a queue it is first in."""
        for asker in self.living():
            silent = [r.number for r in asker.requests if not r.is_async]
            for entry in asker.pending:
                peer = self._owner(entry.to)
                if entry.fresh and entry.request in silent and peer and peer.queue:
                    requests = [d.request for d in peer.queue]
                    if entry.request in requests:
                        need(
                            requests == [entry.request], "whether it has been asked cannot be seen"
                        )
                        self._outcome.queued.append(peer.name)
                entry.fresh = False

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


def refused(steps: list[Step], habits: Habits) -> tuple[int, str] | None:
    """The first of these steps that cannot be taken one after another, by its number, and why."""
    world = World(habits)
    for number, step in enumerate(steps, 1):
        taken = world.taken(step)
        if taken is None:
            return number, world.refusal(step)
        world = taken[0]
    return None
