# SPDX-License-Identifier: BSD-3-Clause
"""faults/attack ghost: a socket in the runtime directory that answers, or sends, what it is told."""

from __future__ import annotations

import argparse
import heapq
import os
import select
import time
from dataclasses import dataclass

from faults import unix_socket
from faults.attacks import console, datagram_text, fuzz
from faults.attacks.fuzz_source import LIES
from faults.attacks.datagram_text import DatagramText, descriptors
from faults.attacks.console import CannotAttack, Interrupted
from faults.attacks.session import Release, Session, only, session, who
from faults.attacks.describe import Names, clock, described
from faults.deployment.find import Process
from faults.deployment.entered import Entered
from faults.deployment.text import TextError
from faults.ghost import Ghost
from faults.unix_socket import Received
from traffic.datagram import Layout, MpType, decode, encode

ABOUT = f"""
Bound as mp_socket_NAME, a ghost is a secondary to every primary: it is asked whatever secondaries are.
HOW it answers a request: silent, ignore (MP_IGN), reply[:BYTES], late:TIME[:BYTES] (a reply); with
NAME= before it only requests of that name. The first that fits counts; what none fits gets silence.
  faults/attack ghost --answer ping=reply:0x00ff --answer ignore

DATAGRAM is TYPE NAME [param=BYTES] [len_param=N] [num_fds=N] [fds=N] [size=N]: TYPE message, request,
reply, ignore or a number; BYTES text or 0x...; fds are really passed, num_fds is what is said of them;
what is not said is true. What comes back within --for (1 s for a request) is shown.
  faults/attack ghost --send 'request eal_dev_mp_request len_param=300' --to primary

--fuzz sends N malformed datagrams to one process, each when the one before has been read, and looks at
what it does: whether it or another of the deployment dies (which signal, which thread), whether its IPC
thread ends or stands still, whether it answers afterwards, and after which datagram. The same seed and
number make the same datagram. Up to DPDK 20.11.4 a wrong size or length was dropped; since then it ends
the IPC thread, so that nothing behind it is read: --lies leaves such out. LIES, separated by commas:
{chr(10).join(f'  {name:10} {what}' for name, what in LIES.items())}
"""

HOWS = ("silent", "ignore", "reply", "late")


