# SPDX-License-Identifier: BSD-3-Clause
"""faults/attack kill and stop: a process is killed or stopped, at once or at an event."""

from __future__ import annotations

import argparse
import select
import signal
import time
from contextlib import ExitStack

from faults.attacks import console
from faults.attacks.console import CannotAttack, Interrupted
from faults.attacks.session import Release, Session, only, session, who
from faults.attacks.describe import described
from faults.deployment import event, proc
from faults.deployment.event import Event
from faults.deployment.find import Deployment, Process
from faults.deployment.entered import Pidfd, Entered
from faults.deployment.trace import trace

AT_AN_EVENT = """
--when EVENT is MOMENT [TYPE [NAME]]:
  received  the process has read the datagram from its socket and done nothing with it yet
  sending   it has handled what it answers, and the datagram has not left yet
  sent      the datagram is in the receiver's queue
  TYPE is message, request, reply, ignore or any; NAME is the message's. So "the secondary, after it
  received eal_dev_mp_request and before it replied" is, at the earliest and at the latest moment:
    faults/attack kill secondary --when 'received request eal_dev_mp_request'
    faults/attack kill secondary --when 'sending reply eal_dev_mp_request'
It is exact: the process is traced (ptrace) and is held in the very system call; a relay could only see
that a datagram has been read, or catch the reply when it has been sent already. Until then each system
call of the process takes some 0.1 ms longer; threads that only poll make none. With `secondary` it is
whichever secondary comes to it first.
"""


