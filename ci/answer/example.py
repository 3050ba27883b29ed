# SPDX-License-Identifier: BSD-3-Clause
"""Reports that nobody ran, as large and as small as a test wants them."""

from __future__ import annotations

from collections import Counter
from typing import Any

CLAUSE = "conformance/a/test_a.py::test_a"


def case(
    how: str, observed: str = "", actual: str = "", clause: str = CLAUSE, **more: Any
) -> dict[str, Any]:
    """A case that has ended so."""
    good = how.startswith(("holds", "breaks as")) or how == "not yet promised"
    return {
        "clause": clause,
        "promise": "It is so.",
        "source": 'guide: "it is so"',
        "since": "18.05",
        "strength": "must",
        "verdict": "skip" if how == "not run" else "pass" if good else "fail",
        "how": how,
        "expected": "" if how == "holds" else "it is so",
        "actual": actual or observed,
        "observed": observed,
        "recorded": "It is not so. (since 18.05; upstream: none)" if "as recorded" in how else "",
        "scene": "",
        "seconds": 0.25,
        "reports": [],
        **more,
    }


def report(
    *cases: dict[str, Any], release: str = "22.11.11", partial: bool = False, **more: Any
) -> dict[str, Any]:
    """A run with these cases."""
    return {
        "schema": 1,
        "called": f"DPDK {release}",
        "alone": f"ci/qualify --release {release[:5]}",
        "dpdk": f"DPDK {release}",
        "release": release,
        "compiler": "g++ 12.2.0",
        "sizes": {"max_fd_num": 8},
        "port": "net_tap",
        "machine": {"system": "Debian", "kernel": "6.1.0", "architecture": "x86_64", "cpus": 2},
        "began": "2026-11-30T08:00:00+00:00",
        "seconds": 90.0,
        "recorded": True,
        "partial": partial,
        "pytest_status": 2 if partial else 0,
        "selected": len(cases),
        "counts": dict(Counter(one["how"] for one in cases)),
        "timeouts_s": {"brief": 0.1, "patience": 0.5, "deadline": 10.0},
        "clauses": list(cases),
        **more,
    }
