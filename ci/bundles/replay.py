# SPDX-License-Identifier: BSD-3-Clause
"""Runs what a bundle is about, here, and says whether it fails in the same way.

Nothing of a bundle is executed but a scenario, which names no file, or a clause that is in this tree,
with the options that schema.json lists.
"""

from __future__ import annotations

import argparse
import json
import os
import re
from pathlib import Path
from typing import Any

from ci import how_often, summary
from ci.answer import runs
from ci.bundles import archive, facts, make, payloads
from ci.bundles import format as form
from ci.bundles.format import Bundle
from ci.host import packages, where
from ci.host.say import CannotRun, step
from conformance.verdicts import contract
from faults.text import TextError, words
from traffic.ports import named as port_kinds

ROOT = Path(__file__).resolve().parents[2]

_HARMLESS = re.compile(r"\w+=/dev/null")
_ESCAPED = re.compile(r"\\x([0-9a-fA-F]{2})")
_STAND_INS = (
    (re.compile(r"(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}"), "(MAC)"),
    (re.compile(r"[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]"), "(PCI)"),
    (re.compile(r"(?:\d{1,3}\.){3}\d{1,3}"), "(IP)"),
)


def of(
    command: str, ours: argparse.Namespace, rest: list[str], folder: Path
) -> tuple[Replay | None, list[str]]:
    """What ci/reproduce is given, where that is a bundle, and the arguments of pytest: `ours` says then
    what is to be reproduced. CannotRun where the bundle is none, or cannot be run here.

    folder: where its scenario goes.
    """
    path = where.path_of(ours.what)
    if "\n" in ours.what or ";" in ours.what or not archive.is_one(path):
        return None, rest
    packages.install(command, packages.RUN)
    replay = Replay(path)
    return replay, replay.take_over(ours, rest, folder)


