# SPDX-License-Identifier: BSD-3-Clause
"""The lines of a recorded scenario: who is told to send what, and what each ghost then gets."""

from __future__ import annotations

from dataclasses import dataclass, field

from faults.rule import TYPES
from faults.text import written
from traffic.datagram import Datagram, MpType
from traffic.eal_param import DEV_REQUEST, VDEV, Dev, DevType, ParamError

PRIMARY = "primary1"
# Requests that DPDK itself answers, in the primary: what follows from one is not told to the peer.
ANSWERED_BY_DPDK = (VDEV, DEV_REQUEST)

_TYPE_WORDS = {kind: word for word, kind in TYPES.items()}


@dataclass(frozen=True)
class Said:
    """A datagram between the primary and a secondary. secondary: its address.  to_primary: its way."""

    at: int
    secondary: str
    to_primary: bool
    seen: Datagram


@dataclass
class _Group:
    """A request that the primary has sent to several, one after another or all at once. asked: those
    to whom it is still to go."""

    param: bytes
    asked: list[str] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)
    whole: bool = False
    at_once: bool = False
    label: str = ""
    verb: str = ""


class Writer:
    """Goes through all that was said, and writes the lines."""

    def __init__(self, said: list[Said], vdevs: list[str], there: list[str]) -> None:
        self.lines: list[str] = []
        self.ghosts: dict[str, str] = {}
        self._said = said
        self._registered: dict[str, str] = {}
        self._open: set[tuple[str, str]] = set()
        self._labels: dict[tuple[str, str], str] = {}
        self._groups: dict[str, _Group] = {}
        self._sent: dict[str, tuple[bytes, set[str]]] = {}
        self._count = 0
        self._at = said[0].at if said else 0
        self._line(" ".join([PRIMARY, "starts", *(written(one) for one in vdevs)]))
        for who in there:
            self._ghost(who)
        for number, one in enumerate(said):
            self._stamp = f"{(one.at - self._at) / 1e6:.3f}"
            if one.to_primary:
                self._to_primary(number, one)
            else:
                self._from_primary(number, one)
        for name in list(self._groups):
            self._finish(name)
        self._line(f"{PRIMARY} lives")

    def _line(self, text: str, stamp: str = "") -> None:
        self.lines.append(f"{text}    # {stamp}" if stamp else text)

    def _ghost(self, who: str) -> str:
        if who not in self.ghosts:
            self.ghosts[who] = f"ghost{len(self.ghosts) + 1}"
            self._line(f"{self.ghosts[who]} appears")
        return self.ghosts[who]

    def _label(self, letter: str) -> str:
        self._count += 1
        return f"{letter}{self._count}"

    # -- what a secondary has sent ------------------------------------------------------------------

    def _to_primary(self, number: int, one: Said) -> None:
        ghost, seen = self._ghost(one.secondary), one.seen
        kind = _TYPE_WORDS[MpType(seen.type)]
        words = [kind, _name(seen)]
        if seen.type in (MpType.MP_REP, MpType.MP_IGN):
            self._answer(one, ghost, kind)
            return
        of_dpdk = seen.name in ANSWERED_BY_DPDK
        if not of_dpdk:
            self._register(number, one)
        self._line(" ".join([ghost, "sends", *words, f"to={PRIMARY}", *_param(seen)]), self._stamp)
        if seen.type == MpType.MP_REQ:
            self._open.add((one.secondary, seen.name))
        elif not of_dpdk:
            self._line(f"{PRIMARY} says action action={_name(seen)}")

    def _register(self, number: int, one: Said) -> None:
        """The peer's action answers as the primary's has answered next."""
        name = written(one.seen.name)
        manner = "manner=silent"
        if one.seen.type == MpType.MP_REQ:
            reply = next(
                (
                    later.seen
                    for later in self._said[number + 1 :]
                    if not later.to_primary
                    and (later.secondary, later.seen.name) == (one.secondary, one.seen.name)
                    and later.seen.type == MpType.MP_REP
                ),
                None,
            )
            if reply is not None:
                manner = " ".join(["manner=reply", *_param(reply, "reply_param")])
        if self._registered.get(name) == manner:
            return
        if name in self._registered:
            self._line(f"{PRIMARY} unregisters {name}")
        self._registered[name] = manner
        self._line(f"{PRIMARY} does mp_action_register name={name} {manner}")

    def _answer(self, one: Said, ghost: str, kind: str) -> None:
        seen = one.seen
        label = self._labels.pop((one.secondary, seen.name), None)
        if label is None:  # Late, or to nothing.
            words = [ghost, "sends", kind, _name(seen), f"to={PRIMARY}", *_param(seen)]
        else:
            words = [ghost, "answers", label, kind, *_param(seen)]
        self._line(" ".join(words), self._stamp)

    # -- what the primary has sent ------------------------------------------------------------------

    def _from_primary(self, number: int, one: Said) -> None:
        ghost, seen = self._ghost(one.secondary), one.seen
        gets = f"{ghost} gets {_TYPE_WORDS[MpType(seen.type)]} {_name(seen)}"
        if seen.type == MpType.MP_REQ:
            if not self._follows(seen):
                self._request(number, one)
            label = self._labels[one.secondary, seen.name] = self._label("b")
            gets = f"{label}: {gets}"
        elif seen.type != MpType.MP_MSG:
            self._open.discard((one.secondary, seen.name))
        elif seen.name not in ANSWERED_BY_DPDK:
            self._message(one)
        self._line(gets, self._stamp)

    def _follows(self, seen: Datagram) -> bool:
        """Whether DPDK sends this request by itself: for the request of a secondary, or to take back what
        has failed somewhere."""
        asked = any(name == seen.name for _, name in self._open)
        return (seen.name in ANSWERED_BY_DPDK and asked) or _is_rollback(seen)

    def _message(self, one: Said) -> None:
        """A message that goes to several is one call."""
        param, to = self._sent.get(one.seen.name, (b"", set()))
        if param != one.seen.param or one.secondary in to or not to:
            to = set()
            words = [PRIMARY, "does mp_sendmsg", f"name={_name(one.seen)}", *_param(one.seen)]
            self._line(" ".join(words), self._stamp)
        self._sent[one.seen.name] = (one.seen.param, to | {one.secondary})

    def _request(self, number: int, one: Said) -> None:
        """A request that goes to several is one call, too."""
        name = one.seen.name
        group = self._groups.get(name)
        if group is not None and group.param == one.seen.param and one.secondary in group.asked:
            group.asked.remove(one.secondary)
            return
        if group is not None:
            self._finish(name)
        group = self._group(number, one)
        group.label = self._label("r")
        words = [f"{group.label}: {PRIMARY} begins {group.verb}", *self._keys(group, one.seen)]
        self._line(" ".join(words), self._stamp)
        self._groups[name] = group

    def _group(self, number: int, one: Said) -> _Group:
        """Whom this request has gone to, and who has answered it: until one is asked again."""
        group = _Group(one.seen.param)
        for later in self._said[number:]:
            if later.seen.name != one.seen.name:
                continue
            if not later.to_primary and later.seen.type == MpType.MP_REQ:
                if later.secondary in group.asked or later.seen.param != group.param:
                    break
                group.at_once |= bool(group.asked) and not group.answered
                group.asked.append(later.secondary)
            elif later.to_primary and later.seen.type == MpType.MP_REP:
                group.answered.append(later.secondary)
        device = _attached(one.seen)
        group.verb = f"mp_request_{'async' if group.at_once else 'sync'}"
        group.verb = "dev_probe" if device else group.verb
        group.whole = len(group.answered) >= len(group.asked)
        group.asked.remove(one.secondary)
        return group

    def _keys(self, group: _Group, seen: Datagram) -> list[str]:
        if group.verb == "dev_probe":
            return [f"devargs={written(_attached(seen))}"]
        timeout = "ample" if group.whole else "brief"
        return [f"name={_name(seen)}", *_param(seen), f"timeout={timeout}"]

    def _finish(self, name: str) -> None:
        """What has come of a request of the primary."""
        group = self._groups.pop(name)
        many = len(group.answered)
        if group.verb == "mp_request_async":
            self._line(f"{PRIMARY} says async_reply nb_received={many}")
        elif group.verb == "dev_probe":
            self._line(f"{group.label} ends")
        elif group.whole:
            self._line(f"expect {group.label} ret=0 nb_received={many}")
        else:  # The first who does not answer fails it, and the others' answers are thrown away.
            self._line(f"expect {group.label} ret=-1 rte_errno=ETIMEDOUT")


def _name(seen: Datagram) -> str:
    return written(seen.name)


def _param(seen: Datagram, key: str = "param") -> list[str]:
    return [f"{key}={seen.param.hex()}"] if seen.param else []


def _is_rollback(seen: Datagram) -> bool:
    """DPDK takes back an attach or a detach that has failed somewhere."""
    try:
        dev = Dev.of(seen.param) if seen.name == DEV_REQUEST else None
    except ParamError:
        return False
    return dev is not None and dev.t in (DevType.ATTACH_ROLLBACK, DevType.DETACH_ROLLBACK)


def _attached(seen: Datagram) -> str:
    """The virtual device that a request asks to attach, "" for any other request."""
    try:
        dev = Dev.of(seen.param) if seen.name == DEV_REQUEST else None
    except ParamError:
        return ""
    attaches = dev is not None and dev.t == DevType.ATTACH and dev.devargs.startswith("net_")
    return dev.devargs if dev is not None and attaches else ""