def add_to(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    """The command lines of both."""
    for name, what in (("kill", "SIGKILL"), ("stop", "SIGSTOP until Ctrl-C, then SIGCONT")):
        parser = commands.add_parser(
            name,
            parents=[common],
            help=f"{what}, at once or at an event",
            description=f"{what}, at once or at an event.",
            epilog=AT_AN_EVENT,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        parser.add_argument("who", help="primary, secondary, or a pid of the deployment")
        parser.add_argument("--when", metavar="EVENT", help="not at once: see below")
        parser.add_argument("--nth", type=int, default=1, help="at the nth such event (1)")
        parser.add_argument(
            "--within", type=console.duration_s, metavar="TIME", help="give up after this; exit 1"
        )
        if name == "stop":
            parser.add_argument(
                "--for",
                dest="lasts",
                type=console.duration_s,
                metavar="TIME",
                help="stopped this long",
            )
        parser.set_defaults(run=kill if name == "kill" else stop)


def kill(arguments: argparse.Namespace) -> int:
    """faults/attack kill."""
    with _session(
        arguments, "send SIGKILL to", ["a killed process cannot be brought back"]
    ) as held:
        if held is None:
            return console.DID_NOT_BITE
        process, pidfd, _ = held
        console.line(f"{_clock()} SIGKILL to {process}")
        pidfd.signal(signal.SIGKILL)
        select.select([pidfd], [], [])
        console.line(f"{_clock()} {process} is dead")
    return console.DONE


def stop(arguments: argparse.Namespace) -> int:
    """faults/attack stop."""
    until = f"for {arguments.lasts:g} s" if arguments.lasts else "until Ctrl-C"
    undone = [f"stopped {until}, then continued (SIGCONT), also if this command is killed"]
    with _session(arguments, "send SIGSTOP to", undone) as held:
        if held is None:
            return console.DID_NOT_BITE
        process, pidfd, running = held
        guard = {"kind": "continue", "pid": process.pid, "started": process.started}
        with running.undo.guard(**guard):
            try:
                pidfd.signal(signal.SIGSTOP)
                _wait_stopped(process, pidfd)
                console.line(f"{_clock()} {process} is stopped {until}")
                ended, _, _ = select.select([pidfd], [], [], arguments.lasts)
                if ended:
                    raise CannotAttack(f"{process} has died while it was stopped")
            except Interrupted:
                pass
            finally:
                pidfd.signal(signal.SIGCONT)
        console.line(f"{_clock()} {process} goes on")
    return console.DONE


def _wait_stopped(process: Process, pidfd: Pidfd) -> None:
    """Nobody reports this, and each look costs a few system calls: it looks every millisecond."""
    while not proc.stopped(process.pid):
        ended, _, _ = select.select([pidfd], [], [], 0.001)
        if ended:
            raise CannotAttack(f"{process} has died when it was to be stopped")


class _session:
    """With-block: whom it comes to, a hold on it, and the session; None if the event never came."""

    def __init__(self, arguments: argparse.Namespace, does: str, undone: list[str]) -> None:
        self._arguments = arguments
        self._does = does
        self._undone = undone
        self._stack = ExitStack()
        self._event: Event | None = None

    def __enter__(self) -> tuple[Process, Pidfd, Session] | None:
        with ExitStack() as stack:
            running = stack.enter_context(session(self._arguments, self._plan))
            chosen = self._chosen(running.entered.deployment)
            pidfds = {one.pid: _hold(stack, one) for one in chosen}
            running.entered.may_end()
            process: Process | None = chosen[0]
            if self._event is not None:
                process = _wait(stack, self._arguments, running, chosen, self._event)
            self._stack = stack.pop_all()
        return None if process is None else (process, pidfds[process.pid], running)

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _chosen(self, deployment: Deployment) -> list[Process]:
        if self._arguments.when is None:
            return [only(deployment, self._arguments.who)]
        return who(deployment, self._arguments.who)

    def _plan(self, entered: Entered, release: Release) -> list[str]:
        chosen = self._chosen(entered.deployment)
        for one in chosen:
            if proc.state(one.pid) in ("T", "t"):
                raise CannotAttack(f"{one} is stopped already, by somebody else")
        names = " or ".join(map(str, chosen))
        if self._arguments.when is None:
            return [f"will {self._does} {names}, at once", *self._undone]
        if not release.fits:
            raise CannotAttack(release.doubt)
        if self._arguments.nth < 1:
            raise CannotAttack(f"--nth {self._arguments.nth}: events are counted from 1")
        self._event = event.parse(self._arguments.when, entered.layout)
        nth = f", the {self._arguments.nth}. time" if self._arguments.nth > 1 else ""
        return [
            f"will trace {names} (ptrace), and when it has come to `{self._event}`{nth}:",
            f"will {self._does} it; {event.MOMENTS[self._event.moment]}",
            *self._undone,
        ]


def _hold(stack: ExitStack, process: Process) -> Pidfd:
    pidfd = Pidfd(process)
    stack.callback(pidfd.close)
    return pidfd


def _wait(
    stack: ExitStack,
    arguments: argparse.Namespace,
    running: Session,
    chosen: list[Process],
    wanted: Event,
) -> Process | None:
    """The process that has come to the event, and is held there until the block ends; None if no
    process did."""
    watch = trace(chosen, wanted, running.entered.layout, arguments.nth)
    stack.callback(watch.close)
    until = None if arguments.within is None else time.monotonic() + arguments.within
    try:
        console.line(f"{_clock()} waiting for `{wanted}`; Ctrl-C gives up")
        while True:
            left = None if until is None else max(until - time.monotonic(), 0)
            ready, _, _ = select.select([watch], [], [], left)
            if not ready:
                console.line(f"{_clock()} `{wanted}` has not come within {arguments.within:g} s")
                return None
            said = watch.next()
            if "hit" in said:
                seen = described(running.entered.layout, bytes.fromhex(said["data"]))
                console.line(f"{_clock()} {wanted.moment}: {seen}")
                return next(one for one in chosen if one.pid == said["hit"])
            ended = next((one for one in chosen if one.pid == said.get("ended")), None)
            if ended is not None:
                console.line(f"{_clock()} {ended} has ended")
            if "over" in said:
                raise CannotAttack(f"`{wanted}` can come no more: whom it could come to has ended")
    except Interrupted:
        console.line(f"{_clock()} given up; `{wanted}` has not come")
        return None


def _clock() -> str:
    return time.strftime("%H:%M:%S")
