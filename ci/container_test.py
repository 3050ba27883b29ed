# SPDX-License-Identifier: BSD-3-Clause
"""Proves what ci/container asks of a container engine, and what it says where it cannot run one."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from ci import container
from ci.host import packages
from ci.host.say import CannotRun

ROOT = Path(__file__).resolve().parent.parent

ENGINE = """#!/bin/sh
echo "$@" >>"{log}"
[ "$1" = "{fails}" ] && echo "first line" && echo "no such image" && exit 125
[ "$1" = run ] && exit 3
exit 0
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A PATH with what a shell script needs, and no container engine."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for program in ("bash", "dirname", "readlink", "id", "cat", "mkdir", "tail"):
        (folder / program).symlink_to(f"/usr/bin/{program}")
    return folder


def _engine(path: Path, name: str, fails: str = "") -> Path:
    log = path / f"{name}.log"
    (path / name).write_text(ENGINE.format(log=log, fails=fails))
    (path / name).chmod(0o755)
    return log


def _container(path: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/usr/bin/bash", ROOT / "ci" / "container", *argv],
        env={**os.environ, "PATH": str(path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("name", ["podman", "docker"])
def test_validate_is_run_with_what_the_host_has(path: Path, name: str) -> None:
    log = _engine(path, name)
    done = _container(path, "--base", "debian:13", "--port", "net_tap", "-k", "a b")
    built, ran = log.read_text().splitlines()
    assert done.returncode == 3
    assert "--build-arg BASE=debian:13" in built
    assert built.endswith(f" {ROOT}")
    assert "--privileged --network=host" in ran
    assert f"{ROOT}/build/container:/gauntlet/build/report" in ran
    assert ran.endswith(" gauntlet --port net_tap -k a b")
    assert "--tty" not in ran


def test_base_is_debians_unless_told(path: Path) -> None:
    log = _engine(path, "podman")
    _container(path)
    assert "--build-arg" not in log.read_text()


def test_host_without_engine_is_told_so(path: Path) -> None:
    done = _container(path)
    assert done.returncode == 2
    assert done.stderr == (
        "ci/container: neither podman nor docker is installed: install one of them\n"
    )


def test_base_without_image_is_refused(path: Path) -> None:
    done = _container(path, "--base")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "--base: no image is given" in done.stderr


def test_image_that_cannot_be_built_is_told(path: Path) -> None:
    log = _engine(path, "podman", fails="build")
    done = _container(path)
    assert done.returncode == 2
    assert done.stderr.rstrip().endswith("container.log): no such image")
    assert len(log.read_text().splitlines()) == 1


def test_proof_without_a_base_says_so(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    _engine(path, "podman", fails="import")
    (path / "mmdebstrap").symlink_to("/usr/bin/true")
    monkeypatch.setattr(packages, "install", lambda *_: None)
    with monkeypatch.context() as patched:
        patched.setenv("PATH", f"{path}:/usr/bin")
        with pytest.raises(CannotRun, match="podman has no base image"):
            container.proved("ci/test")