class Replay:
    """A bundle that is run again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._bundle: Bundle = form.read(path)
        self._run: dict[str, Any] = self._bundle.manifest["run"]
        self._report = report_of(path, self._bundle)
        self._written: Path | None = None

    def take_over(self, ours: argparse.Namespace, rest: list[str], folder: Path) -> list[str]:
        """Makes the arguments of ci/reproduce say what the bundle is about; those of pytest. What the
        user has said himself stays. CannotRun as of()."""
        kind = self._run["kind"]
        instead = ours.minimise or ours.language in ("c", "clause", "scenario")
        if kind != form.CLAUSE or instead:
            ours.what = self._text(instead, folder)
        else:
            ours.what = self._clause()
        if ours.port is None:
            ours.port = self._port(instead)
        return [*([] if kind == form.OF_SCENARIO or instead else self._run["options"]), *rest]

    def lines(self) -> list[str]:
        """Where it comes from, what was seen there, and where its scenario is now."""
        written = [f"written: {os.path.relpath(self._written, ROOT)}"] if self._written else []
        return came_from(self._path, self._bundle, self._report) + written

    def compared(self, report: dict[str, Any], command: str) -> None:
        """Says whether runs on one DPDK have failed as in the bundle."""
        same, others, held = 0, 0, 0
        for case in report["clauses"]:
            if make.failed(case):
                is_same = self._is_same(how_often.signature(case))
                same, others = same + is_same, others + (not is_same)
            else:
                held += case["how"] == "holds"
        told = same + others + held
        times = f"{told} {'run' if told == 1 else 'runs'}"
        if not told:
            said = "no run could tell whether it fails as in the bundle"
        elif same:
            said = f"it fails as in the bundle, in {same} of {times}"
        else:
            said = f"it did not fail as in the bundle in {times}"
        if others:
            said += f"; in {others} of them it failed in another way"
        step(command, f"{report['dpdk']}: {said}")

    def _is_same(self, way: str) -> bool:
        ways = [way[:2000], self._bundle.way]
        if self._bundle.manifest["redacted"] is not None:
            ways = [shape(each) for each in ways]
        return ways[0] == ways[1]

    def _clause(self) -> str:
        clause: str = self._bundle.manifest["case"]["clause"]
        known = {one.address for part in contract.read(ROOT).values() for one in part}
        if clause.partition("[")[0] not in known:
            raise CannotRun(
                f"{self._path}: {clause[:200]!a} is no clause of this Gauntlet: take the one that it was "
                f"made with ({make.made_by(self._bundle.manifest)})"
            )
        return clause

    def _text(self, instead: bool, folder: Path) -> str:
        """What ci/reproduce is given in place of the bundle: the file of its scenario, or its script."""
        text = self._bundle.scenario
        if text is None:
            why = "; ".join(self._bundle.manifest["left_out"]) or "it has none"
            option = "--as and --minimise are" if instead else "this is"
            raise CannotRun(f"{self._path}: {option} about a scenario: {plain(why)}")
        check_scenario(text, self._path)
        folder.mkdir(parents=True, exist_ok=True)
        name = re.sub("[^A-Za-z0-9_]+", "_", self._path.name.removesuffix(archive.SUFFIX))
        file = folder / f"{name[:150]}.scenario"
        file.write_text(text, encoding="utf-8")
        self._written = file
        return str(file)

    def _port(self, instead: bool) -> str | None:
        """The port that it was seen on; CannotRun where that is a NIC of another machine."""
        port: str = self._run["port"]
        if instead:
            return None
        if port_kinds.parse(port).is_hardware:
            raise CannotRun(
                f"{self._path}: it was seen on a NIC, {plain(port)}: name this machine's, "
                "--port ADDRESS,wire=IFACE"
            )
        return port


def came_from(path: Path, bundle: Bundle, report: dict[str, Any]) -> list[str]:
    """Where a bundle comes from, and what was seen there."""
    manifest, (case,) = bundle.manifest, report["clauses"]
    run, here = manifest["run"], facts.gauntlet()
    lines = [
        f"{path.name}: {make.made_by(manifest)}, on {manifest['host']['name']}",
        f"there: {summary.machine(report)}",
        f"there: {manifest['dpdk']} on {run['port']}: {case['how']}",
        f"there: {bundle.way}",
    ]
    if run["busy"]:
        lines.append(
            f"there: beside {run['busy']} busy loops: --busy {run['busy']} has as many here"
        )
    if "--release" in run["on"]:
        lines.append(f"there: by {run['on']}; --release here takes the same one")
    commit = manifest["gauntlet"]["commit"]
    if commit and here["commit"] and commit != here["commit"]:
        lines.append(f"this is Gauntlet {here['commit'][:12]}: clauses may have changed between")
    lines += [f"left out: {what}" for what in manifest["left_out"]]
    lines += [f"redacted: {what}" for what in manifest["redacted"] or []]
    return [plain(line) for line in lines]


def report_of(path: Path, bundle: Bundle) -> dict[str, Any]:
    """The report in a bundle; CannotRun where it is none, or of more than one case."""
    try:
        report: Any = json.loads(bundle.files.get(form.REPORT, b""))
    except (ValueError, RecursionError) as error:
        raise CannotRun(f"{path} is no bundle: its {form.REPORT} is no JSON") from error
    checked = runs.checked(report, Path(f"{path}/{form.REPORT}"))
    if len(checked["clauses"]) != 1:
        raise CannotRun(
            f"{path} is no bundle: it is about {len(checked['clauses'])} cases, and not 1"
        )
    return checked


def check_scenario(text: str, path: Path) -> None:
    """CannotRun where a scenario names a file: DPDK, as root, would load it, or write to it."""
    for number, line in enumerate(text.split("\n"), 1):
        if line.split()[:1] == ["promise"]:
            continue
        try:
            found, _ = words(number, line)
        except TextError as error:
            raise CannotRun(f"{path}: {form.SCENARIO}: {plain(str(error))[:300]}") from error
        for word in found:
            said = _ESCAPED.sub(lambda code: chr(int(code[1], 16)), word.text)
            if said.startswith("-d") or "/" in said and not _HARMLESS.fullmatch(said):
                raise CannotRun(
                    f"{path}: line {number} of its {form.SCENARIO} names a file, {said[:100]!a}: it "
                    "may do harm: unpack the bundle, read the scenario, and give that to ci/reproduce"
                )


def shape(way: str) -> str:
    """A signature without payloads and addresses: other ones stand in a redacted bundle."""
    way = payloads.LITERAL.sub(lambda found: f"({len(payloads.evaluated(found[0]))} bytes)", way)
    for pattern, word in _STAND_INS:
        way = pattern.sub(word, way)
    return way


def plain(text: str) -> str:
    """A text of a bundle, for a terminal: no control characters, which could write anything there."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
