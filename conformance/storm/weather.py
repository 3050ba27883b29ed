# SPDX-License-Identifier: BSD-3-Clause
"""A scenario by chance: processes, calls and faults, and in the end the survivor's checklist. The same
seed and number are the same text."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Callable

NAMES = ("a", "b")
MANNERS = ("reply", "silent", "late", "twice")
TIMEOUTS = ("brief", "patience", "300ms", "0", "1ms")
DEVICES = ("net_null0", "net_null1", "net_ring0")
# Less than a hugepage, and more. All together leave enough for the checklist of a scene's 32 pages.
SIZES = (64, 1 << 20, 3 << 20)
MOST_MEMORY = 4

# Of calls that fail or end the process, those that IPC cannot do without.
CALLS = (
    ("sendmsg", "ENOBUFS"),
    ("sendmsg", "ECONNREFUSED"),
    ("recvmsg", "EINTR"),
    ("opendir", "EMFILE"),
)
SYSTEM_CALLS = ("sendmsg", "recvmsg", "openat", "mmap", "ftruncate", "flock", "close", "futex")
RULES = ("drop", "double", "delay 20ms", "answer ignore")
DATAGRAMS = ("message", "request", "reply", "ignore")

MOST_PROCESSES = 4
MOST_STEPS = 24


@dataclass
class _Deployment:
    """What is there at a line of the text."""

    rng: Random
    lines: list[str] = field(default_factory=list)
    living: list[str] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    begun: dict[str, list[str]] = field(
        default_factory=dict
    )  # Requests that nobody has waited for.
    relayed: bool = False
    ghosts: int = 0
    memory: int = 0
    labels: int = 0
    secondaries: int = 0
    rings: int = 0

    def label(self) -> str:
        self.labels += 1
        return f"x{self.labels}"

    def one(self) -> str:
        """A process that lives and is not stopped."""
        return self.rng.choice([who for who in self.living if who not in self.stopped])

    def victim(self) -> str | None:
        """A secondary that may be hurt; None where there is none."""
        there = [who for who in self.living if who not in self.stopped and who != "primary1"]
        return self.rng.choice(there) if there else None

    def ends(self, who: str) -> None:
        """Waits for all that a process has begun."""
        self.lines += [f"{label} ends" for label in self.begun.pop(who, [])]

    def arrives(self) -> None:
        self.secondaries += 1
        self.living.append(f"secondary{self.secondaries}")
        self.lines.append(f"secondary{self.secondaries} starts")


def scenario(seed: int, number: int) -> str:
    """The text of the storm's scenario of this number, from 0 on."""
    there = _Deployment(Random(f"{seed}/{number}"))
    there.lines += [f"# storm --seed {seed}, scenario {number}", "primary1 starts --vdev=net_null9"]
    there.living.append("primary1")
    for _ in range(there.rng.randint(1, MOST_PROCESSES - 1)):
        there.arrives()
    for _ in range(there.rng.randint(4, MOST_STEPS)):
        there.rng.choices(list(_STEPS), list(_STEPS.values()))[0](there)
    _check(there)
    return "\n".join(there.lines) + "\n"


# -- steps ------------------------------------------------------------------------------------------


def _registers(there: _Deployment) -> None:
    name, manner = there.rng.choice(NAMES), there.rng.choice(MANNERS)
    there.lines.append(f"{there.one()} does mp_action_register name={name} manner={manner}")


def _unregisters(there: _Deployment) -> None:
    there.lines.append(f"{there.one()} does mp_action_unregister name={there.rng.choice(NAMES)}")


def _sends(there: _Deployment) -> None:
    param = "" if there.rng.random() < 0.5 else f" param={there.rng.randbytes(8).hex()}"
    there.lines.append(f"{there.one()} does mp_sendmsg name={there.rng.choice(NAMES)}{param}")


def _requests(there: _Deployment) -> None:
    verb = there.rng.choice(("mp_request_sync", "mp_request_async"))
    asks = f"{verb} name={there.rng.choice(NAMES)} timeout={there.rng.choice(TIMEOUTS)}"
    who, label = there.one(), there.label()
    there.begun.setdefault(who, []).append(label)
    there.lines.append(f"{label}: {who} begins {asks}")


def _allocates(there: _Deployment) -> None:
    if there.memory < MOST_MEMORY:
        there.memory += 1
        there.lines.append(f"{there.one()} does malloc size={there.rng.choice(SIZES)}")


