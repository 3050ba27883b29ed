# SPDX-License-Identifier: BSD-3-Clause
"""Malformed datagrams without end, each a function of seed and number: any of them can be made again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable

from traffic import eal_param
from traffic.datagram import Layout, encode

# Messages that DPDK itself handles somewhere, and one that nobody does.
NAMES = (
    eal_param.MALLOC_REQUEST,
    eal_param.MALLOC_SYNC,
    eal_param.MALLOC_ROLLBACK,
    eal_param.MALLOC_RESPONSE,
    eal_param.DEV_REQUEST,
    eal_param.VDEV,
    "mp_pdump",
    "tap_mp_sync_queues",
    "tap_mp_req_start_rxtx",
    "eal_vfio_mp_sync",
    "nobody_handles_this",
)
LIES = {
    "type": "a type that does not exist",
    "name": "empty, without a NUL, or bytes that are no text",
    "param": "random bytes where DPDK expects a struct",
    "len_param": "not the parameter's length, or beyond its field",
    "num_fds": "not the number of descriptors, or beyond the limit",
    "fds": "descriptors that are not announced",
    "size": "too short, empty, or too long",
}

_MASK = (1 << 64) - 1
_EDGES = (-(2**31), -1, 0, 1, 8, 9, 64, 253, 254, 255, 256, 257, 300, 65536, 2**31 - 1)


@dataclass(frozen=True)
class Forged:
    """A datagram that lies. lies: in what."""

    data: bytes
    fds: int
    lies: tuple[str, ...]


class _Dice:
    """splitmix64: the same throws in every Python, and quick to begin."""

    def __init__(self, seed: int, number: int) -> None:
        # Mixed, so that neighbours are not the same throws, one later.
        self._state = seed & _MASK
        self._state = (self.throw(1 << 64) + number) & _MASK
        self._state = self.throw(1 << 64)

    def throw(self, below: int) -> int:
        """0 to below - 1."""
        self._state = (self._state + 0x9E3779B97F4A7C15) & _MASK
        mixed = self._state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
        return (mixed ^ (mixed >> 31)) % below

    def bytes(self, count: int) -> bytes:
        """Random bytes, as many as `count` says."""
        words = [self.throw(1 << 64).to_bytes(8, "little") for _ in range(-(-count // 8))]
        return b"".join(words)[:count]


class Source:
    """forge(number) is always the same datagram. lies: those of LIES that may be told."""

    def __init__(self, layout: Layout, seed: int, lies: tuple[str, ...] = tuple(LIES)) -> None:
        unknown = [lie for lie in lies if lie not in LIES]
        if unknown or not lies:
            raise ValueError(f"{unknown or 'nothing'} is no lie; there are {', '.join(LIES)}")
        self._layout = layout
        self._seed = seed
        self._lies = lies

    def forge(self, number: int) -> Forged:
        """The datagram of this number: one lie, sometimes two."""
        dice = _Dice(self._seed, number)
        told = {self._lies[dice.throw(len(self._lies))]}
        if dice.throw(4) == 0:
            told.add(self._lies[dice.throw(len(self._lies))])
        made = _Honest(dice, self._layout)
        for lie in sorted(told):
            _TELL[lie](made)
        data = encode(self._layout, made.type, made.name, made.len_param, made.num_fds, made.param)
        if made.size is not None:
            data = data[: made.size].ljust(made.size, b"\xff")
        return Forged(data, made.fds, tuple(sorted(told)))


class _Honest:
    """A datagram that does not lie yet."""

    def __init__(self, dice: _Dice, layout: Layout) -> None:
        self.dice = dice
        self.layout = layout
        self.type = dice.throw(4)
        self.name: bytes = NAMES[dice.throw(len(NAMES))].encode()
        self.param = b""
        self.len_param: int | None = None
        self.num_fds: int | None = None
        self.fds = 0
        self.size: int | None = None


def _type(made: _Honest) -> None:
    made.type = (-1, 4, 77, 2**31 - 1, -(2**31))[made.dice.throw(5)]


def _name(made: _Honest) -> None:
    most = made.layout.name.size
    count = (0, 1, most - 1, most)[made.dice.throw(4)]
    made.name = made.dice.bytes(count).replace(b"\0", b"\xff")


def _param(made: _Honest) -> None:
    made.param = made.dice.bytes(made.dice.throw(made.layout.param.size + 1))


def _len_param(made: _Honest) -> None:
    made.len_param = _EDGES[made.dice.throw(len(_EDGES))]


def _num_fds(made: _Honest) -> None:
    made.num_fds = _EDGES[made.dice.throw(len(_EDGES))]


def _fds(made: _Honest) -> None:
    made.fds = 1 + made.dice.throw(3)


def _size(made: _Honest) -> None:
    made.size = made.dice.throw(made.layout.size * 2)


_TELL: dict[str, Callable[[_Honest], None]] = {
    "type": _type,
    "name": _name,
    "param": _param,
    "len_param": _len_param,
    "num_fds": _num_fds,
    "fds": _fds,
    "size": _size,
}