def add_to(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    """Adds the command line of this attack."""
    what = "be a process that DPDK talks to: answer, lie, be silent, forge, fuzz"
    parser = commands.add_parser(
        "ghost",
        parents=[common],
        help=what,
        description=f"{what[0].upper()}{what[1:]}.",
        epilog=ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--name", default="ghost", help="it is bound as mp_socket_NAME (ghost)")
    parser.add_argument("--for", dest="lasts", type=console.duration_s, metavar="TIME")
    parser.add_argument("--answer", action="append", default=[], metavar="[NAME=]HOW")
    parser.add_argument("--send", metavar="DATAGRAM", help="not only listen: send this")
    parser.add_argument("--times", type=int, default=1, help="how often it is sent (1)")
    parser.add_argument("--to", default="primary", help="primary, secondary or a pid (primary)")
    parser.add_argument("--fuzz", type=int, metavar="N", help="send N malformed datagrams")
    parser.add_argument("--seed", type=int, default=1, help="of the fuzzer (1)")
    parser.add_argument("--first", type=int, default=0, metavar="N", help="number of the first (0)")
    parser.add_argument("--lies", default=",".join(LIES), help="in what they may lie (all)")
    parser.set_defaults(run=ghost)


@dataclass(frozen=True)
class Answer:
    """The way to answer requests. name: None is any. how: one of HOWS."""

    name: str | None
    how: str
    after_s: float = 0.0
    param: bytes = b""


def parse_answer(text: str, layout: Layout) -> Answer:
    """Reads an answer's text, "[NAME=]HOW"; TextError shows the place of an error."""
    name, equals, rest = text.partition("=")
    if not equals or name.partition(":")[0] in HOWS:
        name, rest = "", text
    at = len(text) - len(rest)
    how, *more = rest.split(":")
    after_s = 0.0
    if how not in HOWS:
        raise TextError(text, at, f"{how!r} is no way to answer; it is one of {', '.join(HOWS)}")
    if how == "late":
        try:
            after_s = console.duration_s(more.pop(0) if more else "")
        except ValueError as error:
            raise TextError(text, at + len("late"), str(error)) from None
    if len(more) > (how in ("reply", "late")):
        raise TextError(text, len(text), f"nothing can follow {how}")
    param = datagram_text.param_of(more[0], layout) if more else b""
    return Answer(name or None, how, after_s, param)


def ghost(arguments: argparse.Namespace) -> int:
    """faults/attack ghost."""
    if arguments.fuzz is not None and (arguments.send or arguments.answer):
        raise CannotAttack("--fuzz goes alone: it answers all that it is asked with MP_IGN")
    if "/" in arguments.name or not arguments.name:
        raise CannotAttack(f"--name {arguments.name!r}: a ghost's name is part of a file's name")
    wanted = _Wanted()

    def plan(entered: Entered, release: Release) -> list[str]:
        if not release.fits:
            raise CannotAttack(release.doubt)
        return wanted.read(arguments, entered)

    with session(arguments, plan) as running:
        path = f"{running.entered.runtime}/mp_socket_{arguments.name}"
        if running.entered.inside(os.path.lexists, path):
            raise CannotAttack(f"{path} is there already: give another --name")
        with running.undo.guard(kind="unlink", path=path):
            with Ghost(running.entered, arguments.name, idle=True) as bound:
                if arguments.fuzz is not None:
                    return fuzz.run(arguments, running, bound, wanted.target)
                return _Haunting(arguments, running, bound, wanted).run()


class _Wanted:
    """The wishes of the command line, read before anything is touched."""

    target: Process
    targets: list[Process]
    answers: list[Answer]
    datagram_text: DatagramText | None = None

    def read(self, arguments: argparse.Namespace, entered: Entered) -> list[str]:
        """Also: what is going to be done, in words."""
        self.answers = [parse_answer(text, entered.layout) for text in arguments.answer]
        lines = [f"will bind {entered.runtime}/mp_socket_{arguments.name}"]
        if arguments.fuzz is not None:
            self.target = only(entered.deployment, arguments.to)
            fuzz.check(arguments, entered)
            return [*lines, *fuzz.plan(arguments, self.target)]
        if arguments.send is not None:
            if arguments.times < 1:
                raise CannotAttack(f"--times {arguments.times}: it is sent once at least")
            self.datagram_text = datagram_text.parse(arguments.send, entered.layout)
            self.targets = who(entered.deployment, arguments.to)
            names = ", ".join(map(str, self.targets))
            lines.append(f"will send {arguments.times} times to {names}: {arguments.send}")
        until = f"for {arguments.lasts:g} s" if arguments.lasts else "until Ctrl-C"
        if arguments.send is None:
            lines.append(f"will be a secondary to its primary {until}, and answer requests:")
            lines += [f"  {text}" for text in arguments.answer] or ["  with silence"]
        return lines


class _Haunting:
    """A ghost at work: sends what it has to, shows what comes, answers it."""

    def __init__(
        self, arguments: argparse.Namespace, running: Session, bound: Ghost, wanted: _Wanted
    ) -> None:
        self._arguments = arguments
        self._entered = running.entered
        self._sock = bound.sock
        self._wanted = wanted
        self._layout = running.entered.layout
        self._names = Names(running.entered.deployment)
        self._names.know(bound.address, f"ghost {bound.who}")
        self._me = f"ghost {bound.who}"
        self._due: list[tuple[float, int, bytes, str]] = []
        self._heard = 0
        self._unsent = 0

    def run(self) -> int:
        """The exit status: it bit if all was sent, or if it heard anything."""
        lasts = self._arguments.lasts
        try:
            if self._wanted.datagram_text is not None:
                self._send_all(self._wanted.datagram_text)
                asks = decode(self._layout, self._wanted.datagram_text.data).type == MpType.MP_REQ
                lasts = (1.0 if asks else 0.0) if lasts is None else lasts
            else:
                console.line(f"{clock()} {self._me} is there; Ctrl-C ends it")
            self._listen(lasts)
        except Interrupted:
            pass
        if self._wanted.datagram_text is not None:
            return console.DID_NOT_BITE if self._unsent else console.DONE
        console.line(f"{self._heard} datagrams heard")
        return console.DONE if self._heard else console.DID_NOT_BITE

    def _send_all(self, wanted: DatagramText) -> None:
        with descriptors(wanted.fds) as fds:
            for _ in range(self._arguments.times):
                for target in self._wanted.targets:
                    self._send(wanted.data, target.address, fds)

    def _send(self, data: bytes, to: str, fds: list[int] | None = None) -> None:
        self._sock.settimeout(2.0)
        line = f"{clock()} {self._me} > {self._names.of(to)}: "
        line += described(self._layout, data, len(fds or []))
        try:
            self._entered.inside(unix_socket.send, self._sock, data, to, fds)
        except TimeoutError:
            line += " NOT SENT: its queue has been full for 2 s, it does not read"
            self._unsent += 1
        except OSError as error:
            line += f" NOT SENT: {error.strerror}"
            self._unsent += 1
        finally:
            self._sock.settimeout(None)
        console.line(line)

    def _listen(self, lasts: float | None) -> None:
        until = None if lasts is None else time.monotonic() + lasts
        while until is None or time.monotonic() < until:
            ends = [at for at in (until, self._due[0][0] if self._due else None) if at]
            left = max(min(ends) - time.monotonic(), 0) if ends else None
            ready, _, _ = select.select([self._sock, self._entered.alarm], [], [], left)
            if self._sock in ready:
                self._take(unix_socket.receive(self._sock))
            elif ready:
                self._entered.raise_undeclared()
            while self._due and self._due[0][0] <= time.monotonic():
                _, _, data, to = heapq.heappop(self._due)
                self._send(data, to)

    def _take(self, received: Received) -> None:
        self._heard += 1
        seen = decode(self._layout, received.data)
        what = described(self._layout, received.data, len(received.fds))
        console.line(f"{clock()} {self._names.of(received.sender)} > {self._me}: {what}")
        received.close()
        if seen.type != MpType.MP_REQ:
            return
        how = next((one for one in self._wanted.answers if one.name in (None, seen.name)), None)
        if how is None or how.how == "silent":
            return
        kind = MpType.MP_IGN if how.how == "ignore" else MpType.MP_REP
        data = encode(self._layout, kind, seen.name, param=how.param)
        heapq.heappush(
            self._due, (time.monotonic() + how.after_s, self._heard, data, received.sender)
        )
