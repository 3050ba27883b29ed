# SPDX-License-Identifier: BSD-3-Clause
"""Many cases in one clause: the first case that differs from its promise, in words."""

from __future__ import annotations

from typing import Any, Mapping

ALL_HOLD = "as promised"


def cases(seen: Mapping[Any, object], promised: Mapping[Any, object]) -> str:
    """ALL_HOLD, or the first case that differs, what was seen of it, and how many others differ."""
    names = list(dict.fromkeys([*promised, *seen]))
    wrong = [name for name in names if _of(seen, name) != _of(promised, name)]
    if not wrong:
        return ALL_HOLD
    first = wrong[0]
    more = f" (and {len(wrong) - 1} of {len(names) - 1} others)" if len(wrong) > 1 else ""
    return f"{first}: {_of(seen, first)} instead of {_of(promised, first)}{more}"


def _of(table: Mapping[Any, object], name: object) -> str:
    return repr(table[name]) if name in table else "nothing"


def named(answer: Any, names: str) -> dict[str, Any]:
    """The facts of an answer with these names, as they are written in one string."""
    return {name: getattr(answer, name) for name in names.split()}
