# SPDX-License-Identifier: BSD-3-Clause
"""Python values to and from the lines of a peer's control socket."""

from __future__ import annotations

from typing import Any, Iterator

from targets import observed
from targets.speed import Speed


class Facts:
    """A JSON object of an answer or event: keys are attributes, `in` and `[...]` work too."""

    def __init__(self, raw: dict[str, Any]) -> None:
        self._raw = raw

    @property
    def raw(self) -> dict[str, Any]:
        """The JSON object."""
        whole: dict[str, Any] = observed.fact(self, "raw", self._raw)
        return whole

    def __getattr__(self, key: str) -> Any:
        if key.startswith("_") or key not in self._raw:
            raise AttributeError(f"no {key!r} here; there is {sorted(self._raw)}")
        return self[key]

    def __getitem__(self, key: str) -> Any:
        return observed.fact(self, key, wrap(self._raw[key]))

    def __contains__(self, key: str) -> bool:
        there: bool = observed.fact(self, f"has {key}", key in self._raw)
        return there

    def __iter__(self) -> Iterator[str]:
        return iter(self._raw)

    def __repr__(self) -> str:
        return repr(self._raw)


def wrap(value: Any) -> Any:
    """Facts for a JSON object, also inside lists; everything else as it is."""
    if isinstance(value, dict):
        return Facts(value)
    if isinstance(value, list):
        return [wrap(item) for item in value]
    return value


#: What stands for a value that an answer or an event does not have.
NONE = "nothing of that name"


def at(facts: Any, path: str) -> Any:
    """The value at the end of a way such as "msgs.0.param" into a JSON object, or NONE."""
    for part in path.split("."):
        try:
            facts = facts[int(part) if isinstance(facts, list) else part]
        except (KeyError, IndexError, ValueError, TypeError):
            return NONE
    return facts


def as_key(speed: Speed, key: str, value: Any) -> Any:
    """A Python argument as the protocol has it: a timeout in seconds, or by the name of one of
    Speed's ("brief", "patience", "ample"), as a timespec; bytes as hexadecimal."""
    value = observed.truth(value)
    if isinstance(value, bytes):
        return value.hex()
    if key == "timeout" and isinstance(value, str):
        value = getattr(speed, f"{value}_s")
    if key == "timeout" and isinstance(value, (int, float)):
        whole = int(value // 1)
        return {"sec": whole, "nsec": round((value - whole) * 1e9)}
    if key in ("inside", "command") and isinstance(value, dict):
        return {name: as_key(speed, name, part) for name, part in value.items()}
    return value


def in_seconds(timespec: Any) -> float | None:
    """A timeout as the protocol has it, in seconds; None where there is none."""
    if not isinstance(timespec, dict):
        return None
    return float(timespec["sec"]) + float(timespec["nsec"]) / 1e9
