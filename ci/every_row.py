# SPDX-License-Identifier: BSD-3-Clause
"""ci/track-record: runs the scenarios of the track record, writes, builds and runs their C files, and
writes their bug reports."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Sequence

from ci import reproduce, validate
from ci.host import enter, packages
from ci.host.alone import alone
from ci.host.say import COULD_NOT_RUN, CannotRun, give_up, step
from conformance.scenario.recorded import clause_of
from conformance.verdicts.expected import Record, numbers

ROOT = Path(__file__).resolve().parent.parent
RECORD = ROOT / "conformance" / "track_record"
FOLDER = ROOT / "build" / "track_record"
ME = "ci/track-record"

EPILOG = """
NAME: of conformance/track_record/NAME.scenario; all of them where none is named, which takes minutes.
Each is run with the DPDK of this machine, as ci/reproduce does, and written as one C file, which a plain
compiler builds, and which is run apart. Both must fail where the recorded breaches (expected/record.toml)
say that this release breaks the clause, and hold where they do not:
  ci/track-record
  ci/track-record late_reply one_byte
Written: build/track_record/NAME.c, NAME.said.txt, what the program said, and NAME.report.txt, the text of
a bug report of what failed.
Exit status: 0 all are as on record; 1 one is not; 2 one could not be run, or none.
"""


@dataclass(frozen=True)
class Row:
    """What came of a scenario. scenario, program: the exit statuses of its run and of its C file's, 0 all
    as promised, 1 not; program is None where it has no form in C.  broken: whether this release breaks
    its clause."""

    name: str
    scenario: int
    program: int | None
    broken: bool

    @property
    def told(self) -> bool:
        """Whether both came to a verdict."""
        return self.scenario in (0, 1) and self.program in (0, 1, None)

    @property
    def right(self) -> bool:
        """Whether both are as on record."""
        return {self.scenario, self.program} <= {int(self.broken), None}

    def __str__(self) -> str:
        words = {0: "holds", 1: "fails", None: "has no form in C"}
        scenario, program = (
            words.get(each, "could not be run") for each in (self.scenario, self.program)
        )
        recorded = "broken" if self.broken else "not broken"
        return f"{self.name}: {scenario}; its C file: {program}; on record: {recorded}"


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    """The wishes of the user."""
    parser = argparse.ArgumentParser(
        prog=ME,
        description="Is the track record true? All its scenarios, C files and bug reports.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("names", metavar="NAME", nargs="*", help="a scenario (all)")
    return parser.parse_args(argv)


def chosen(names: Sequence[str]) -> list[Path]:
    """The scenarios of these names, all where there is none. CannotRun for one that there is not."""
    there = {path.stem: path for path in sorted(RECORD.glob("*.scenario"))}
    for name in names:
        if name not in there:
            raise CannotRun(f"{name!r} is no scenario of the track record: {', '.join(there)}")
    return [there[name] for name in names] if names else list(there.values())


def clause_in(path: Path) -> str:
    """The clause that a scenario belongs to. CannotRun where it does not say so."""
    clause = clause_of(path.read_text(encoding="utf-8"))
    if not clause:
        raise CannotRun(f"{path} does not begin with its clause: # Clause: NODE ID")
    return clause


def _kept(name: str) -> None:
    """Brings what ci/reproduce has written of a scenario here."""
    for each in (f"{name}.c", f"{name}.report.txt"):
        if (written := reproduce.FOLDER / each).exists():
            shutil.move(written, FOLDER / each)


def _program(path: Path) -> int | None:
    """Writes the C file, builds and runs it: the exit status; None where it has no form in C."""
    try:
        reproduce.write(str(path), "c", path.stem)
    except CannotRun:
        return None
    _kept(path.stem)
    file, said = FOLDER / f"{path.stem}.c", FOLDER / f"{path.stem}.said.txt"
    argv = ["/usr/bin/python3", "-m", "conformance.scenario.c.built", str(file), str(said)]
    return enter.run(ME, argv)


def one(path: Path) -> Row:
    """Runs a scenario and its C file."""
    scenario = reproduce.main([str(path), "--as", "report"])
    report = json.loads((reproduce.FOLDER / "here" / "report.json").read_text(encoding="utf-8"))
    _kept(path.stem)
    recorded = Record.read().of(numbers(report["release"]), validate.DEFAULT_PORT)
    return Row(path.stem, scenario, _program(path), clause_in(path) in recorded)


def closing(rows: Sequence[Row], asked: int) -> int:
    """Says what came of all, and the exit status."""
    for row in rows:
        if not (row.told and row.right):
            step(ME, f"NOT AS ON RECORD: {row}" if row.told else f"NOT TOLD: {row}")
    right = sum(row.told and row.right for row in rows)
    without = sum(row.program is None for row in rows)
    step(ME, f"{right} of {asked} are as on record; {without} have no C file")
    step(ME, f"written: {os.path.relpath(FOLDER, ROOT)}")
    if any(row.told and not row.right for row in rows):
        return 1
    return 0 if right == asked else COULD_NOT_RUN


def main(argv: Sequence[str]) -> int:
    """The command. CannotRun when nothing could be run."""
    paths = chosen(arguments(argv).names)
    for path in paths:
        clause_in(path)
    packages.install(ME, packages.RUN)
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("[!.]*"):
        old.unlink()
    rows: list[Row] = []
    for number, path in enumerate(paths, 1):
        step(ME, f"{number} of {len(paths)}: {path.stem}")
        rows.append(one(path))
        step(ME, str(rows[-1]))
    return closing(rows, len(paths))


if __name__ == "__main__":
    try:
        arguments(sys.argv[1:])  # --help is for everybody.
        with alone(ME, FOLDER), alone(ME, reproduce.FOLDER):
            status = main(sys.argv[1:])
        sys.exit(status)
    except CannotRun as error:
        give_up(ME, error)
    except KeyboardInterrupt:
        give_up(ME, "interrupted: what is written stays")
