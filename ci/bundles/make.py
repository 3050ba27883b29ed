# SPDX-License-Identifier: BSD-3-Clause
"""Makes bundles of the cases of a run: one for each way in which one of them failed."""

from __future__ import annotations

import argparse
import json
import os
import re
from collections import Counter
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Callable

from ci import again, how_often
from ci.bundles import archive, facts, scene
from ci.bundles import format as form
from ci.bundles.format import Bundle
from ci.host.say import step
from conformance import fuzz
from conformance.model import options
from conformance.scenario import recorded
from conformance.verdicts import evidence

ROOT = Path(__file__).resolve().parents[2]

SCENARIO = "conformance/scenario/test_scenario.py::test_scenario"
MODEL_SCRIPT = "conformance/rte_mp/test_model.py::test_script_agrees_with_the_model"

#: Where everything is red, so many bundles say it.
MOST = 50

# What a run has that is told nothing: a bundle says all, lest another version takes other steps.
_DEFAULTS = {
    "--model-steps": options.DEFAULT_STEPS,
    "--model-seed": options.DEFAULT_SEED,
    "--fuzz-datagrams": fuzz.DEFAULT_DATAGRAMS,
    "--fuzz-seed": fuzz.DEFAULT_SEED,
    "--ring-objects": options.DEFAULT_RING_OBJECTS,
}

Case = dict[str, Any]
Report = dict[str, Any]


def is_red(case: Case) -> bool:
    """Whether a run is not green because of this case."""
    return case["verdict"] not in ("pass", "skip")


def failed(case: Case) -> bool:
    """Whether a case has failed, be that on record or not."""
    return case["how"] not in ("holds", *how_often.UNTOLD)


def keep(
    command: str,
    report: Report,
    rest: list[str],
    into: Path,
    wanted: Callable[[Case], bool] = is_red,
    busy: int = 0,
    what: str = "",
) -> None:
    """Writes a bundle for each way in which cases of a run have failed, and says where.

    rest: the arguments of pytest of the run.  wanted: which cases count.  busy: how many busy loops ran
    beside it.  what: the scenario or script, or its file, where that was run.
    """
    ways: dict[str, Case] = {}
    for case in report["clauses"]:
        if wanted(case):
            ways.setdefault(how_often.signature(case), case)
    for case in list(ways.values())[:MOST]:
        try:
            bundle = of_case(report, case, rest, busy)
            name = stem(called(what, case), report["release"])
            path = archive.publish(into, name, bundle.packed(name))
        except OSError as error:  # Of the report nothing is lost.
            step(command, f"no bundle of {case['clause']}: {error}")
            continue
        size_kb = path.stat().st_size / 1000
        step(command, f"bundle: {os.path.relpath(path, ROOT)} ({size_kb:.0f} kB)")
    if len(ways) > MOST:
        step(command, f"no bundles of {len(ways) - MOST} more: ci/reproduce NODEID makes them")


def of_case(report: Report, case: Case, rest: list[str], busy: int = 0) -> Bundle:
    """The bundle of a case: what is said of it, and what its scene has left. OSError where that cannot be
    read any more."""
    kind, scenario = _given(case, rest)
    folder = ROOT / case["scene"] if case["scene"] else None
    files, left_out = scene.files(folder) if folder else ({}, ["the scene: nothing was kept of it"])
    if scenario is None:
        scenario, why = _recorded(files, case)
        left_out += [why] if why else []
    manifest: dict[str, Any] = {
        "format": form.FORMAT,
        "made": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "gauntlet": facts.gauntlet(),
        "case": {
            "clause": case["clause"],
            "how": case["how"],
            "way": how_often.signature(case)[:2000],
        },
        "run": {
            "kind": kind,
            "options": options_of(rest),
            "port": report["port"],
            "on": report["alone"],
            "busy": busy,
        },
        "dpdk": report["dpdk"],
        "host": facts.host(),
        "left_out": [text[:500] for text in left_out],
        "redacted": None,
    }
    told: Case = {**case, "scene": form.SCENE if folder else ""}
    if folder:
        told["files"] = evidence.files(folder)
    parts = {form.SCENARIO: scenario.encode()} if scenario else {}
    return told_by(manifest, {**report, **_counted(told)}, {**parts, **files})


