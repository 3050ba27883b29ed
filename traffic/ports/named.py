# SPDX-License-Identifier: BSD-3-Clause
"""The port that a text names, `KIND[,key=value]...`, and what is said of a text that names none."""
from __future__ import annotations

from traffic.ports.kinds import KINDS
from traffic.ports.port import Port, PortError


def parse(text: str) -> Port:
    """Return the port that `KIND[,iface=NAME]` names. PortError, one line, when it names none.

    Availability is not asked here: a port may be named on one machine and used on another.
    """
    name, *pairs = text.split(",")
    for kind in KINDS:
        if kind.is_named(name):
            return kind.of(text, name, _options(text, kind, pairs))
    raise PortError(_unknown(text, name))


def _options(text: str, kind: type[Port], pairs: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if key not in kind.keys:
            what = f"unknown key {key!r}" if pair else "an empty option"
            raise PortError(_wrong(text, kind, what))
        if key in found:
            raise PortError(_wrong(text, kind, f"{key} is given twice"))
        if not equals or not value:
            raise PortError(_wrong(text, kind, f"{key} is empty"))
        found[key] = value
    return found


def _wrong(text: str, kind: type[Port], found: str) -> str:
    name = text.split(",")[0]
    options = [f"{key}={value}" for key, value in kind.keys.items()]
    expected = "".join(f"[,{option}]" for option in options)
    give = f"give {' or '.join([name, *(f'{name},{option}' for option in options)])}"
    return f"port {text!r}: {found}; expected KIND{expected}; {give}"


def _unknown(text: str, name: str) -> str:
    why_not = {kind.kind: kind.unavailable() for kind in KINDS}
    here = ", ".join(kind for kind, why in why_not.items() if why is None) or "none"
    found = f"unknown kind {name!r}" if name else "no kind is given"
    refused: dict[str, list[str]] = {}
    for kind, why in why_not.items():
        if why is not None:
            refused.setdefault(why, []).append(kind)
    rest = "; ".join(f"{', '.join(those)} ({why})" for why, those in refused.items())
    give = "give KIND[,iface=NAME] or ADDRESS,wire=IFACE"
    return f"port {text!r}: {found}; {give}; available here: {here}; not: {rest}"
