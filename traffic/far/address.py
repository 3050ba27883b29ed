# SPDX-License-Identifier: BSD-3-Clause
"""The address of a wire on another host, `ssh://[USER@]HOST[:PORT]/IFACE`."""
from __future__ import annotations

import re
from dataclasses import dataclass

SCHEME = "ssh://"
EXPECTED = f"{SCHEME}[USER@]HOST[:PORT]/IFACE"

# What ssh could take for an option, or a shell for more than a word, is no name of a host.
_ADDRESS = re.compile(
    r"(?:(?P<user>[A-Za-z0-9_][A-Za-z0-9_.-]*)@)?"
    r"(?:\[(?P<ipv6>[0-9A-Fa-f:.]+(?:%[A-Za-z0-9_.-]+)?)\]|(?P<host>[A-Za-z0-9_][A-Za-z0-9_.-]*))"
    r"(?::(?P<port>[0-9]{1,5}))?"
)

# Nobody is there to be asked; a connection of our own, which carries nothing but our frames, and whose
# end is noticed within 15 s where nobody says that it has ended.
_OPTIONS = (
    "BatchMode=yes",
    "ClearAllForwardings=yes",
    "ConnectTimeout=10",
    "ControlMaster=no",
    "ControlPath=none",
    "ForwardAgent=no",
    "ForwardX11=no",
    "LogLevel=ERROR",
    "PermitLocalCommand=no",
    "RemoteCommand=none",
    "RequestTTY=no",
    "ServerAliveCountMax=3",
    "ServerAliveInterval=5",
)


@dataclass(frozen=True)
class SshAddress:
    """A host as ssh(1) reaches it; what is not said here says ssh_config."""

    host: str
    user: str | None = None
    port: int | None = None

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = f":{self.port}" if self.port else ""
        return f"{self.user}@{host}{port}" if self.user else f"{host}{port}"

    @property
    def arguments(self) -> list[str]:
        """The arguments of ssh up to the command, which are one word each."""
        options = [word for option in _OPTIONS for word in ("-o", option)]
        port = ["-p", str(self.port)] if self.port else []
        user = ["-l", self.user] if self.user else []
        return [*options, *port, *user, self.host]


def parse(text: str) -> SshAddress:
    """Return the host that `[USER@]HOST[:PORT]` names. ValueError, which says why, when it names none."""
    found = _ADDRESS.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is no [USER@]HOST[:PORT]")
    port = int(found["port"]) if found["port"] else None
    if port is not None and not 1 <= port <= 65535:
        raise ValueError(f"port {port} is not one of 1..65535")
    return SshAddress(found["ipv6"] or found["host"], found["user"], port)


def split(text: str) -> tuple[SshAddress, str]:
    """Return host and interface of a wire's address. ValueError as parse()."""
    where, slash, name = text[len(SCHEME) :].partition("/")
    if not text.startswith(SCHEME) or not slash or not name:
        raise ValueError(f"{text!r} names no interface of a host")
    return parse(where), name
