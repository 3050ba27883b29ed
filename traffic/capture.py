# SPDX-License-Identifier: BSD-3-Clause
"""A capture file of IPC datagrams, which Scapy and Wireshark open.

It is pcapng. Each packet has a short header (`Carried`: who sent it to whom, what was done with it,
where the datagram's fields lie, so that a file explains itself whatever release it is from), then the
datagram's bytes; and a comment that tells it in words, which Wireshark shows as it is. The link type
is LINKTYPE_USER0; `import traffic.capture` lets Scapy's rdpcap decode it, and traffic/rte_mp.lua does
the same for Wireshark.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from scapy.config import conf
from scapy.fields import ByteField, FieldLenField, ShortField, StrFixedLenField, StrLenField
from scapy.packet import Packet

from traffic.datagram import Layout, Span, layer
from traffic.pcapng import Pcapng

LINKTYPE_USER0 = 147
MAGIC = b"RTMP"


class Carried(Packet):
    """The header before a datagram in the file, big-endian. size 0: the layout is not known."""

    name = "rte_mp carried"
    fields_desc = [
        StrFixedLenField("magic", MAGIC, length=4),
        ByteField("version", 1),
        ByteField("fds", 0),
        ShortField("size", 0),
        ShortField("type_at", 0),
        ShortField("name_at", 0),
        ShortField("name_size", 0),
        ShortField("len_param_at", 0),
        ShortField("num_fds_at", 0),
        ShortField("param_at", 0),
        ShortField("param_size", 0),
        FieldLenField("sender_len", None, length_of="sender", fmt="B"),
        FieldLenField("receiver_len", None, length_of="receiver", fmt="B"),
        FieldLenField("done_len", None, length_of="done", fmt="B"),
        StrLenField("sender", b"", length_from=lambda packet: packet.sender_len),
        StrLenField("receiver", b"", length_from=lambda packet: packet.receiver_len),
        StrLenField("done", b"pass", length_from=lambda packet: packet.done_len),
    ]

    def guess_payload_class(self, payload: bytes) -> type[Packet]:
        """The datagram in its own layout, or bytes where that is not known."""
        if self.size == 0 or len(payload) < self.size:
            return super().guess_payload_class(payload)  # type: ignore[no-any-return]
        return layer(self.layout())

    def layout(self) -> Layout:
        """The places of the fields of this datagram."""
        return Layout(
            size=self.size,
            type=Span(self.type_at, 4),
            name=Span(self.name_at, self.name_size),
            len_param=Span(self.len_param_at, 4),
            num_fds=Span(self.num_fds_at, 4),
            param=Span(self.param_at, self.param_size),
        )

    def mysummary(self) -> str:
        """The sender and the receiver."""
        return str(self.sprintf("%sender% > %receiver% %done%"))


conf.l2types.register(LINKTYPE_USER0, Carried)


@dataclass(frozen=True)
class Sighting:
    """A datagram on its way. at_ns: since 1970.  fds: how many descriptors came along."""

    at_ns: int
    data: bytes
    sender: str
    receiver: str
    fds: int = 0
    done: str = "pass"


class Capture:
    """A file that grows by whole packets, so that what is there can be read at any time."""

    def __init__(self, path: Path) -> None:
        self._file = Pcapng(path, LINKTYPE_USER0)

    def add(self, seen: Sighting, layout: Layout | None, words: str) -> None:
        """Adds a datagram; `words` become the comment of the packet."""
        self._file.add(seen.at_ns, bytes(_carried(seen, layout)) + seen.data, words)

    def close(self) -> None:
        """No more packets."""
        self._file.close()


def _carried(seen: Sighting, layout: Layout | None) -> Carried:
    where = {}
    if layout is not None:
        where = {
            "size": layout.size,
            "type_at": layout.type.offset,
            "name_at": layout.name.offset,
            "name_size": layout.name.size,
            "len_param_at": layout.len_param.offset,
            "num_fds_at": layout.num_fds.offset,
            "param_at": layout.param.offset,
            "param_size": layout.param.size,
        }
    names = {"sender": seen.sender.encode(), "receiver": seen.receiver.encode()}
    return Carried(fds=min(seen.fds, 255), done=seen.done.encode(), **names, **where)
