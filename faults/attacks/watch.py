# SPDX-License-Identifier: BSD-3-Clause
"""faults/attack watch and relay: a relay before every socket, which shows, and does, what it is told."""

from __future__ import annotations

import argparse
import select
import sys
import threading
import time
from pathlib import Path, PurePosixPath

from faults.attacks import console
from faults.attacks.console import CannotAttack, Interrupted
from faults.attacks.session import Release, Session, session, who
from faults.attacks.describe import Names, clock, described
from faults.attacks.record_file import RecordFile
from faults.deployment.entered import Entered
from faults.relay import Passed, Relay
from faults.rule import Rule
from faults.rule_text import parse
from faults.text import TextError
from targets.outcome import Died
from traffic.capture import Capture, Sighting

ABOUT = """
A relay stands before each socket: it gives the socket another name (aside_...), puts its own in that
place in one step, and passes on each datagram from its sender's own address, so that no process can
tell. What was queued before is delivered as ever. On the way out each socket gets its name back; if this
command is killed, the relay's process does it by itself. Processes that start later get a relay as soon
as their socket is there: what is sent in the first moment after that may pass unseen.
"""

RULES = """
RULES, one a line, the first that takes a datagram counts, what none takes is passed:
    ACTION TYPE NAME [from WHOM] [to WHOM] [nth N] [times N]
  ACTION  pass, drop, double, delay DURATION, hold, release, reorder N, rewrite FIELD=VALUE ...,
          answer reply [param=HEX], answer ignore
  TYPE    message, request, reply, ignore, *        NAME  the message's, *
  WHOM    primary, secondary, a socket's name (mp_socket_PID_...)
"""


