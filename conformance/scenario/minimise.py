# SPDX-License-Identifier: BSD-3-Clause
"""Makes a scenario that fails shorter, with real processes: python3 -m conformance.scenario.minimise FILE
OUTPUT. The shortest one that was found until now is always in OUTPUT.
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

from conformance.scenario.play import failure
from conformance.scenario.shorten import shorten, tries
from conformance.scenario.text import TextError, parse
from conformance.verdicts.run import Run, make, verbs
from conformance.verdicts.verdict import without_addresses
from targets.outcome import Breach, CannotRun, Inconclusive, Unavailable

# How often the whole scenario is run at first, to see in which ways it fails, and how often.
FIRST = 20


class Trial:
    """Runs texts, each in a scene of its own; runs: how many that were."""

    def __init__(self, run: Run, folder: Path) -> None:
        self._run = run
        self._folder = folder
        self._verbs = verbs(run.dpdk)
        self.runs = 0

    def failure(self, text: str) -> str | None:
        """The way in which a text fails; None where it does not, or is no scenario."""
        found = self.breach(text)
        return way(found) if found else None

    def breach(self, text: str) -> Breach | None:
        """What is not as a text expects; None where all is, or it is no scenario."""
        try:
            scenario = parse(text, self._verbs)
        except TextError:
            return None
        self.runs += 1
        directory = self._folder / f"{self.runs}"
        scene = self._run.scene(directory)
        try:
            found = failure(scenario, scene)
        except (CannotRun, Inconclusive, Unavailable):
            found = None
        finally:
            shutil.rmtree(directory, ignore_errors=True)
        return found


def way(error: Breach) -> str:
    """The way of failing, whichever line shows it, and whatever the addresses are."""
    seen = re.sub(r"^line \d+: ", "", error.observed)
    return f"{type(error).__name__}: {without_addresses(seen)}"


def minimise(text: str, trial: Trial, output: Path) -> int:
    """Writes the shortest scenario that fails in the commonest way of `text`; the exit status."""
    ways = [found for found in (trial.failure(text) for _ in range(FIRST)) if found]
    if not ways:
        print(f"it failed 0 of {FIRST} times: nothing to make shorter", file=sys.stderr)
        return 2
    looked_for = max(ways, key=ways.count)
    most = tries(ways.count(looked_for), FIRST)
    print(
        f"it failed {ways.count(looked_for)} of {FIRST} times by {looked_for!r}; what does not fail so "
        f"in {most} runs is taken for mended",
        flush=True,
    )

    def fails(candidate: str) -> bool:
        return any(trial.failure(candidate) == looked_for for _ in range(most))

    def told(shorter: str) -> None:
        output.write_text(shorter, encoding="utf-8")
        print(f"{len(shorter.splitlines())} lines, after {trial.runs} runs", flush=True)

    told(text)
    shorten(text, fails, told)
    return 0


def main(file: Path, output: Path) -> int:
    """The program; its exit status."""
    # Beside the output, so that what a run that was killed has left is gone with the next one.
    folder = output.parent / "minimised"
    shutil.rmtree(folder, ignore_errors=True)
    run = make("net_tap", folder, None)
    try:
        return minimise(file.read_text(encoding="utf-8"), Trial(run, folder), output)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    try:
        sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
    except KeyboardInterrupt:
        print("interrupted: the shortest one until now is written", file=sys.stderr)
        sys.exit(2)
