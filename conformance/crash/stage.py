# SPDX-License-Identifier: BSD-3-Clause
"""Takes one point after another: a victim each, that dies or whose call fails, and the effects."""

from __future__ import annotations

import os
import shutil
import signal
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Generator

from conformance.crash.activity import ACTIVITIES, Activity
from conformance.crash.point import Point, Result, points
from conformance.crash.processes import DEADLY, LOST, MOST_TIMEOUTS_S, Processes
from conformance.verdicts.run import Run
from faults.steps import Steps
from faults.survivors import answered, ask
from targets.outcome import Died, Hang
from targets.peer import EAL_FAILED, Peer, Pending
from targets.process import Ending
from targets.threads import has_ipc_thread

DPDK_TIMEOUT_S = 5.0


def stay_on_one_cpu(number: int) -> set[int]:
    """Keeps this process, and all that it starts from now on, on one CPU: tracing is quickest on the
    CPU that the traced process runs on. Returns the CPUs that were allowed before."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {sorted(before)[number % len(before)]})
    return before


@contextmanager
def on_one_cpu() -> Generator[None, None, None]:
    """While the block lasts, this process stays on one CPU, another one of several as likely."""
    before = stay_on_one_cpu(os.getpid())
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


class Stage:
    """The scene in which points are taken, one after another. A scene serves as long as nothing is
    wrong in it."""

    def __init__(self, run: Run, folder: Path) -> None:
        self.run = run
        self.folder = folder
        self._processes: Processes | None = None
        self._steps: Steps | None = None
        self._made = 0

    # -- scenes -----------------------------------------------------------------------------------

    def _enter(self, activity: Activity, *, lives: bool = False) -> tuple[Processes, Steps]:
        kept = self._processes
        if kept is None or (kept.role, kept.lives) != (activity.victim, lives) or activity.fresh:
            self.leave()
            self._made += 1
            scene = self.run.scene(self.folder / str(self._made))
            try:
                self._processes = Processes(scene, activity.victim, lives=lives)
            except BaseException as error:
                scene.abandon(error)
                raise
            self._steps = Steps(scene)
        processes = self._processes
        assert processes is not None and self._steps is not None
        processes.enter(held=activity.held)
        activity.prepare(processes)
        processes.settle()
        return processes, self._steps

    def leave(self, *, keep: bool = False) -> None:
        """Ends the scene; what is wrong in it has been told."""
        processes, self._processes = self._processes, None
        if self._steps is not None:
            self._steps.close()
            self._steps = None
        if processes is None:
            return
        for peer in processes.scene.peers:
            peer.forget_all()
        processes.scene.abandon(RuntimeError("a point has been taken"))
        if not keep:
            shutil.rmtree(processes.scene.directory, ignore_errors=True)

    # -- one point --------------------------------------------------------------------------------

    def record(self, name: str) -> list[Point]:
        """All points of an activity."""
        activity = ACTIVITIES[name]
        processes, steps = self._enter(activity)
        steps.follow(processes.victim.pid)
        under_way = activity.go(processes)
        self._until_over(processes, activity, under_way)
        for pending in under_way:
            pending.answer()
        processes.scene.wait_until(steps.quiet, "a victim that has done its work")
        calls, names = steps.let_go()
        if activity.fresh or activity.victim == "primary":
            self.leave()
        else:
            # The next victim finds what this one has found.
            _given_back(processes, under_way)
            processes.victim.kill()
            processes.findings(touched=True)
        return points(name, calls, names, self.run.dpdk.root)

    def take(self, point: Point, mode: str = "kill", *, keep: bool = False) -> Result:
        """Takes a point and returns its result."""
        begin = time.monotonic()
        activity = ACTIVITIES[point.activity]
        processes, steps = self._enter(activity, lives=mode == "fail")
        processes.victim.may_end(signal=signal.SIGKILL)
        if mode == "fail":
            processes.victim.may_end(code=EAL_FAILED)
            for number in DEADLY:
                processes.victim.may_end(signal=number)
        files = processes.victim.open_files()
        steps.follow(processes.victim.pid, mode, point.call_id, point.error)
        under_way = activity.go(processes)
        found = self._come_of(processes, steps, activity, point, under_way, files)
        bite = steps.bite or {}
        spoilt = found is None or set(found) - {LOST} or processes.worn
        if spoilt or activity.fresh or keep:
            self.leave(keep=keep)
        return Result(point, mode, found, time.monotonic() - begin, bite)

    def _come_of(
        self,
        processes: Processes,
        steps: Steps,
        activity: Activity,
        point: Point,
        under_way: list[Pending],
        files: int,
    ) -> dict[str, str] | None:
        found: dict[str, str] = {}
        try:
            self._until_over(processes, activity, under_way)
            if processes.victim.alive:
                processes.scene.wait_until(
                    lambda: not processes.victim.alive or steps.quiet(), "a victim that is done"
                )
        except Died:
            pass  # Told by findings.
        except Hang:
            found["victim"] = "hang"
        steps.look()
        if steps.bite is None or not point.is_where(steps.bite, self.run.dpdk.root):
            return None
        try:
            return found | self._effects(processes, steps, activity, point, under_way, files)
        except Died:
            killed = processes.killed()
            if not killed:
                raise
            return found | killed

    def _effects(
        self,
        processes: Processes,
        steps: Steps,
        activity: Activity,
        point: Point,
        under_way: list[Pending],
        files: int,
    ) -> dict[str, str]:
        """What has come of the point, where the fault has met its call. Died where others end, too."""
        found: dict[str, str] = {}
        if point.error:
            steps.let_go()
            # Who asks the victim does so in vain as long as it lives: its end must not cut that short.
            if processes.victim.alive:
                found |= processes.rest()
            found |= _given_back(processes, under_way)
            found |= _survived(processes, activity, under_way, files)
        for pending in under_way:
            found |= _words(processes, pending)
        found |= processes.findings(touched=point.touched)
        if point.error and activity.fresh:
            found.pop(LOST, None)  # A device that is there now has a right to some.
        return found

    def _until_over(
        self, processes: Processes, activity: Activity, under_way: list[Pending]
    ) -> None:
        """Waits until the victim is dead, or has done what it was told."""
        victim = processes.victim

        def over() -> bool:
            # One whose rte_eal_init has failed says so, and ends.
            done = all(pending.answered for pending in under_way)
            return not victim.alive or (done and (not activity.held or victim.said("ready")))

        limit_s = MOST_TIMEOUTS_S + processes.scene.speed.slack_s
        if not processes.scene.news.comes(over, limit_s):
            raise Hang("the activity ends", "hang: activity")


def _given_back(processes: Processes, under_way: list[Pending]) -> dict[str, str]:
    """Memory that was got all the same is freed: what is lost then is lost by DPDK."""
    found: dict[str, str] = {}
    for pending in under_way:
        if pending.verb == "malloc" and pending.answered and pending.peer.alive:
            answer = pending.answer()
            if answer.ret:
                item = f"free of {processes.words_for(pending.peer)}"
                found |= ask(item, processes.limit_s, pending.peer, "free", ptr=answer.ret)[1]
    return found


def _survived(
    processes: Processes, activity: Activity, under_way: list[Pending], files: int
) -> dict[str, str]:
    """The effect of a failing call on the process that made it. Then the process is ended."""
    victim = processes.victim
    found: dict[str, str] = {}
    own = [pending for pending in under_way if pending.peer is victim]
    if not victim.alive:
        found["victim"] = _end_of(victim)
    elif all(pending.answered for pending in own):
        failures = [_how(pending.answer()) for pending in own]
        if any(failures):
            found["victim"] = failures[0]
            kept = victim.open_files() - files
            if not activity.held and kept > 0:
                found["victim's descriptors"] = f"+{kept}"
    else:
        found["victim"] = "hang"
    silent = victim.alive and not has_ipc_thread(victim.pid)
    # Without a channel it has none from the start, and after a clean-up none any more.
    if silent and not activity.held and activity.name != "cleans up":
        found["victim's IPC thread"] = "gone"
    if not victim.alive or processes.role == "primary":
        return found
    if found.get("victim") != "hang":
        answer, wrong = ask("victim's rte_eal_cleanup", processes.limit_s, victim, "eal_cleanup")
        found |= wrong
        # A second clean-up fails, as it must.
        if answer is not None and answer.ret != 0 and answer.rte_errno != "EALREADY":
            found["victim's rte_eal_cleanup"] = f"returns {answer.ret}"
    if victim.alive:
        victim.kill()
    return found


def _end_of(victim: Peer) -> str:
    if victim.ending != Ending(code=EAL_FAILED):
        return f"died: {victim.ending}"
    said = victim.events("eal_failed")[0]
    return f"rte_eal_init fails: {said.rte_errno or 'no rte_errno'}"


def _words(processes: Processes, pending: Pending) -> dict[str, str]:
    """How a call of another process ended that was under way when the victim died; {} if it ended as
    usual."""
    if pending.peer is processes.victim:
        if pending.peer.alive and pending.answered:
            pending.answer()
        else:
            pending.peer.forget(pending)
        return {}
    item = f"{pending.verb} of {processes.words_for(pending.peer)}"
    answer, found = answered(item, MOST_TIMEOUTS_S, pending)
    if answer is None:
        return found
    words = _how(answer)
    if not words:
        return {}
    # A request has a timeout of ours, which on a busy machine is long.
    own = pending.verb.startswith("mp_request")
    late = not own and answer.at / 1e9 - pending.told_at >= DPDK_TIMEOUT_S
    return {item: words + (" after DPDK's timeout" if late else "")}


def _how(answer: Any) -> str:
    """The way in which a call failed, "" if it did not."""
    if "ret" in answer and answer.ret is None:
        return "none"
    for reason in ("rte_errno", "errno"):
        if reason in answer and answer[reason]:
            return f"fails with {answer[reason]}"
    return ""