def _device(there: _Deployment) -> None:
    device = there.rng.choice(DEVICES)
    verb, key = there.rng.choice((("dev_probe", "devargs"), ("eal_hotplug_remove", "")))
    given = f"{key}={device}" if key else f"busname=vdev devname={device}"
    there.lines.append(f"{there.one()} does {verb} {given}")


def _ring(there: _Deployment) -> None:
    there.rings += 1
    who = there.one()
    there.lines.append(
        f"{who} does ring_create name=r{there.rings} count={2 ** there.rng.randint(1, 9)}"
    )


def _port(there: _Deployment) -> None:
    verb = there.rng.choice(("eth_link_get", "eth_stats_get", "eth_dev_info_get", "eth_dev_stop"))
    there.lines.append(f"{there.one()} does {verb} port_id=0")


def _arrives(there: _Deployment) -> None:
    if len(there.living) < MOST_PROCESSES and not there.stopped:
        there.arrives()


def _goes(there: _Deployment) -> None:
    who = there.victim()
    if who:
        how = there.rng.choice(("dies", "dies", "exits", "leaves"))
        if how == "leaves":
            there.ends(who)
        there.begun.pop(who, None)
        there.lines.append(f"{who} {how}")
        there.living.remove(who)


def _dies_at_a_call(there: _Deployment) -> None:
    who = there.victim()
    if who:
        call, nth = there.rng.choice(SYSTEM_CALLS), there.rng.randint(1, 4)
        verb = there.rng.choice(
            ("malloc size=3145728", "mp_request_sync name=a timeout=brief", "eal_cleanup")
        )
        there.lines += [f"{who} dies at {call} {nth}", f"{who} begins {verb}", f"{who} has died"]
        there.begun.pop(who, None)
        there.living.remove(who)


def _stops(there: _Deployment) -> None:
    who = there.victim()
    if who and not there.stopped:
        there.lines.append(f"{who} stops")
        there.stopped.append(who)


def _continues(there: _Deployment) -> None:
    if there.stopped:
        there.lines.append(f"{there.stopped.pop()} continues")


def _call_fails(there: _Deployment) -> None:
    function, error = there.rng.choice(CALLS)
    who = there.one()
    there.lines.append(f"calls {who}: fail {function} {error}")
    there.lines.append(f"{who} does mp_sendmsg name=a")
    if function != "sendmsg":
        there.lines.append(f"{there.label()}: {who} does mp_request_sync name=b timeout=brief")


def _relay(there: _Deployment) -> None:
    # Before the primary, which does not die: where a relay stands, a dead process looks alive.
    if not there.relayed:
        there.relayed = True
        rule = f"{there.rng.choice(RULES)} request {there.rng.choice(NAMES)} times 1"
        there.lines.append(f"relay primary1: {rule}")
    _requests(there)


def _ghost(there: _Deployment) -> None:
    if not there.ghosts:
        there.ghosts = 1
        there.lines.append("ghost1 appears")
    kind, name = there.rng.choice(DATAGRAMS), there.rng.choice(NAMES)
    param = there.rng.randbytes(there.rng.choice((0, 4, 64))).hex()
    given = f" param={param}" if param else ""
    there.lines.append(f"ghost1 sends {kind} {name} to={there.one()}{given}")


_STEPS: dict[Callable[[_Deployment], None], int] = {
    _registers: 6,
    _unregisters: 2,
    _sends: 6,
    _requests: 8,
    _allocates: 4,
    _device: 3,
    _ring: 2,
    _port: 2,
    _arrives: 3,
    _goes: 3,
    _dies_at_a_call: 1,
    _stops: 1,
    _continues: 2,
    _call_fails: 2,
    _relay: 2,
    _ghost: 2,
}


# -- the end ----------------------------------------------------------------------------------------


def _check(there: _Deployment) -> None:
    """Whoever lives still answers, allocates and talks, and one more attaches."""
    there.lines += [f"{who} continues" for who in there.stopped]
    if there.ghosts:
        there.lines.append("ghost1 goes")
    for who in there.living:
        there.ends(who)
        there.lines += [f"{who} lives", f"memory_{who}: {who} does malloc size=3145728"]
        there.lines.append(f"expect memory_{who} ret!=null")
    there.arrives()
    there.lines.append("primary1 does mp_action_register name=checkup manner=reply")
    for who in there.living[1:]:
        there.lines.append(f"talk_{who}: {who} does mp_request_sync name=checkup timeout=ample")
        there.lines.append(f"expect talk_{who} ret=0 nb_received=1")