def told_by(manifest: dict[str, Any], report: Report, others: dict[str, bytes]) -> Bundle:
    """A bundle with the report of its case and its page. others: all other files."""
    from ci.answer import page  # It needs jinja2, which a command may have installed just now.

    report = {**report, "remarks": remarks(manifest)}
    files = {
        form.REPORT: (json.dumps(report, indent=1) + "\n").encode(),
        form.PAGE: page.html([report]).encode(),
        **others,
    }
    return Bundle({**manifest, "files": form.sums(files)}, files)


def remarks(manifest: dict[str, Any]) -> list[str]:
    """What the page says of a bundle: where it comes from, and what is not in it."""
    told = [f"a bundle of {manifest['host']['name']}, {made_by(manifest)}"]
    told += [f"left out: {what}" for what in manifest["left_out"]]
    return told + [f"redacted: {what}" for what in manifest["redacted"] or []]


def made_by(manifest: dict[str, Any]) -> str:
    """When it was made, and with which Gauntlet."""
    commit = manifest["gauntlet"]["commit"][:12] or "of an unknown commit (no git checkout)"
    changed = " with changes" if manifest["gauntlet"]["changed"] else ""
    return f"made {manifest['made']} by Gauntlet {commit}{changed}"


def called(what: str, case: Case) -> str:
    """What a bundle is called: as the case of a clause, or as the file of a scenario, if it had one."""
    if case["clause"] not in (SCENARIO, MODEL_SCRIPT):
        return str(case["clause"]).rpartition("::")[2]
    is_text = not what or "\n" in what or ";" in what
    return "scenario" if is_text else Path(what).stem


def stem(what: str, release: str) -> str:
    """The name of a bundle's file, without its ending."""
    return f"{re.sub('[^A-Za-z0-9_]+', '-', what).strip('-')[:100]}-{release}"


def _counted(case: Case) -> dict[str, Any]:
    """What differs in the report of this case alone."""
    return {
        "clauses": [case],
        "counts": dict(Counter([case["how"]])),
        "selected": 1,
        "partial": False,
        "pytest_status": int(is_red(case)),
    }


def _parsed(rest: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(allow_abbrev=False, add_help=False)
    parser.add_argument("--scenario")
    parser.add_argument("--model-script")
    return parser.parse_known_args(rest)[0]


def _given(case: Case, rest: list[str]) -> tuple[str, str | None]:
    """What the run was made of, and the text of it where that is no clause."""
    given = _parsed(rest)
    if case["clause"] == SCENARIO and given.scenario:
        return form.OF_SCENARIO, Path(given.scenario).read_text(encoding="utf-8")
    if case["clause"] == MODEL_SCRIPT and given.model_script:
        return form.OF_SCRIPT, given.model_script
    return form.CLAUSE, None


def options_of(rest: list[str]) -> list[str]:
    """The options that a run of the same steps needs."""
    told = (one.partition("=") for one in again.options_of(rest))
    given = {name: value for name, _, value in told}
    return [f"{name}={given.get(name, value)}" for name, value in _DEFAULTS.items()]


def _recorded(files: dict[str, bytes], case: Case) -> tuple[str | None, str]:
    """The scenario of what happened in the scene of a clause, or why there is none."""
    timelines = [name for name in files if name.endswith("/timeline.jsonl")]
    if len(timelines) != 1:
        return (
            None,
            f"{form.SCENARIO}: the case has {len(timelines)} scenes, and a scenario is of one",
        )
    try:
        lines = files[timelines[0]].decode().splitlines()
        return recorded.scenario_of(lines, case["promise"], case["clause"])[0], ""
    except (LookupError, ValueError, TypeError, AttributeError, AssertionError) as error:
        # Whatever has gone wrong in a scene is in its timeline: the bundle is to tell of it.
        return None, f"{form.SCENARIO}: the timeline cannot be told as one ({error!r:.100})"
