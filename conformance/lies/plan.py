# SPDX-License-Identifier: BSD-3-Clause
"""The lies that a clause is told, in their order, from what it looked at in the honest run."""

from __future__ import annotations

from itertools import islice, zip_longest
from typing import Any, Callable, Iterable, Iterator

from conformance.lies import kinds
from conformance.lies.assertion import Assertion
from conformance.lies.kinds import Change
from conformance.lies.listener import Lie, Read
from targets.outcome import Died, Hang
from targets.protocol import Facts

# What a clause most likely asserts on.
_FIRST = ("ret", "rte_errno", "nb_sent", "nb_received", "count")

# So many lies about each look within an assertion come before those about what was looked at before.
FIRST = 3

# By so many nanoseconds a time is moved that stands alone.
OFF = 10 * 10**9


def key_of(read: Read) -> str:
    """The last key of its path, or the function's name."""
    return read.what.rpartition(".")[2].partition("(")[0]


def about(reads: list[Read], assertion: Assertion | None) -> Iterator[Lie]:
    """Every lie that may turn this assertion red: about what was read within it first, then where its
    variables got their values, then about what else was read before it, from there back. None: the
    clause as a whole."""
    own = frozenset() if assertion is None else range(assertion.first, assertion.last + 1)
    made = frozenset() if assertion is None else assertion.made
    within = [read for read in reads if read.lines.intersection(own)]
    ends = [place for place, read in enumerate(reads) if read in within]
    before = [read for read in (reads[: ends[-1]] if ends else reads) if read not in within]
    values = [read for read in before if read.lines & made]
    rest = [read for read in before if read not in values]
    groups = [
        (within, _in_turn(within, assertion)),
        (values, _in_turn(values[::-1], assertion)),
        (rest, _in_turn(rest[::-1], assertion)),
    ]
    if assertion is None:
        yield from _about_ends(reads)
    for some, lies in groups:
        yield from _about_times(some)
        yield from islice(lies, FIRST * len(some))
        yield from _about_alike(some)
        yield from _about_stale(some, reads)
        yield from _about_every(some)
    for some, _ in groups:
        yield from _about_events(some)
    for _, lies in groups:
        yield from lies


def _in_turn(reads: list[Read], assertion: Assertion | None) -> Iterator[Lie]:
    """A first lie about each, then a second: which of them matters is not known."""
    ranked = sorted(_few(reads), key=lambda read: _rank(read, assertion))
    for turn in zip_longest(*map(_about, ranked)):
        yield from (lie for lie in turn if lie is not None)


def _rank(read: Read, assertion: Assertion | None) -> tuple[bool, int]:
    """The rank of a look: first come those whose key the assertion names."""
    key = key_of(read)
    named = assertion is not None and f".{key}" in assertion.text
    return not named, _FIRST.index(key) if key in _FIRST else len(_FIRST)


def _few(reads: Iterable[Read]) -> list[Read]:
    """The first and the last of the looks that differ in nothing but their number."""
    alike = _alike(reads).values()
    return [read for some in alike for read in dict.fromkeys((some[0], some[-1]))]


def _alike(reads: Iterable[Read]) -> dict[object, list[Read]]:
    places: dict[object, list[Read]] = {}
    for read in reads:
        places.setdefault(read.place, []).append(read)
    return places


def _about_every(reads: list[Read]) -> Iterator[Lie]:
    """Lies that are told each time in a loop."""
    for some in _alike(reads).values():
        what = list(dict.fromkeys(read.what for read in some))
        if len(what) > 1 and not _is_time(some[0]):
            for kind in islice(kinds.of(some[0].value), FIRST):
                yield Lie(f"each {what[0]}", kind.name, dict.fromkeys(what, kind.change))


