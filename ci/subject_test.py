# SPDX-License-Identifier: BSD-3-Clause
"""Proves which DPDK a command is about, and what is told of one that cannot be meant."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import pytest

from ci import subject
from ci.host.say import CannotRun


def _of(*argv: str) -> subject.Subject | None:
    parser = argparse.ArgumentParser()
    subject.add_options(parser)
    return subject.of(parser.parse_args(argv))


def test_this_machines_dpdk_unless_one_is_named(tmp_path: Path) -> None:
    assert _of() is None
    assert subject.ready("ci/x", None) == {}
    release, own = _of("--release", "24.11"), _of("--dpdk", f"mine={tmp_path}")
    assert release is not None and own is not None
    assert (release.option, own.option) == ("--release 24.11", f"--dpdk mine={tmp_path}")


@pytest.mark.parametrize(
    ("argv", "why"),
    [
        (["--release", "23.11"], "--release 23.11: Debian serves 20.11, 22.11, 24.11, 25.11"),
        (["--dpdk", "/nowhere"], "/nowhere is no directory"),
    ],
)
def test_what_is_not_there_is_told(argv: list[str], why: str) -> None:
    with pytest.raises(CannotRun, match=why):
        _of(*argv)


def test_two_at_once_are_refused() -> None:
    with pytest.raises(SystemExit):
        _of("--release", "24.11", "--dpdk", ".")


def test_who_is_not_root_enters_no_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(CannotRun, match="not root"):
        subject.ready("ci/x", _of("--release", "24.11"))
