# SPDX-License-Identifier: BSD-3-Clause
"""A command starts where Debian's Python modules are not: proves start.py."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ci.host import packages, start

ROOT = Path(__file__).resolve().parent.parent.parent


def test_what_is_missing_is_installed_and_the_command_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "needy.py").write_text("import wanted\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(packages, "missing", lambda wanted: ["python3-wanted"])
    monkeypatch.setattr(
        packages, "install", lambda command, wanted: (tmp_path / "wanted.py").write_text("")
    )
    start.begin("needy")
    assert "needy" in sys.modules and "wanted" in sys.modules


def test_what_is_left_of_a_package_that_was_removed_is_no_module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "left").mkdir()
    (tmp_path / "leaning.py").write_text("import left\nlanding = left.whole\n")

    def install(command: str, wanted: tuple[str, ...]) -> None:
        (tmp_path / "left" / "__init__.py").write_text("whole = 1\n")

    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(packages, "missing", lambda wanted: ["python3-left"])
    monkeypatch.setattr(packages, "install", install)
    start.begin("leaning")
    assert sys.modules["leaning"].landing == 1


def test_a_module_that_no_package_has_is_an_error_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "hopeless.py").write_text("import of_nobody\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(packages, "missing", lambda wanted: [])
    with pytest.raises(ModuleNotFoundError, match="of_nobody"):
        start.begin("hopeless")


def test_it_starts_without_any_module_of_debian() -> None:
    done = subprocess.run(
        [
            "/usr/bin/python3",
            "-I",
            "-S",
            "-c",
            "import sys; sys.path.insert(0, '.'); import ci.host.start",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_names_of_commands() -> None:
    assert start.named("ci.validate") == "ci/validate"
    assert start.named("ci.nic_host.command") == "ci/nic-host"
