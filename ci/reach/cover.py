# SPDX-License-Identifier: BSD-3-Clause
"""The cheapest choice of cases that reach together what all of them reach."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from pathlib import Path

from ci.host.say import CannotRun


def every_time(runs: list[dict[str, frozenset[Hashable]]]) -> dict[str, frozenset[Hashable]]:
    """What each case reaches in each of the runs. A case that one run lacks is left out."""
    cases = set.intersection(*(set(run) for run in runs))
    return {case: frozenset.intersection(*(run[case] for run in runs)) for case in sorted(cases)}


def choose(
    reached: Mapping[str, frozenset[Hashable]], seconds: Mapping[str, float], times: int
) -> list[str]:
    """Cases that reach every place that any case reaches, each by as many of them as `times` says (or as
    there are): a case may miss a place by chance, and then the others are there.

    Taken one after the other: the case that adds most for the time that it costs.
    """
    lacking = Counter(place for places in reached.values() for place in places)
    for place, number in lacking.items():
        lacking[place] = min(number, times)
    left, chosen = dict(reached), []
    while any(lacking.values()):

        def worth(case: str) -> tuple[float, str]:
            adds = sum(lacking[place] > 0 for place in left[case])
            return adds / max(seconds.get(case, 0.0), 0.01), case

        best = max(left, key=worth)
        lacking.subtract({place: 1 for place in left.pop(best) if lacking[place] > 0})
        chosen.append(best)
    return sorted(chosen)


def read(path: Path) -> list[str]:
    """The cases of a file that `write` has made."""
    if not path.exists():
        raise CannotRun(f"{path.name} is missing: make it with `ci/coverage --choose`")
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def write(path: Path, cases: list[str], about: str) -> None:
    """Writes the cases, one a line, below a text about them."""
    head = "".join(f"# {line}\n" for line in about.splitlines())
    path.write_text(head + "".join(f"{case}\n" for case in cases), encoding="utf-8")
