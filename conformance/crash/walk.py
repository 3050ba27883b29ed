# SPDX-License-Identifier: BSD-3-Clause
"""Takes all points, on all CPUs at once; what is done stays done when it is interrupted."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import signal
import sys
import time
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any, Generator, TextIO

from conformance.crash.errors import failing
from conformance.crash.point import Point, Result
from conformance.crash.stage import Stage, stay_on_one_cpu
from conformance.verdicts.run import ROOT, Run, make
from targets.outcome import Breach, CannotRun, Unavailable

# A worker waits for much of its time: three share a CPU, and each stays on its own with all that it
# starts, because to follow a process is quickest on the CPU that it runs on.
PER_CPU = 3
CHUNK = 20

# The item of a result that is none: the point is taken again when the walk goes on.
STUMBLED = "the walk itself"

_stage: Stage | None = None


def _begin(shared: dict[str, Any], folder: str, number: Any) -> None:
    """A worker's first step. It is its owner that is interrupted, and ends it."""
    global _stage
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with number.get_lock():
        mine = number.value
        number.value += 1
    stay_on_one_cpu(mine)
    run = make("net_tap", ROOT / "build" / "report", shared)
    _stage = Stage(run, Path(folder) / str(mine))


def _record(activity: str) -> list[Point]:
    assert _stage is not None
    try:
        return _stage.record(activity)
    except Breach as error:  # It cannot be passed on from process to process.
        raise CannotRun(f"{activity} does not work here: {error}") from None


def _take(points: list[Point], mode: str) -> list[Result]:
    return [_taken(point, mode) for point in points]


def _taken(point: Point, mode: str) -> Result:
    """The result of a point. An error of the walk itself is reported as such, and the walk goes on with
    the other points."""
    assert _stage is not None
    try:
        return _stage.take(point, mode)
    except Unavailable:
        raise
    except Exception as error:
        _stage.leave()
        said = (str(error).splitlines() or [""])[0]
        return Result(point, mode, {STUMBLED: f"{type(error).__name__}: {said}"})


class Walk:
    """All points of some activities. A with-block; what it finds is kept in `folder`."""

    def __init__(self, run: Run, mode: str, activities: list[str], *, anew: bool) -> None:
        self.mode = mode
        self.activities = activities
        release = ".".join(map(str, run.release))
        self.folder = ROOT / "build" / "crash" / release
        self.folder.mkdir(parents=True, exist_ok=True)
        self._points_file = self.folder / f"{mode}.points.json"
        self._results_file = self.folder / f"{mode}.jsonl"
        self._scenes = self.folder / f"scenes-{os.getpid()}"
        self._peer = f"{run.dpdk.binary} {run.dpdk.binary.stat().st_mtime_ns} {activities}"
        self.results: dict[str, Result] = {}
        self.points: list[Point] = []
        if not anew:
            self._resume()
        workers = PER_CPU * len(os.sched_getaffinity(0))
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(
            workers, context, _begin, (run.shared(), str(self._scenes), context.Value("i", 0))
        )

    @property
    def resumed(self) -> int:
        """The number of points that an earlier walk has taken."""
        return len(self.results)

    def _resume(self) -> None:
        try:
            saved = json.loads(self._points_file.read_text())
        except (OSError, ValueError):
            return
        if saved["peer"] != self._peer:
            return
        points = [Point(**point) for point in saved["points"]]
        results = {}
        for line in self._results_file.read_text().splitlines():
            try:
                raw = json.loads(line)
            except ValueError:
                continue  # The last one, cut off.
            point = Point(**raw.pop("point"))
            if STUMBLED not in (raw["found"] or {}):
                results[str(point)] = Result(point, **raw)
        if len(results) < len(points):
            self.points, self.results = points, results

    def record(self) -> None:
        """Finds out what the points are, unless a walk goes on that knows."""
        if self.points:
            return
        for points in self._pool.map(_record, self.activities):
            self.points += failing(points) if self.mode == "fail" else points
        text = json.dumps({"peer": self._peer, "points": [vars(point) for point in self.points]})
        self._points_file.write_text(text)
        self._results_file.write_text("")

    def take(self) -> Generator[Result, None, None]:
        """Takes what is still to be taken; each result as it comes."""
        left = [point for point in self.points if str(point) not in self.results]
        # What waits for timeouts first, what is many last, and of many alike the first two earlier:
        # so no CPU is idle at the end, and who interrupts it has seen something of everything.
        left.sort(
            key=lambda point: (
                not point.touched,
                point.occurrence > 2,
                point.activity.startswith("primary"),
                point.activity,
            )
        )
        chunks: list[list[Point]] = []
        for point in left:
            size = CHUNK if not point.touched else 4
            if not chunks or len(chunks[-1]) >= size or chunks[-1][0].activity != point.activity:
                chunks.append([])
            chunks[-1].append(point)
        running: list[Future[list[Result]]] = [
            self._pool.submit(_take, chunk, self.mode) for chunk in chunks
        ]
        with self._results_file.open("a") as file:
            for done in as_completed(running):
                for result in done.result():
                    self.results[str(result.point)] = result
                    raw = {**vars(result), "point": vars(result.point)}
                    file.write(json.dumps(raw) + "\n")
                    yield result
                file.flush()

    def __enter__(self) -> Walk:
        return self

    def __exit__(self, *_: object) -> None:
        # Their scenes hang on them: nothing of them stays.
        for process in list((self._pool._processes or {}).values()):
            process.kill()
        self._pool.shutdown(wait=False, cancel_futures=True)
        shutil.rmtree(self._scenes, ignore_errors=True)


class Progress:
    """Shows how far the walk is: a line that changes on a terminal, a new line now and then
    elsewhere."""

    def __init__(self, of: int, done: int = 0, to: TextIO = sys.stderr) -> None:
        self.of = of
        self.done = done
        self._before = done
        self._to = to
        self._begin = time.monotonic()
        self._told = -1

    def step(self, what: str) -> None:
        """Counts a point as taken."""
        self.done += 1
        percent = 100 * self.done // max(self.of, 1)
        passed = time.monotonic() - self._begin
        left = passed / max(self.done - self._before, 1) * (self.of - self.done)
        line = f"{self.done}/{self.of} points, {passed:.0f} s, about {left:.0f} s left: {what}"
        if self._to.isatty():
            bar = "#" * (percent // 5)
            self._to.write(f"\r\033[K[{bar:20}] {line}"[:120])
            if self.done == self.of:
                self._to.write("\n")
            self._to.flush()
        elif percent // 10 != self._told:
            self._told = percent // 10
            self._to.write(line + "\n")
            self._to.flush()
