# SPDX-License-Identifier: BSD-3-Clause
"""The published table of repairs of a torn ring: data, one file a release series."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Mapping

try:
    import tomllib
except ModuleNotFoundError:  # Python before 3.11
    import tomli as tomllib  # type: ignore[no-redef]

HERE = Path(__file__).parent / "repairs"

# By state ("MP-MC enqueue": a producer has died inside) and repair, what it does, in words.
Repairs = Mapping[str, Mapping[str, str]]

_HEAD = """\
# What each repair does to a ring that a killed process has left with its head moved and its tail not,
# DPDK {series}: measured between real processes. The dead one was moving 8 objects, and half of them were
# copied; in the ring were 2 objects (it enqueued) or 40 (it dequeued). By ci/rings --repairs --write.
"""


def path_of(release: tuple[int, ...]) -> Path:
    """The file of a release's series, whether there is one or not."""
    return HERE / f"{release[0]}.{release[1]:02}.toml"


def load(release: tuple[int, ...]) -> Repairs | None:
    """The table of this release's series, or None."""
    path = path_of(release)
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def text_of(repairs: Repairs, series: str) -> str:
    """The file."""
    parts = [_HEAD.format(series=series)]
    for state, rows in repairs.items():
        told = "".join(
            f"{json.dumps(repair)} = {json.dumps(what)}\n" for repair, what in rows.items()
        )
        parts.append(f"[{json.dumps(state)}]\n{told}")
    return "\n".join(parts)


def difference(published: Mapping[str, str], seen: Mapping[str, str]) -> dict[str, str]:
    """The results that differ from the published ones, by repair; and the published ones that were not
    seen."""
    different = {repair: what for repair, what in seen.items() if published.get(repair) != what}
    return {**different, **{repair: "not tried" for repair in set(published) - set(seen)}}
