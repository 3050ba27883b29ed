# SPDX-License-Identifier: BSD-3-Clause
"""The contract as text: every clause's promise, source, since and strength, read from its docstring.

Only parses (no import, no DPDK), so that `ci/validate --list` works on a bare machine.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path

STRENGTHS = ("must", "documented", "observed", "measured")

_FACTS = re.compile(r"Since:\s*(?P<since>\S+)\s+Strength:\s*(?P<strength>\S+)\s*$")


class ContractError(Exception):
    """A clause whose docstring does not say what it must."""


@dataclass(frozen=True)
class Clause:
    """One promise. `address` is the node id without parameters."""

    address: str
    promise: str
    source: str
    since: str
    strength: str


def promise_of(docstring: str | None) -> str:
    """The promise: the docstring's first paragraph, on one line."""
    return " ".join((docstring or "").strip().partition("\n\n")[0].split())


def since_of(docstring: str | None) -> tuple[int, ...]:
    """The release that a promise is made from, (21, 8); () where the docstring does not say."""
    since = facts_of(docstring)["since"]
    return tuple(map(int, since.split("."))) if re.fullmatch(r"\d+(\.\d+)+", since) else ()


def facts_of(docstring: str | None) -> dict[str, str]:
    """The source, since and strength that a docstring gives, for a report; "" where one is missing."""
    lines = [line.strip() for line in (docstring or "").strip().splitlines()] or [""]
    found = _FACTS.match(lines[-1])
    source = [n for n, line in enumerate(lines) if line.startswith("Source:")]
    told = " ".join(lines[source[0] : -1]).removeprefix("Source:").strip() if source else ""
    facts = found.groupdict() if found else {"since": "", "strength": ""}
    return {"source": told, **facts}


def parse(address: str, docstring: str | None) -> Clause:
    """The clause in a docstring; ContractError when a part is missing or malformed."""
    promise, facts = promise_of(docstring), facts_of(docstring)
    if not promise.endswith("."):
        raise ContractError(f"{address}: the docstring must begin with the promise, a sentence")
    if not facts["since"]:
        raise ContractError(
            f"{address}: the docstring must end in 'Since: <release>   Strength: <strength>'"
        )
    if facts["strength"] not in STRENGTHS:
        raise ContractError(
            f"{address}: strength is {facts['strength']}; it must be one of {', '.join(STRENGTHS)}"
        )
    if not facts["source"] or str(docstring).count("Source:") != 1:
        raise ContractError(f"{address}: the docstring needs one 'Source: ...'")
    return Clause(address, promise, **facts)


def read_file(path: Path, root: Path) -> list[Clause]:
    """The clauses of one file, in its order."""
    tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    return [
        parse(f"{path.relative_to(root)}::{node.name}", ast.get_docstring(node))
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]


def read(root: Path) -> dict[str, list[Clause]]:
    """All clauses below root/conformance, by file (relative to root)."""
    files = sorted((root / "conformance").rglob("test_*.py"))
    return {str(path.relative_to(root)): read_file(path, root) for path in files}


def show(root: Path) -> str:
    """The contract as `ci/validate --list` prints it."""
    lines: list[str] = []
    count = 0
    for path, clauses in read(root).items():
        title = (
            ast.get_docstring(ast.parse((root / path).read_text(encoding="utf-8"))) or ""
        ).strip()
        lines += ["", f"{path}  {title.splitlines()[0] if title else ''}".rstrip()]
        for clause in clauses:
            count += 1
            lines.append(f"  {clause.promise}")
            lines.append(f"      {clause.strength}, since {clause.since}; {clause.source}")
            lines.append(f"      {clause.address.partition('::')[2]}")
    return "\n".join([*lines[1:], "", f"{count} clauses"])
