# SPDX-License-Identifier: BSD-3-Clause
"""The published table of repairs of a torn ring: data, one file a release series."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Mapping

from conformance.verdicts.published import Published, series

# By state ("MP-MC enqueue": a producer has died inside) and repair, what it does, in words.
Repairs = Mapping[str, Mapping[str, str]]

MADE_BY = "ci/rings repairs --publish"

_HEAD = """\
# What each repair does to a ring that a killed process has left with its head moved and its tail not,
# DPDK {series}: measured between real processes. The dead one was moving 8 objects, and half of them were
# copied; in the ring were 2 objects (it enqueued) or 40 (it dequeued). By {made_by}.
"""


def parse(data: dict[str, Any]) -> Repairs:
    """The table in what a file holds."""
    return data


def text_of(repairs: Repairs, release: tuple[int, ...]) -> str:
    """The file."""
    return _HEAD.format(series=series(release), made_by=MADE_BY) + "\n" + body_of(repairs)


def body_of(repairs: Repairs) -> str:
    """The data, as TOML."""
    parts = []
    for state, rows in repairs.items():
        told = "".join(
            f"{json.dumps(repair)} = {json.dumps(what)}\n" for repair, what in rows.items()
        )
        parts.append(f"[{json.dumps(state)}]\n{told}")
    return "\n".join(parts)


def differences(published: Repairs, seen: Repairs) -> dict[str, str]:
    """The results that differ from the published ones, by state and repair; and the repairs that were
    not tried in a state that was."""
    different: dict[str, str] = {}
    for state, rows in seen.items():
        known = published.get(state, {})
        different |= {
            f"{state}, {repair}": what for repair, what in rows.items() if known.get(repair) != what
        }
        different |= {f"{state}, {repair}": "not tried" for repair in set(known) - set(rows)}
    return different


def less(repairs: Repairs, other: Repairs) -> Repairs:
    """The states of which another table says something else."""
    return {state: rows for state, rows in repairs.items() if rows != other.get(state)}


def over(repairs: Repairs, other: Repairs) -> Repairs:
    """The states of a table, and those of another one that it does not have."""
    return {**other, **repairs}


TABLE = Published(Path(__file__).parent, MADE_BY, parse, text_of, less, over)
