# SPDX-License-Identifier: BSD-3-Clause
"""The storm, in the namespaces of a run: started by ci/storm as
python3 -m conformance.storm FOLDER SEED SECONDS.
"""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path
from typing import Callable, Protocol

from conformance.scenario.minimise import Trial
from conformance.scenario.shorten import shorten, tries
from conformance.storm import weather
from conformance.storm.findings import Findings, way
from conformance.verdicts.run import make
from targets.outcome import Breach, HarnessFault

ME = "ci/storm"

# How often what is new is run again, to see how often it fails.
AGAIN = 4

# How long a finding is made shorter, in seconds: a part of the storm's time, within these bounds.
SHORTEN_PART = 0.25
SHORTEN_S = (180.0, 1800.0)

# A line of progress at least so often.
TELL_S = 30.0


class Runs(Protocol):
    """Runs texts; conformance.scenario.minimise.Trial is one."""

    runs: int

    def breach(self, text: str) -> Breach | None:
        """What is not as a text expects."""


def say(text: str) -> None:
    """Prints a line of progress."""
    print(f"{ME}: {text}", flush=True)


class Storm:
    """Scenario after scenario. clock: seconds."""

    def __init__(
        self, runs: Runs, findings: Findings, seed: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._runs = runs
        self._findings = findings
        self._seed = seed
        self._clock = clock
        self._shorten_s = SHORTEN_S[0]
        self.taken = 0
        self.new: list[str] = []

    def rage(self, seconds: float) -> None:
        """Takes scenarios until the time is over."""
        begin = told = self._clock()
        least, most = SHORTEN_S
        self._shorten_s = min(max(least, SHORTEN_PART * seconds), most)
        while self._clock() < begin + seconds:
            self._take(self.taken)
            self.taken += 1
            if self._clock() > told + TELL_S:
                told = self._clock()
                left = (begin + seconds - told) / 60
                say(f"{self.summary()}; {left:.0f} min to go")

    def summary(self) -> str:
        """What has come of it until now."""
        ways = len(self._findings.by_way)
        return f"{self.taken} scenarios, {ways} ways of failing known, {len(self.new)} of them new"

    def _take(self, number: int) -> None:
        text = weather.scenario(self._seed, number)
        error = self._runs.breach(text)
        if error is None or self._findings.again(way(error)):
            return
        found = way(error)
        self.new.append(found)
        one = self._findings.add(found, f"{self._seed}/{number}", text)
        say(f"NEW: {found}")
        self._shorten(found, text)
        say(f"{one.lines} lines: {self._findings.folder / one.file}")

    def _shorten(self, found: str, text: str) -> None:
        """Makes the text shorter as long as it fails in this way, and the time lasts."""
        until = self._clock() + self._shorten_s
        failed = sum(self._fails(text, found) for _ in range(AGAIN))
        if not failed:
            say(f"it did not fail so again, {AGAIN} times: it is kept as it is")
            return
        most = tries(failed, AGAIN)

        def fails(candidate: str) -> bool:
            return self._clock() < until and any(self._fails(candidate, found) for _ in range(most))

        shorten(text, fails, lambda shorter: self._findings.shorter(found, shorter))

    def _fails(self, text: str, found: str) -> bool:
        error = self._runs.breach(text)
        return error is not None and way(error) == found


def main(folder: Path, seed: int, seconds: float) -> int:
    """The exit status: 1 where something new was found."""
    scenes = folder / "scenes"
    shutil.rmtree(scenes, ignore_errors=True)
    run = make("net_tap", scenes, None)
    findings = Findings(folder / ".".join(map(str, run.release)))
    storm = Storm(Trial(run, scenes), findings, seed)
    interrupted = False
    try:
        storm.rage(seconds)
    except KeyboardInterrupt:
        interrupted = True
    except HarnessFault as error:
        say(f"Gauntlet's own fault, in scenario {seed}/{storm.taken}: {error}")
        return 2
    finally:
        shutil.rmtree(scenes, ignore_errors=True)
    for one in sorted(findings.by_way.values(), key=lambda each: -each.seen):
        say(f"{one.seen:5} times  {one.way}  ({one.lines} lines: {findings.folder / one.file})")
    say(f"{run.greeting['dpdk']}: {storm.summary()}" + ("; INTERRUPTED" if interrupted else ""))
    return 2 if interrupted else 1 if storm.new else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