def _about_alike(reads: list[Read]) -> Iterator[Lie]:
    """Two that should differ are the same."""
    by_key: dict[object, list[Read]] = {}
    for read in reads:
        by_key.setdefault((key_of(read), read.lines), []).append(read)
    groups = {tuple(some): some for some in (*_alike(reads).values(), *by_key.values())}
    for some in groups.values():
        first, last = some[0], some[-1]
        if (
            isinstance(first.value, (int, str))
            and first.value != last.value
            and not _is_time(first)
        ):
            told = _from_the_first(first.what, last.what, lambda one, _: one)
            yield Lie(f"{first.what} and {last.what}", "the same", told)


def _about_stale(some: list[Read], reads: list[Read]) -> Iterator[Lie]:
    """Lies that tell a changed value as it was before."""
    known: dict[str, list[Read]] = {}
    for read in reads:
        if isinstance(read.value, (list, tuple, dict)):
            earlier = known.setdefault(read.kind, [])
            old = next((one for one in reversed(earlier) if one.value != read.value), None)
            if old is not None and read in some:
                yield Lie(read.what, f"as {old.what} was", {read.what: _always(old.value)})
            earlier.append(read)


def _from_the_first(first: str, second: str, of: Callable[[Any, Any], Any]) -> dict[str, Change]:
    """The second of two is told as what `of` makes of both."""
    known: list[Any] = []

    def remember(value: Any) -> Any:
        known[:] = [value]
        return value

    return {first: remember, second: lambda value: of(known[0], value)}


def _about(read: Read) -> Iterator[Lie]:
    if _is_time(read):
        return
    duration = key_of(read).endswith("_ns") and isinstance(read.value, int)
    for kind in kinds.DURATION if duration else kinds.of(read.value):
        yield Lie(read.what, kind.name, {read.what: kind.change})


def _is_time(read: Read) -> bool:
    """A reading of the clock: only its order among others says something."""
    return key_of(read) == "at" and isinstance(read.value, int)


def _about_times(reads: list[Read]) -> Iterator[Lie]:
    """Two things happened in the other order; or, where there is one, ten seconds off."""
    times = list({read.what: read for read in reads if _is_time(read)}.values())
    for read, other in zip(times, times[1:]):
        told = _other_order(read.what, other.what)
        yield Lie(f"{read.what} and {other.what}", "in the other order", told)
    if len(times) == 1:
        for kind, by in (("early", -OFF), ("late", OFF)):
            yield Lie(times[0].what, kind, {times[0].what: _moved(by)})


def _other_order(first: str, second: str) -> dict[str, Change]:
    """The second is told as long before the first as it was after it, or the other way round."""
    return _from_the_first(first, second, lambda first_at, at: 2 * first_at - at)


def _moved(by: int) -> Change:
    return lambda at: at + by


def _about_events(reads: list[Read]) -> Iterator[Lie]:
    """Two events of a peer were swapped, or the first of them came twice."""
    events = [read for read in reads if isinstance(read.value, Facts) and ".expect(" in read.what]
    for read, other in zip(events, events[1:]):
        if read.what.partition("#")[0] != other.what.partition("#")[0]:
            continue
        first, second = sorted((read, other), key=lambda event: event.what)
        twice = {second.what: _always(first.value)}
        swapped = {**twice, first.what: _always(second.value)}
        yield Lie(first.what, "swapped with the next", swapped)
        yield Lie(first.what, "came twice", twice)


def _always(what: Any) -> Change:
    return lambda _: what


def _about_ends(reads: list[Read]) -> Iterator[Lie]:
    """Lies that an answer never came, and that the peer has ended."""
    for read in [read for read in reads if isinstance(read.value, Facts)][-1:]:
        hang = Hang(f"{read.what} (a lie)", f"hang: {read.what} (a lie)")
        yield Lie(read.what, "never came", {read.what: _always(hang)})
        died = Died("the peer lives", "the peer died: SIGKILL (a lie)")
        yield Lie(read.what, "the peer died", {read.what: _always(died)})