def add_to(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    """The command lines of both."""
    for name, what in (
        ("watch", "show each IPC datagram, live, and let it pass"),
        ("relay", "drop, delay, double, hold, reorder, rewrite or answer datagrams by rules"),
    ):
        parser = commands.add_parser(
            name,
            parents=[common],
            help=what,
            description=f"{what[0].upper()}{what[1:]}, until Ctrl-C.",
            epilog=ABOUT + (RULES if name == "relay" else ""),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        parser.add_argument(
            "--before",
            metavar="WHOM",
            help="only before primary, secondary or a pid: what is sent to it (default: all, and those"
            " who come later)",
        )
        parser.add_argument("--write", metavar="FILE", help="also to a capture (pcapng)")
        if name == "watch":
            parser.add_argument(
                "--record",
                metavar="FILE",
                help="write what was said as a scenario for ci/reproduce",
            )
        parser.add_argument("--for", dest="lasts", type=console.duration_s, metavar="TIME")
        if name == "relay":
            parser.add_argument("rules", nargs="?", metavar="FILE", help="of rules; - is stdin")
            parser.add_argument(
                "-e", dest="given", action="append", default=[], metavar="RULE", help="a rule"
            )
            parser.add_argument("--quiet", action="store_true", help="only show what a rule takes")
        parser.set_defaults(run=watch if name == "watch" else relay, record=None)


def watch(arguments: argparse.Namespace) -> int:
    """faults/attack watch."""
    return _relay(arguments, [], quiet=False)


def relay(arguments: argparse.Namespace) -> int:
    """faults/attack relay."""
    rules = _rules(arguments)
    if not rules:
        raise CannotAttack("no rules: give a file of them, or -e RULE; `watch` only looks on")
    return _relay(arguments, rules, quiet=arguments.quiet)


def _rules(arguments: argparse.Namespace) -> list[Rule]:
    """The rules in the file and on the command line; CannotAttack shows the place of an error."""
    texts = []
    if arguments.rules == "-":
        texts.append(("standard input", sys.stdin.read()))
    elif arguments.rules is not None:
        try:
            texts.append((arguments.rules, Path(arguments.rules).read_text(encoding="utf-8")))
        except (OSError, UnicodeDecodeError) as error:
            raise CannotAttack(f"{arguments.rules}: {error}") from error
    if arguments.given:
        texts.append(("-e", "\n".join(arguments.given)))
    rules = []
    for name, text in texts:
        try:
            rules += parse(text)
        except TextError as error:
            shown = text.splitlines()[error.line - 1] if text.splitlines() else ""
            mark = " " * (error.column - 1) + "^"
            raise CannotAttack(f"{name}: {error}\n  {shown}\n  {mark}") from error
    return rules


def _relay(arguments: argparse.Namespace, rules: list[Rule], quiet: bool) -> int:
    def plan(entered: Entered, release: Release) -> list[str]:
        paths = _paths(entered, arguments.before)
        if entered.no_relay:
            raise CannotAttack(entered.no_relay)
        if rules and not release.fits:
            raise CannotAttack(release.doubt)
        if arguments.record and not release.fits:
            raise CannotAttack(f"--record: {release.doubt}")
        names = ", ".join(PurePosixPath(path).name for path in paths) or "no socket yet"
        later = "" if arguments.before else ", and before each that comes later"
        does = [f"  {rule}" for rule in rules] or ["  pass everything on"]
        write = [f"will write {one}" for one in (arguments.write, arguments.record) if one]
        until = f"for {arguments.lasts:g} s" if arguments.lasts else "until Ctrl-C"
        return [f"will put a relay before {names}{later}, {until}:", *does, *write]

    with session(arguments, plan) as running:
        return _stand(arguments, running, rules, quiet)


def _paths(entered: Entered, whom: str | None) -> list[str]:
    """The sockets of those who are meant; of all who have one."""
    deployment = entered.deployment
    chosen = who(deployment, whom) if whom else list(deployment.processes)
    bound = [one.address for one in chosen if one.address]
    there = [path for path in bound if entered.inside(_is_there, path)]
    if whom and not there:
        raise CannotAttack(f"{', '.join(map(str, chosen))} has no IPC socket")
    return there


def _is_there(path: str) -> bool:
    return PurePosixPath(path).is_absolute() and Path(path).is_socket()


class _Onlooker:
    """Shows and writes down each datagram; called on one thread, but for the end."""

    def __init__(
        self, running: Session, capture: Capture | None, record: RecordFile | None, quiet: bool
    ) -> None:
        self._record = record
        self._names = Names(running.entered.deployment)
        self._layout = running.entered.layout
        self._fits = running.release.fits
        self._capture = capture
        self._quiet = quiet
        # CLOCK_MONOTONIC, which the relay stamps with, to the time of day.
        self._offset_ns = time.time_ns() - time.monotonic_ns()
        self._lock = threading.Lock()
        self.seen = 0
        self.failed: BaseException | None = None

    def __call__(self, passed: Passed) -> None:
        try:
            self._take(passed)
        except OSError as error:  # Nobody reads any more, or the disk is full.
            self.failed = error

    def _take(self, passed: Passed) -> None:
        at_ns = passed.at + self._offset_ns
        way = f"{self._names.of(passed.sender)} > {self._names.of(passed.to)}"
        if self._fits:
            what = described(self._layout, passed.data, passed.fds)
        else:
            what = f"{len(passed.data)} bytes, {passed.fds} fds: 0x{passed.data[:32].hex()}..."
        done = "" if passed.rule is None else f" [{passed.rule}]"
        with self._lock:
            self.seen += 1
            if self._record is not None:
                self._record.add(passed)
            if not self._quiet or passed.rule is not None:
                console.line(f"{clock(at_ns)} {way}: {what}{done}")
            if self._capture is not None:
                layout = self._layout if self._fits else None
                sighting = Sighting(
                    at_ns, passed.data, passed.sender, passed.to, passed.fds, passed.action
                )
                self._capture.add(sighting, layout, f"{way}: {what}{done}")


def _stand(arguments: argparse.Namespace, running: Session, rules: list[Rule], quiet: bool) -> int:
    entered = running.entered
    capture = _capture(arguments.write)
    record = _record_file(running, arguments.record)
    onlooker = _Onlooker(running, capture, record, quiet)
    later = None if arguments.before else "secondary"
    before = _paths(entered, arguments.before)
    standing = Relay(entered, before, *rules, later=later, on_datagram=onlooker)
    try:
        standing.inject()
        try:
            console.line(f"{clock()} in place; Ctrl-C ends it")
            _wait(arguments.lasts, entered, onlooker)
        except Interrupted:
            pass
        standing.count()
    finally:
        standing.heal()
        if capture is not None:
            capture.close()
        if record is not None:
            record.close()
    return _report(standing, rules, entered, arguments.write)


def _capture(path: str | None) -> Capture | None:
    if path is None:
        return None
    try:
        return Capture(Path(path))
    except OSError as error:
        raise CannotAttack(f"{path}: {error.strerror}") from error


def _record_file(running: Session, path: str | None) -> RecordFile | None:
    if path is None:
        return None
    try:
        return RecordFile(path, running.entered.deployment, running.entered.layout)
    except OSError as error:
        raise CannotAttack(f"{path}: {error.strerror}") from error


def _wait(lasts: float | None, entered: Entered, onlooker: _Onlooker) -> None:
    """Waits until the time is over, the primary has died, or nobody reads any more."""
    until = None if lasts is None else time.monotonic() + lasts
    while until is None or time.monotonic() < until:
        left = 0.2 if until is None else min(0.2, max(until - time.monotonic(), 0))
        ended, _, _ = select.select([entered.alarm], [], [], left)
        if ended:
            console.line(f"{clock()} {entered.host} has ended")
            return
        if onlooker.failed is not None:
            return


def _report(standing: Relay, rules: list[Rule], entered: Entered, written: str | None) -> int:
    console.line(f"{standing.seen} datagrams seen" + (f", in {written}" if written else ""))
    for rule in rules:
        bites = f"{rule.bites} times" if rule.bites else "NEVER"
        console.line(f"  {bites:>9}  {rule}")
    if entered.ended:
        raise Died("it lives", f"{entered.host} has died", "sockets of the living are put back")
    never = [rule for rule in rules if rule.action != "pass" and not rule.bites]
    if never:
        console.line(f"inconclusive: {len(never)} of the rules never applied")
        return console.DID_NOT_BITE
    return console.DONE
