# SPDX-License-Identifier: BSD-3-Clause
"""A hash table that processes share: its keys, and how each finds them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from targets.peer import Peer

NAME = "t"
KEY_LEN = 16
ENTRIES = 64

LOCK_FREE = "RTE_HASH_EXTRA_FLAGS_RW_CONCURRENCY_LF"
LOCKED = "RTE_HASH_EXTRA_FLAGS_RW_CONCURRENCY"
MULTI_WRITER = "RTE_HASH_EXTRA_FLAGS_MULTI_WRITER_ADD"

# The sets of flags that decide which locks there are.
FLAGS: dict[str, list[str]] = {
    "no flag": [],
    "MULTI_WRITER_ADD": [MULTI_WRITER],
    "RW_CONCURRENCY": [LOCKED],
    "RW_CONCURRENCY_LF": [LOCK_FREE],
    "RW_CONCURRENCY_LF, MULTI_WRITER_ADD": [LOCK_FREE, MULTI_WRITER],
}


def key(number: int) -> bytes:
    """A key by its number."""
    return number.to_bytes(KEY_LEN, "big")


@dataclass(frozen=True)
class User:
    """A process that uses the table, and computes the hash values itself, as the guide recommends."""

    peer: Peer

    def _sig(self, number: int) -> int:
        sig: int = self.peer.call("hash_crc", data=key(number)).ret
        return sig

    def _call(self, verb: str, number: int, **keys: Any) -> Any:
        return self.peer.call(verb, name=NAME, key=key(number), sig=self._sig(number), **keys)

    def add(self, number: int, data: int) -> int:
        """Adds a key and its data, and returns 0, or -1 where the table is full."""
        ret: int = self._call("hash_add_key_with_hash_data", number, data=data).ret
        return ret

    def delete(self, number: int) -> str | None:
        """Deletes a key, and returns the errno."""
        errno: str | None = self._call("hash_del_key_with_hash", number).errno
        return errno

    def data(self, *numbers: int) -> list[Any]:
        """The data of these keys; of one that is not there, the errno."""
        found = [self._call("hash_lookup_with_hash_data", number) for number in numbers]
        return [one.data if one.ret >= 0 else one.errno for one in found]


def create(peer: Peer, *flags: str) -> User:
    """The user that has made the table, with these flags."""
    made = peer.call(
        "hash_create", name=NAME, entries=ENTRIES, key_len=KEY_LEN, extra_flag=list(flags)
    )
    assert made.h is not None, f"no hash table: {made.rte_errno}"
    return User(peer)
