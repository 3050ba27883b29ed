# SPDX-License-Identifier: BSD-3-Clause
"""Takes a step of a script with real peers, and says what came of it in the model's words."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Callable

from conformance.model import words
from conformance.model.outcome import Outcome
from conformance.model.processes import PRIMARY_SOCKET
from conformance.model.script import Step
from conformance.model.world import World
from faults.ghost import Ghost
from targets.outcome import Breach, Hang
from targets.peer import Peer, Pending
from targets.protocol import Facts
from targets.scene import Scene
from targets.threads import INTERRUPT_THREADS
from targets.speed import Speed
from traffic.datagram import MpType

# An action that every process has, of which the model knows nothing.
SETTLE = "settle"


# Requests and their replies go three ways at most: asked, answered, and the next one asked.
ROUNDS = 2


@dataclass(frozen=True)
class Timeouts:
    """The times to wait. deadline_s: for what must happen. requests_s: the timeouts of requests, by
    name; "long" is never over before every process that must answer has done so."""

    deadline_s: float
    requests_s: dict[str, float]

    @classmethod
    def of(cls, speed: Speed) -> Timeouts:
        """For a verdict."""
        named = {name: getattr(speed, f"{name}_s") for name in ("brief", "patience", "ample")}
        return cls(speed.deadline_s, {**named, "long": 10 * speed.deadline_s})

    def hurried(self) -> Timeouts:
        """For making a script shorter that is known to disagree: what is missing is missed sooner."""
        some = self.requests_s["patience"]
        return Timeouts(2 * some, {**self.requests_s, "ample": 1.5 * some})


class Driver:
    """Holds the real peers of one run. A with-block, which ends them all."""

    def __init__(self, scene: Scene, timeouts: Timeouts) -> None:
        self.scene = scene
        self.timeouts = timeouts
        self._peers: dict[str, Peer] = {}
        self._paths: dict[str, str] = {}
        self._ipc_threads: dict[str, int] = {}
        self._calls: dict[int, tuple[str, str, Pending]] = {}
        self._names: dict[int, str] = {}
        self._callbacks: dict[tuple[str, int], int] = {}
        self._settler: Ghost | None = None
        self._settled = 0

    def __enter__(self) -> Driver:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None:
            self._end_settler()
            self.scene.close()
            return
        for peer in self.scene.peers:
            if peer.alive:  # One that is stopped or blocked hears nothing else.
                self._forget(peer)
                peer.kill()
        self._end_settler()
        self.scene.abandon(error)

    def _end_settler(self) -> None:
        if self._settler is not None:
            self._settler.heal()
            self._settler = None

    # -- a step -----------------------------------------------------------------------------------

    def take(self, step: Step, outcome: Outcome, after: World) -> words.Said:
        """Takes a step and returns what was observed. Waits until everything that the model expects has
        happened, and every process that reads has handled everything."""
        self.scene.timeline.add("model", "step", step=str(step), expected=outcome.said)
        observed: words.Said = {}
        try:
            getattr(self, f"_{step.verb}")(step, outcome, observed)
            self._wait(lambda: self._complete(outcome, observed))
            for name in outcome.queued:
                self._wait_queued(name)
            self._settle([p.name for p in after.living() if p.reading], observed)
        except Breach as error:
            observed.setdefault(words.place(step.who, words.CALLS), []).append(error.observed)
        self._collect(observed)
        observed["directory"] = self.entries()
        self.scene.timeline.add("model", "observed", observed=observed)
        return observed

    def _complete(self, outcome: Outcome, observed: words.Said) -> bool:
        """True if as much has happened as the model expects."""
        for where, lines in outcome.said.items():
            who, _, thread = where.partition(", ")
            if thread == words.CALLS:
                there = len(self._answered(who)) + len(observed.get(where, []))
                if there < len(lines):
                    return False
        for who, peer in self._peers.items():
            places = [words.place(who, t) for t in (words.IPC, words.INTERRUPT, words.OTHER)]
            if peer.alive and peer.unfetched < sum(len(outcome.said.get(p, [])) for p in places):
                return False
        return True

    def _answered(self, who: str) -> list[int]:
        return [n for n, (w, _, pending) in self._calls.items() if w == who and pending.answered]

    def _settle(self, who: list[str], observed: words.Said) -> None:
        """Proves by a later message that each of these has handled all that it had got."""
        for _ in range(ROUNDS):
            assert self._settler is not None
            self._settled += 1
            number = str(self._settled).encode()
            for name in who:
                self._settler.send(MpType.MP_MSG, SETTLE, number, to=self._path(name))
            for name in who:
                try:
                    ran = self._peers[name].expect(
                        "action", self.timeouts.deadline_s, action=SETTLE
                    )
                except Hang:
                    where = words.place(name, words.IPC)
                    observed.setdefault(where, []).append("it handles no message any more")
                    return
                self._ipc_threads[name] = ran.thread.tid
                self._peers[name].call("nothing")

    def entries(self) -> list[str]:
        """The IPC sockets in the runtime directory, in its order, by their owners' names."""
        names: list[str] = self.scene.isolation.inside(os.listdir, self.scene.runtime)
        first = [name for name in names if name == PRIMARY_SOCKET]
        others = [name for name in names if name.startswith(f"{PRIMARY_SOCKET}_")]
        return first + [self._paths.get(name, name) for name in others]

    # -- verbs ------------------------------------------------------------------------------------

    def _starts(self, step: Step, outcome: Outcome, observed: words.Said) -> None:
        peer = getattr(self.scene, step.role)()
        self._peers[step.who] = peer
        path = self.scene.socket_of(peer)
        mine = PRIMARY_SOCKET if step.role == "primary" else step.who
        self._paths[PurePosixPath(path).name] = mine
        if self._settler is None:
            # Not a name that a primary broadcasts to.
            address = f"{self.scene.runtime}/settler"
            self._settler = Ghost(self.scene, address=address, idle=True)
            self._settler.inject()
        peer.call("mp_action_register", name=SETTLE)
        self._say(observed, step, "ready")

    def _registers(self, step: Step, outcome: Outcome, observed: words.Said) -> None:
        number = outcome.calls[0]
        keys: dict[str, Any] = {"manner": step.manner, "reply_param": f"r{number}".encode()}
        if step.manner == "misnamed":
            keys.update(manner="reply", reply_name="other")
        self._tell(step, number, "mp_action_register", **keys)

    def _unregisters(self, step: Step, outcome: Outcome, observed: words.Said) -> None:
        self._tell(step, outcome.calls[0], "mp_action_unregister")

    def _sends(self, step: Step, outcome: Outcome, observed: words.Said) -> None:
        for number in outcome.calls:
            pending = self._tell(step, number, "mp_sendmsg", param=f"m{number}".encode())
            if number == outcome.calls[-1] and outcome.blocks:
                peer = self._peers[step.who]
                self.scene.wait_until(
                    lambda: pending.answered or "unix_wait_for_peer" in peer.wait_channel(),
                    "a blocked sender",
                )
            else:
                pending.answer(self.timeouts.deadline_s)

    def _requests(self, step: Step, outcome: Outcome, observed: words.Said) -> None:
        number = outcome.calls[0]
        verb = "mp_request_async" if step.is_async else "mp_request_sync"
        timeout = self.timeouts.requests_s[outcome.timeout]
        pending = self._tell(step, number, verb, param=f"m{number}".encode(), timeout=timeout)
        self._callbacks[step.who, pending.id] = number
        if step.victim:
            victim = self._peers[step.victim]
            if outcome.seen_by_victim:
                self._wait(lambda: victim.unfetched >= outcome.seen_by_victim)
            else:
                self.scene.wait_until(
                    lambda: self.scene.queued_at(victim), "a request in its queue"
                )
            self._kill(step.victim, observed)

    def _releases(self, step: Step, outcome: Outcome, observed: words.Said) -> None:
        answer = self._peers[step.who].call("release_action", name=step.name)
        self._say(observed, step, "released" if answer.ret else "nothing to release")

    def _stops(self, step: Step, outcome: Outcome, observed: words.Said) -> None:
        self._peers[step.who].pause()

    def _continues(self, step: Step, outcome: Outcome, observed: words.Said) -> None:
        self._peers[step.who].resume()

    def _dies(self, step: Step, outcome: Outcome, observed: words.Said) -> None:
        self._kill(step.who, observed)

    def _exits(self, step: Step, outcome: Outcome, observed: words.Said) -> None:
        self._forget(self._peers[step.who])
        self._peers[step.who].exit(0)
        self._say(observed, step, "ended: exit 0")

    def _leaves(self, step: Step, outcome: Outcome, observed: words.Said) -> None:
        peer = self._peers[step.who]
        answer = peer.cleanup()
        peer.exit(0)
        self._say(observed, step, f"ended: rte_eal_cleanup = {answer.ret}, exit 0")

    def _kill(self, who: str, observed: words.Said) -> None:
        peer = self._peers[who]
        peer.kill()
        self._forget(peer)
        where = words.place(who, words.CALLS)
        observed.setdefault(where, []).append("ended: SIGKILL")

    # -- what was seen ----------------------------------------------------------------------------

    def _collect(self, observed: words.Said) -> None:
        """All that has been said since the last step, in the model's words."""
        for number, (who, verb, pending) in list(self._calls.items()):
            if pending.answered:
                line = self._call_line(number, verb, pending.answer())
                observed.setdefault(words.place(who, words.CALLS), []).append(line)
                del self._calls[number]
        for who, peer in self._peers.items():
            for event in peer.fetch_all():
                line = self._event_line(who, event)
                observed.setdefault(words.place(who, self._thread(who, event)), []).append(line)

    def _call_line(self, number: int, verb: str, answer: Facts) -> str:
        name = self._names[number]
        ret = answer.ret if "ret" in answer else 0
        line = words.call(number, verb, name, ret, answer.rte_errno)
        if verb == "mp_request_sync":
            line += "; " + words.replies(answer.nb_sent, answer.nb_received, _msgs(answer.msgs))
        return line

    def _event_line(self, who: str, event: Facts) -> str:
        kind = event.event
        if kind == "action":
            _, param = _msg(event.msg)
            peer = self._paths.get(PurePosixPath(event.peer).name, event.peer)
            return words.action(event.action, event.msg.name, param, peer)
        if kind == "replied":
            return words.replied(event.action, event.ret, event.rte_errno)
        if kind == "async_reply":
            number = self._callbacks[who, event.of]
            msgs = _msgs(event.msgs)
            reply = words.replies(
                event.nb_sent, event.nb_received, sorted(msgs) if isinstance(msgs, list) else msgs
            )
            return words.callback(number, event.request.name, _msg(event.request)[1], reply)
        return f"event {kind}: {event}"

    def _thread(self, who: str, event: Facts) -> str:
        if "thread" not in event:
            return words.OTHER
        if event.thread.tid == self._ipc_threads.get(who):
            return words.IPC
        return words.INTERRUPT if event.thread.name in INTERRUPT_THREADS else words.OTHER

    # -- small things -----------------------------------------------------------------------------

    def _tell(self, step: Step, number: int, verb: str, **keys: Any) -> Pending:
        pending = self._peers[step.who].tell(verb, name=step.name, **keys)
        self._calls[number] = (step.who, verb, pending)
        self._names[number] = step.name
        return pending

    def _forget(self, peer: Peer) -> None:
        """Nobody will fetch what it has not answered yet."""
        for number, (_, _, pending) in list(self._calls.items()):
            if pending.peer is peer and not pending.answered:
                peer.forget(pending)
                del self._calls[number]

    def _path(self, who: str) -> str:
        return self.scene.socket_of(self._peers[who])

    def _wait_queued(self, who: str) -> None:
        peer = self._peers[who]
        self.scene.wait_until(
            lambda: self.scene.queued_at(peer), f"a request in the queue of {who}"
        )

    def _wait(self, done: Callable[[], bool]) -> None:
        """Waits until it is so, or the deadline is over: what is missing then is found by comparing."""
        if not self.scene.news.comes(done, self.timeouts.deadline_s):
            self.scene.note_stacks()

    def _say(self, observed: words.Said, step: Step, line: str) -> None:
        observed.setdefault(words.place(step.who, words.CALLS), []).append(line)


def _msg(msg: Facts) -> tuple[str, str]:
    """Name and parameter; descriptors that nobody sent are told too."""
    param = bytes.fromhex(msg.param).decode("ascii", "replace")
    return msg.name, param + (f" with {msg.num_fds} fds" if msg.num_fds else "")


def _msgs(msgs: Any) -> list[tuple[str, str]] | str | None:
    return [_msg(msg) for msg in msgs] if isinstance(msgs, list) else msgs
