# SPDX-License-Identifier: BSD-3-Clause
"""Proves that the example pipelines are YAML of the form that their services read, and that our own
commands take the arguments in them."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "ci" / "examples"


def _read(name: str) -> dict[str, Any]:
    # YAML 1.1 takes the key "on" for true, and so does what GitHub's own tools are made of.
    loaded = yaml.safe_load((EXAMPLES / name).read_text())
    assert isinstance(loaded, dict)
    return loaded


def _commands() -> list[str]:
    github, gitlab = _read("github.yml"), _read("gitlab.yml")
    steps = [step for job in github["jobs"].values() for step in job["steps"]]
    lines = [step["run"] for step in steps if "run" in step]
    lines += [line for job in gitlab.values() if "script" in job for line in job["script"]]
    return [line for line in lines if line.startswith("ci/")]


def test_github_finds_jobs_that_run_somewhere() -> None:
    jobs = _read("github.yml")["jobs"]
    assert set(jobs["page"]["needs"].split()) <= set(jobs)
    for job in jobs.values():
        assert job["runs-on"][0] == "self-hosted"
        assert all(("uses" in step) != ("run" in step) for step in job["steps"])


def test_gitlab_finds_jobs_of_its_stages() -> None:
    pipeline = _read("gitlab.yml")
    stages = pipeline.pop("stages")
    assert [job["stage"] for job in pipeline.values()] == stages
    assert all(job["script"] and job["tags"] for job in pipeline.values())


def test_both_run_the_same_on_the_same_hosts() -> None:
    github = _read("github.yml")["jobs"]["validate"]["strategy"]["matrix"]["include"]
    gitlab = _read("gitlab.yml")["validate"]["parallel"]["matrix"]
    assert [(each["host"], each["port"]) for each in github] == [
        (each["HOST"], each["PORT"]) for each in gitlab
    ]


@pytest.mark.parametrize("line", _commands())
def test_command_takes_its_arguments(line: str) -> None:
    argv = shlex.split(re.sub(r"\$\{\{[^}]*\}\}|\$\w+", "net_tap", line))
    done = subprocess.run([*argv, "--help"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    options = [word for word in argv if word.startswith("--")]
    assert all(option in done.stdout for option in options)
