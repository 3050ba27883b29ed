# SPDX-License-Identifier: BSD-3-Clause
"""The last line of ci/validate, and its exit status."""

from __future__ import annotations

from typing import Any, Iterable

from ci.host.say import COULD_NOT_RUN
from conformance.verdicts.verdict import NOT_YET, OWN_FAULT

PYTEST_INTERRUPTED = 2


def counted(report: dict[str, Any]) -> str:
    """How many cases ended in which way, in words."""
    counts = report["counts"]
    green, own = _green(counts), counts.get(OWN_FAULT, 0)
    parts = [f"{number} {name}" for name, number in green.items()] + [f"{_red(counts)} red"]
    parts += [f"{own} {OWN_FAULT.upper()}"] if own else []
    clauses = len({case["clause"].partition("[")[0] for case in report["clauses"]})
    return f"{sum(counts.values())} cases of {clauses} clauses: {', '.join(parts)}"


def _green(counts: dict[str, int]) -> dict[str, int]:
    green = {
        "hold": counts.get("holds", 0),
        "break as recorded": counts.get("breaks as recorded", 0),
    }
    if "breaks as predicted" in counts:
        green["break as predicted"] = counts["breaks as predicted"]
    if NOT_YET in counts:
        green[NOT_YET] = counts[NOT_YET]
    return green


def _red(counts: dict[str, int]) -> int:
    no_red = counts.get("not run", 0) + counts.get(OWN_FAULT, 0) + sum(_green(counts).values())
    return sum(counts.values()) - no_red


def summary(report: dict[str, Any]) -> tuple[str, int]:
    """The last line, and the exit status, of what report.json holds."""
    counts = report["counts"]
    not_run = counts.get("not run", 0)
    line = f"{report['dpdk']} on {report['port']}: {counted(report)}"
    line += "".join(f"; {remark}" for remark in remarks(report))
    if report["partial"] or sum(counts.values()) == not_run:
        return line, COULD_NOT_RUN
    if _red(counts):
        return line, 1
    return line, COULD_NOT_RUN if OWN_FAULT in counts else 0


def unexplained(report: dict[str, Any], status: int) -> str | None:
    """What must be said of a run whose report is green, and whose pytest has ended with another status,
    unless cases were run again: that was the status of their first run."""
    again = any("first" in case for case in report["clauses"])
    if summary(report)[1] == 0 and not again and status not in (0, PYTEST_INTERRUPTED):
        return f"pytest ended with status {status}; see above"
    return None


def worst(statuses: Iterable[int]) -> int:
    """The exit status of several runs: 1 if something is red anywhere, whatever else has happened."""
    found = set(statuses)
    return 1 if 1 in found else max(found, default=0)


def remarks(report: dict[str, Any]) -> list[str]:
    """What a reader must know before believing the figures."""
    remarks, not_run = list(report.get("remarks", [])), report["counts"].get("not run", 0)
    if report["partial"]:
        interrupted = report["pytest_status"] == PYTEST_INTERRUPTED
        how = "INTERRUPTED" if interrupted else f"PYTEST FAILED (status {report['pytest_status']})"
        remarks.append(f"{how}: partial, {report['selected']} were selected")
    again = sum("first" in case for case in report["clauses"])
    if again:
        remarks.append(f"{again} run again, because the machine had been too slow")
    if not report["recorded"]:
        remarks.append(
            f"DPDK {report['release']} IS NOT IN THE RECORD (conformance/expected/record.toml): what it "
            "breaks is predicted from other releases"
        )
    if not_run:
        reasons = {c["actual"] for c in report["clauses"] if c["how"] == "not run"}
        why = "; ".join(sorted(reasons))
        remarks.append(f"{not_run} NOT RUN, so this is not a full pass ({why})")
    return remarks


def machine(report: dict[str, Any]) -> str:
    """The machine of a run, in words, as far as its report tells."""
    told = report["machine"]
    parts = [told["system"], f"Linux {told['kernel']}", f"{told['cpus']} CPUs"]
    parts += [told["model"]] if "model" in told else []
    parts += [f"{told['memory_kb'] / 1e6:.1f} GB of memory"] if "memory_kb" in told else []
    if "hugepages" in told:
        parts.append(
            f"{told['hugepages']} hugepages of {told['hugepage_kb']} kB, {told['hugepages_free']} free"
        )
    if "load" in told:
        parts.append(
            f"load {' '.join(f'{load:.1f}' for load in told['load'])} at the end of the run"
        )
    return ", ".join(parts)
