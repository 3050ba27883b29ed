# SPDX-License-Identifier: BSD-3-Clause
"""One real DPDK process that takes verbs: what it is told, what it answers, what it says unasked."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Callable

from targets.channel import Channel
from targets.dpdk import Dpdk
from targets.observed import observed
from targets.outcome import Breach, Died, Hang, HarnessFault, Leftover, Unavailable
from targets.own import Own
from targets.process import Ending, Process
from targets.protocol import Facts, as_key, at, in_seconds
from targets.surroundings import Surroundings

OWNER_GONE = 70
EAL_FAILED = 71


class Refused(HarnessFault):
    """The peer would not run a command: the test is wrong, not DPDK."""


@dataclass
class Pending:
    """A command that was told and whose answer is still to be had."""

    peer: Peer
    id: int
    verb: str
    told_at: float

    @observed
    def answer(self, deadline_s: float | None = None) -> Facts:
        """Waits for the answer. Hang after the limit, Died if a peer of the scene ends instead."""
        return self.peer.answer_of(self, deadline_s)

    def comes(self, limit_s: float) -> bool:
        """Waits for the answer; whether it has come within the limit. Died as above."""
        return self.peer.comes(lambda: self.answered, f"{self.verb} of {self.peer.name}", limit_s)

    @property
    @observed
    def answered(self) -> bool:
        """Whether the answer is there already."""
        return self.peer.has_answered(self)


class Peer(Process):
    """A process of a scene. Use Scene.primary() and Scene.secondary() to get one.

    Its DPDK and an argv prefix are parameters: another release, a chroot, a sanitizer build or a
    debugger is a matter of these two.
    """

    def __init__(
        self,
        scene: Surroundings,
        name: str,
        eal: list[str],
        dpdk: Dpdk,
        *,
        hold: bool = False,
        own: Own = Own(),
    ) -> None:
        self._channel = Channel(
            scene.news,
            name,
            on_answer=self._note_answer,
            on_event=self._note_event,
            on_end=self.note_end,
        )
        fd = self._channel.theirs.fileno()
        command = [
            str(dpdk.binary),
            f"--control-fd={fd}",
            *(["--hold"] if hold else []),
            "--",
            *eal,
        ]
        super().__init__(scene, name, command, dpdk, own)
        self._events: list[dict[str, Any]] = []
        self._pending: dict[int, str] = {}
        self._timeout_s = 0.0
        try:
            self.spawn(pass_fds=[fd])
        except BaseException:
            self._channel.theirs.close()
            raise
        self._channel.start()
        self.greeting = self._greeted()
        self.sanitized = bool(self.greeting.sanitized)

    def _greeted(self) -> Facts:
        """The greeting, which a peer sends before it calls DPDK. HarnessFault if it does not come.

        A death by a signal is not ours: DPDK's libraries are loaded by then, and their constructors ran.
        """
        self.may_end_anyhow()
        try:
            greeting = self.expect("greeting")
        except Died as error:
            if self.ending is None or self.ending.signal is not None:
                self.must_end_as_declared()
            self.scene.raise_undeclared()
            last = (self.output.strip().splitlines() or ["nothing"])[-1]
            raise HarnessFault(
                f"{self.name} ended ({self.ending}) and never greeted; its command is "
                f"{' '.join(self.command)!r}, its last output {last!r}"
            ) from error
        except Hang as error:
            raise HarnessFault(f"{self.name} runs and never greets: {self.command[0]}") from error
        self.must_end_as_declared()
        return greeting

    # -- what it says -----------------------------------------------------------------------------

    def _note_answer(self, line: dict[str, Any]) -> None:
        verb = self._pending.get(line["re"], "?")
        self.scene.timeline.add(self.name, f"answer {verb}", **line)
        if verb != "mp_request_async":  # Its callback is the end of that one.
            self.scene.starvation.end((self.name, line["re"]), verb)

    def _note_event(self, line: dict[str, Any]) -> None:
        self._events.append(line)
        facts = {key: value for key, value in line.items() if key != "event"}
        self.scene.timeline.add(self.name, f"event {line['event']}", **facts)
        if line["event"] == "async_reply":
            self.scene.starvation.end((self.name, line["of"]), "mp_request_async")

    def last_words(self) -> str:
        """The reason why rte_eal_init failed, and DPDK's last line about it; or as of any process."""
        failed = self.events("eal_failed")
        if self.ending != Ending(code=EAL_FAILED) or not failed:
            return super().last_words()
        last = next((line for line in reversed(self.output.splitlines()) if line.strip()), "")
        return f"rte_eal_init failed, rte_errno {failed[-1].rte_errno}\n{last}"

    # -- what it is told --------------------------------------------------------------------------

    def tell(self, verb: str, **keys: Any) -> Pending:
        """Sends a command and does not wait. Its answer must be fetched before the scene ends."""
        if self.scene.drivers is not None:
            self.scene.drivers.need(keys.get(key) for key in ("devargs", "devname"))

        def note(command: dict[str, Any]) -> None:
            self._pending[command["id"]] = verb
            self.scene.timeline.add(self.name, f"tell {verb}", **command)
            timeout_s = in_seconds(command.get("timeout"))
            if timeout_s is not None:
                self.scene.starvation.begin((self.name, command["id"]), timeout_s)

        speed = self.scene.speed
        known = {key: as_key(speed, key, value) for key, value in keys.items()}
        given_s = in_seconds(known.get("timeout")) or 0.0
        self._timeout_s = max(self._timeout_s, min(given_s, speed.ample_s))
        told_at = (
            time.monotonic()
        )  # Before it can begin, so that nothing seems to take less than it does.
        with self.scene.news.telling():
            number = self._channel.tell(verb, note, **known)
        return Pending(self, number, verb, told_at)

    @observed
    def call(self, verb: str, deadline_s: float | None = None, **keys: Any) -> Facts:
        """Sends a command and waits for its answer."""
        return self.tell(verb, **keys).answer(deadline_s)

    @observed
    def has_answered(self, pending: Pending) -> bool:
        """Whether the answer to `pending` has come."""
        return self._channel.answered(pending.id)

    def answer_of(self, pending: Pending, deadline_s: float | None = None) -> Facts:
        """The answer to `pending`; Refused when the peer would not run it."""
        what = f"{pending.verb} of {self.name}"
        self._wait(lambda: self._channel.answered(pending.id), what, deadline_s)
        self._pending.pop(pending.id, None)
        answer = self._channel.answer(pending.id, what)
        if "refused" in answer:
            raise Refused(f"{self.name} refused {pending.verb}: {answer['refused']}")
        if "unsupported" in answer:
            raise Unavailable(answer["unsupported"])
        return Facts(answer)

    def _wait(self, done: Callable[[], bool], what: str, deadline_s: float | None) -> None:
        """DPDK may take all of the timeout that it was given, on the wall clock, before it answers."""
        limit_s = deadline_s or self.scene.news.deadline_s + self._timeout_s
        self.scene.news.wait(done, what, limit_s, self.ended_instead_of(what))

    def comes(self, done: Callable[[], bool], what: str, limit_s: float) -> bool:
        """Waits for something that it says; whether that comes within the limit."""
        return self.scene.news.comes(done, limit_s, self.ended_instead_of(what))

    @observed
    def expect(self, event: str, deadline_s: float | None = None, **facts: Any) -> Facts:
        """The first event of this kind, with these facts, that nobody has fetched yet.

        facts: by their names, or by the way to them: {"msg.name": "ping"}.
        """
        found: list[dict[str, Any]] = []

        def look() -> bool:
            found.extend(self._unfetched(event, facts)[:1])
            for line in found:
                self._events.remove(line)
            return bool(found)

        about = "".join(f" {key}={value}" for key, value in facts.items())
        self._wait(look, f"event {event}{about} of {self.name}", deadline_s)
        return Facts(found[0])

    def _unfetched(self, event: str, facts: dict[str, Any]) -> list[dict[str, Any]]:
        return [
            line
            for line in self._events
            if line["event"] == event
            and all(at(line, path) == value for path, value in facts.items())
        ]

    @observed
    def events(self, event: str, **facts: Any) -> list[Facts]:
        """Those that nobody has fetched, of all that it said until now; they stay.

        A living peer is asked something first: its words come in order, so none is still under way.
        """
        if self.alive:
            self.call("nothing")
        with self.scene.news:
            return [Facts(line) for line in self._unfetched(event, facts)]

    @property
    @observed
    def unfetched(self) -> int:
        """How many events it has said that nobody has fetched."""
        with self.scene.news:
            return len(self._events)

    @observed
    def fetch_all(self) -> list[Facts]:
        """All events that nobody has fetched, in their order; from now on they are."""
        with self.scene.news:
            lines, self._events = self._events, []
            return [Facts(line) for line in lines]

    @observed
    def said(self, event: str) -> bool:
        """Whether an event of this kind has come that nobody has fetched; asks the peer nothing."""
        with self.scene.news:
            return any(line["event"] == event for line in self._events)

    def initialised(self) -> bool:
        """Waits until rte_eal_init has returned, or the process has ended; whether it is ready, which is
        still to be fetched. Died where it has ended as nobody declared."""
        self.scene.news.wait(
            lambda: self.said("ready") or self.said("eal_failed") or not self.alive,
            f"rte_eal_init of {self.name}",
        )
        return self.said("ready")

    def cleanup(self) -> Facts:
        """rte_eal_cleanup; the process stays."""
        return self.call("eal_cleanup")

    def exit(self, code: int = 0) -> None:
        """_exit(code), without rte_eal_cleanup, and waits for the end."""
        self.may_end(code=code)
        pending = self.tell("exit", code=code)
        self.wait_end()
        self._pending.pop(pending.id, None)

    def stop(self) -> None:
        """A clean end: rte_eal_cleanup, which must return 0, then exit 0."""
        answer = self.cleanup()
        if answer.ret != 0:
            raise Breach("rte_eal_cleanup returns 0", f"rte_eal_cleanup returned {answer.ret}")
        self.exit(0)

    def let_go(self) -> None:
        """The scene is over: closes the socket; a peer that still hears exits by itself."""
        unanswered = [
            verb for number, verb in self._pending.items() if not self._channel.answered(number)
        ]
        self.may_end(code=OWNER_GONE)
        self._channel.let_go()
        try:
            self.wait_end()
        finally:
            self._channel.close(ended=not self.alive)
        if unanswered and self.ending == Ending(code=OWNER_GONE):
            raise Leftover("every call answered", f"unanswered at the end: {', '.join(unanswered)}")

    def forget(self, pending: Pending) -> None:
        """Declares that nobody will fetch this answer, because the peer is not going to give it."""
        self._pending.pop(pending.id, None)

    def forget_all(self) -> None:
        """Declares that for every call."""
        self._pending.clear()
