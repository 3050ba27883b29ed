# SPDX-License-Identifier: BSD-3-Clause
"""The secrets of a bundle: finds names, addresses and payloads, and knows what stands for each."""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from itertools import count
from typing import Any, Callable, Iterator, Mapping

from ci.bundles.payloads import Payloads

_MAC = re.compile(r"(?<![0-9A-Fa-f:])(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}(?![0-9A-Fa-f:])")
_IPV4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?!\w|\.\d|-\d)")
_IPV6 = re.compile(r"(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![\w:])")
_PCI = re.compile(r"(?<![\w:])[0-9a-fA-F]{4,8}:[0-9a-fA-F]{2}:[0-9a-fA-F]{2}\.[0-7](?!\w)")
_HOME = re.compile(r"/home/([\w.-]+)")
_SSH = re.compile(r"ssh://(?:([^@/\s]+)@)?([^/:\s]+)")
MAC, IPV4, IPV6 = "MAC addresses", "IPv4 addresses", "IPv6 addresses"

# Names and addresses that each machine has.
_EVERYBODYS = ("root", "localhost", "0.0.0.0", "255.255.255.255", "::")


class Secrets:
    """Learn from all that the bundle has, settle, then ask."""

    def __init__(self) -> None:
        # Of a name or an address: its kind, and what stands for it.
        self._stands_for: dict[str, tuple[str, str]] = {}
        self._payloads = Payloads()
        self._numbers: dict[str, Iterator[int]] = {}
        self._places: Counter[str] = Counter()
        self._names: re.Pattern[str] | None = None

    # -- learning ---------------------------------------------------------------------------------

    def learn_host(self, name: str, private: Mapping[str, list[str]], port: str) -> None:
        """The names of the host, its users and folders, and those in the port under test."""
        hosts, users = [name, name.partition(".")[0]], list(private.get("users", []))
        for user, host in _SSH.findall(port):
            hosts.append(host)
            users.append(user)
        for kind, words, before in (
            ("host names", hosts, "host"),
            ("paths", private.get("checkout", []), "/gauntlet"),
            ("paths", private.get("homes", []), "/home/user"),
            ("user names", users, "user"),
        ):
            for word in words:
                if word and word not in _EVERYBODYS:
                    self._learn(kind, word, before)

    def learn_text(self, text: str) -> None:
        """The addresses, users and payloads that a text has."""
        for kind, (pattern, _) in _ADDRESSES.items():
            for word in pattern.findall(text):
                if kind not in (IPV4, IPV6) or is_somebodys(word):
                    self._learn(kind, word)
        for user in _HOME.findall(text):
            self._learn("user names", user, "user")
        self._payloads.learn_text(text)

    def learn_json(self, value: Any, key: str = "") -> None:
        """The payloads of a line of a timeline, and MAC addresses without colons."""
        if isinstance(value, dict):
            for name, each in value.items():
                self.learn_json(each, name)
        elif isinstance(value, list):
            for each in value:
                self.learn_json(each, key)
        elif isinstance(value, str):
            self._payloads.learn_value(key, value)
            if key == "mac_addr" and re.fullmatch("[0-9A-Fa-f]{12}", value):
                self._learn(MAC, ":".join(re.findall("..", value)))

    def settle(self) -> None:
        """All is learnt."""
        words = sorted(self._stands_for, key=len, reverse=True)
        if words:
            told = "|".join(map(re.escape, words))
            self._names = re.compile(rf"(?<![A-Za-z0-9])(?:{told})(?![A-Za-z0-9])")
        self._payloads.settle()

    def _learn(self, kind: str, word: str, before: str = "") -> None:
        """before: of what stands for it, the part before its number; an address has its own form."""
        if word in self._stands_for:
            return
        number = next(self._numbers.setdefault(kind, count(1)))
        stand_in = _ADDRESSES[kind][1](number) if kind in _ADDRESSES else f"{before}{number}"
        self._stands_for[word] = kind, stand_in
        if kind == MAC:  # A verb takes one without colons, and another tool writes it otherwise.
            for form in (word, word.lower(), word.upper()):
                self._stands_for[form] = kind, stand_in
                self._stands_for[form.replace(":", "")] = kind, stand_in.replace(":", "")

    # -- asking -----------------------------------------------------------------------------------

    def value(self, key: str, text: str) -> str:
        """A text of JSON, without secrets. key: what it is the value of."""
        return self._payloads.value(key, text) or self.text(text)

    def text(self, text: str) -> str:
        """Any text, without secrets."""
        text = self._payloads.text(text)
        return self._names.sub(self._named, text) if self._names else text

    def _named(self, found: re.Match[str]) -> str:
        kind, stand_in = self._stands_for[found[0]]
        self._places[kind] += 1
        return stand_in

    def left_in(self, text: str) -> str:
        """The kind of a secret that is in a text; "" where none is."""
        stand_ins = {other for _, other in self._stands_for.values()}
        for found in self._names.finditer(text) if self._names else ():
            if found[0] not in stand_ins:
                return f"one of the {self._stands_for[found[0]][0]}"
        return "one of the payloads" if self._payloads.are_in(text) else ""

    def told(self) -> list[str]:
        """What was replaced, by what, and how often."""
        stand_ins = {(kind, other.replace(":", "")) for kind, other in self._stands_for.values()}
        kinds = Counter(kind for kind, _ in sorted(stand_ins))
        lines = [
            f"{kind}: {kinds[kind]}, in {self._places[kind]} places; others of the kind stand there"
            for kind in kinds
            if self._places[kind]
        ]
        if self._payloads.places:
            lines.append(
                f"payloads: {len(self._payloads)}, in {self._payloads.places} places; letters, of the "
                "same length, stand there"
            )
        return lines or ["nothing was found that is to be left out"]


def is_somebodys(word: str) -> bool:
    """Whether a word is an IP address that is not everybody's."""
    try:
        address = ipaddress.ip_address(word)
    except ValueError:
        return False
    return not address.is_loopback and str(address) not in _EVERYBODYS


_ADDRESSES: dict[str, tuple[re.Pattern[str], Callable[[int], str]]] = {
    MAC: (_MAC, lambda number: f"02:00:00:00:{number >> 8 & 255:02x}:{number & 255:02x}"),
    "PCI addresses": (_PCI, lambda number: f"ffff:{number >> 5 & 255:02x}:{number & 31:02x}.0"),
    IPV4: (_IPV4, lambda number: f"198.18.{number >> 8 & 255}.{number & 255}"),
    IPV6: (_IPV6, lambda number: f"2001:db8::{number:x}"),
}
