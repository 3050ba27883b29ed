# SPDX-License-Identifier: BSD-3-Clause
"""The deviations of a release: read from the clauses that it is on record to break."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Collection

_RTE_MP = "conformance/rte_mp/"


@dataclass(frozen=True)
class Habits:
    """The deviations of a release. Each is a clause that the release is on record to break.

    late_reply_matches: roles in which a requester takes any reply of that name and sender.
    hides: a sync broadcast ends at the first silent peer.  drops_partial: it then fails, and what others
    had answered is lost.  nobody_calls_back: false if an async request that reaches nobody is forgotten.
    failed_calls_back: an async request that failed calls back for those it reached.
    stale_hides_errno: a dead entry met after a failure overwrites its rte_errno.
    """

    late_reply_matches: frozenset[str] = frozenset()
    hides: bool = False
    drops_partial: bool = False
    nobody_calls_back: bool = True
    failed_calls_back: bool = False
    stale_hides_errno: bool = False

    @classmethod
    def of(cls, broken: Collection[str]) -> Habits:
        """The habits of a release, from the node ids of the clauses that it is on record to break."""
        late = _RTE_MP + "test_request_sync.py::test_late_reply_answers_nothing_else"
        asynchronous = _RTE_MP + "test_request_async.py::"
        return cls(
            frozenset(r for r in ("primary", "secondary") if f"{late}[{r}]" in broken),
            _RTE_MP + "test_request_sync.py::test_silent_peer_hides_nobody" in broken,
            _RTE_MP + "test_request_sync.py::test_partial_answers_are_kept" in broken,
            asynchronous + "test_nobody_there_runs_the_callback" not in broken,
            asynchronous + "test_failed_request_does_not_call_back" in broken,
            asynchronous + "test_dead_entry_does_not_hide_the_reason" in broken,
        )


# All that a release may be on record for.
WORST = Habits(frozenset(("primary", "secondary")), True, True, False, True, True)
