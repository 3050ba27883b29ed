# SPDX-License-Identifier: BSD-3-Clause
"""The clauses that `ci/test` tells lies: quick ones, of each kind of observer."""

from __future__ import annotations

SAMPLE: frozenset[str] = frozenset()
