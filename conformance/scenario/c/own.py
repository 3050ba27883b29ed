# SPDX-License-Identifier: BSD-3-Clause
"""What a process has of its own, in C: the fields of struct own."""

from __future__ import annotations

from conformance.scenario.steps import Comes

_FLAGS = {kind: f"CLONE_NEW{kind.upper()}" for kind in ("ipc", "net", "pid", "uts")}
_FLAGS["mount"] = "CLONE_NEWNS"


def fields(step: Comes) -> str:
    """The values of struct own; none is what all others have."""
    own = step.own
    found = [f".lcore = {own.get('lcore', 0)}"]
    if kinds := own.get("namespaces"):
        found.append(f".namespaces = {' | '.join(_FLAGS[kind] for kind in kinds)}")
    if own.get("hugetlbfs"):
        found.append(".hugetlbfs = 1")
    if user := own.get("user"):
        found.append(f".user = {user}")
    if limits := own.get("limits"):
        each = ", ".join(f"{{RLIMIT_{name.upper()}, {most}}}" for name, most in limits.items())
        found += [f".limits = {{{each}}}", f".count_of_limits = {len(limits)}"]
    if closed := own.get("closed"):
        found.append(f".closed = {sum(1 << number for number in closed if number < 32)}")
    return ", ".join(found)
