# SPDX-License-Identifier: BSD-3-Clause
"""Proves that each case counts in a folder of its own, which says whose it is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from ci.reach import by_case

ROOT = Path(__file__).resolve().parents[2]

CASES = """
import os
from pathlib import Path

def test_one():
    Path(os.environ["GCOV_PREFIX"], "counted").touch()

def test_two():
    assert not Path(os.environ["GCOV_PREFIX"], "counted").exists()
    Path(os.environ["GCOV_PREFIX"], "counted").touch()
"""


def test_each_case_counts_for_itself(tmp_path: Path) -> None:
    (tmp_path / "x_test.py").write_text(CASES)
    counters = tmp_path / "counters"
    plugins = ["-p", "no:cacheprovider", "-p", "ci.reach.by_case"]
    argv = [sys.executable, "-m", "pytest", "-q", "-c", "/dev/null", *plugins, "--rootdir"]
    environment = {**os.environ, "GCOV_PREFIX": str(counters), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [*argv, str(tmp_path), "x_test.py"], cwd=tmp_path, env=environment, capture_output=True
    )
    assert done.returncode == 0, done.stdout
    named = {file.read_text(): file.parent for file in counters.glob(f"*/{by_case.NAME}")}
    assert sorted(named) == ["x_test.py::test_one", "x_test.py::test_two"]
    assert all((folder / "counted").exists() for folder in named.values())
