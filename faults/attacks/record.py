# SPDX-License-Identifier: BSD-3-Clause
"""Writes what the processes of a deployment have said to each other as a scenario, which ci/reproduce
plays: a peer in the place of the primary, a ghost in the place of each secondary.

What an application has sent, the peer is told to send. What DPDK itself answers, the peer's DPDK answers:
if that differs from what was recorded, a ghost gets something else than it waits for, and that is told.
"""

from __future__ import annotations

from collections import Counter
from pathlib import PurePosixPath

from faults.attacks.record_lines import PRIMARY, Said, Writer
from faults.relay import Passed
from traffic.datagram import Layout, MpType, decode

# These carry numbers and addresses of their own run, which are others in another run.
OF_ONE_RUN = ("mp_malloc_", "mp_pdump")


class Recording:
    """What was seen, until it is written."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._said: list[Said] = []
        self._lacks: Counter[str] = Counter()

    def add(self, passed: Passed) -> None:
        """Takes a datagram, in the order in which all were seen."""
        sender, to = (PurePosixPath(path).name for path in (passed.sender, passed.to))
        ends = {sender, to}
        other = next(iter(ends - {"mp_socket"}), "")
        seen = decode(self._layout, passed.data)
        if "mp_socket" not in ends or not other.startswith("mp_socket_"):
            self._lacks["from or to a socket that is no process's"] += 1
        elif seen.malformed is not None or not isinstance(seen.type, MpType):
            self._lacks["malformed"] += 1
        elif passed.fds or seen.num_fds:
            self._lacks[f"with descriptors ({seen.name})"] += 1
        elif seen.name.startswith(OF_ONE_RUN):
            self._lacks[f"of one run only ({seen.name})"] += 1
        else:
            self._said.append(Said(passed.at, other, to == "mp_socket", seen))

    @property
    def lacks(self) -> list[str]:
        """What was seen and has no words in a scenario."""
        return [f"{many} datagrams {what}" for what, many in self._lacks.items()]

    def text(self, vdevs: list[str], there: list[str], names: dict[str, str]) -> str:
        """The scenario. vdevs: EAL arguments of the primary.  there: sockets of the secondaries that were
        there from the beginning.  names: of all, by the names of their sockets."""
        writer = Writer(self._said, vdevs, there)
        head = [
            "# Recorded by faults/attack watch. Behind each line: milliseconds since the first."
        ]
        head += [f"# {PRIMARY}: {names['mp_socket']}"] if "mp_socket" in names else []
        head += [f"# {ghost}: {names.get(who, who)}" for who, ghost in writer.ghosts.items()]
        head += [f"# It lacks: {what}" for what in self.lacks]
        return "\n".join([*head, "promise What was recorded happens again.", *writer.lines, ""])
