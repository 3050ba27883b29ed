# SPDX-License-Identifier: BSD-3-Clause
"""Proves whose machine a bundle says it is of, and which Gauntlet."""

from __future__ import annotations

import pwd
import socket
import subprocess
from pathlib import Path

import pytest

from ci.bundles import facts


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with one commit."""
    identity = ["-c", "user.name=x", "-c", "user.email=x"]
    (tmp_path / "file").write_text("1")
    for argv in (["init", "-q"], ["add", "."], [*identity, "commit", "-qm", "x"]):
        subprocess.run(["git", *argv], cwd=tmp_path, check=True)
    return tmp_path


def test_commit_and_changes_are_told(checkout: Path) -> None:
    told = facts.gauntlet(checkout)
    assert len(told["commit"]) == 40 and not told["changed"]
    assert facts.for_another_host(checkout) == f"GAUNTLET_COMMIT={told['commit']}"
    (checkout / "file").write_text("2")
    assert facts.gauntlet(checkout) == {**told, "changed": True}
    assert facts.for_another_host(checkout) == f"GAUNTLET_COMMIT={told['commit']}+"


@pytest.mark.parametrize(
    "said, commit, changed",
    [("", "", False), (f"{'a1' * 20}", "a1" * 20, False), (f"{'a1' * 20}+", "a1" * 20, True)]
    + [("HEAD", "", False)],
)
def test_without_git_the_environment_tells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, commit: str, changed: bool
) -> None:
    monkeypatch.setenv(facts.VARIABLE, said)
    assert facts.gauntlet(tmp_path) == {"commit": commit, "changed": changed}


def test_machine_without_git_has_no_commit(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv(facts.VARIABLE, raising=False)
    assert facts.gauntlet(checkout) == {"commit": "", "changed": False}


def test_host_and_its_users_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    user = pwd.struct_passwd(("carol", "x", 1, 1, "", "/srv/carol", "/bin/sh"))
    monkeypatch.setattr(pwd, "getpwuid", lambda uid: user)
    monkeypatch.setenv("SUDO_USER", "bob")
    monkeypatch.setenv("USER", "root")
    told = facts.host()
    assert told["name"] == socket.gethostname()
    assert {"bob", "carol"} <= set(told["private"]["users"]) and "root" not in told["private"][
        "users"
    ]
    assert told["private"]["homes"] == ["/srv/carol"]
    assert told["private"]["checkout"] == [str(facts.ROOT)]


def test_user_that_nobody_knows_is_no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def getpwuid(uid: int) -> pwd.struct_passwd:
        raise KeyError(uid)

    monkeypatch.setattr(pwd, "getpwuid", getpwuid)
    assert facts.host()["private"]["homes"] == []
