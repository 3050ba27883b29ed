# SPDX-License-Identifier: BSD-3-Clause
"""Proves what may be around the processes of a run, on which DPDK, and that its output is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from ci import under
from ci.host import packages
from ci.host.say import CannotRun
from ci.installed import Installed
from ci.subject import Subject, of_series

MINE = Installed("mine", Path("/opt/dpdk"))


def _parsed(text: str) -> under.Around:
    found = under.parse(text)
    assert found is not None
    return found


@pytest.mark.parametrize("text", ["helgrind", "asan:primary1", ""])
def test_what_is_no_tool_is_told(text: str) -> None:
    with pytest.raises(CannotRun, match=f"--under {text}: say strace, .*; or asan or tsan"):
        under.parse(text)


@pytest.mark.parametrize("text", ["strace", "gdb:primary1"])
def test_who_looks_from_outside_looks_at_every_dpdk(text: str) -> None:
    for on in (None, MINE, of_series("24.11")):
        _parsed(text).check(on)


def test_who_is_inside_needs_a_dpdk_of_this_machine() -> None:
    _parsed("valgrind").check(MINE)
    refused: list[tuple[str, Subject]] = [
        ("valgrind", of_series("24.11")),
        ("asan", of_series("24.11")),
        ("tsan", MINE),
    ]
    for text, on in refused:
        with pytest.raises(CannotRun, match=f"--under {text} is for .* this machine, and not for"):
            _parsed(text).check(on)


def test_environment_of_a_tool(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted: list[tuple[str, ...]] = []
    monkeypatch.setattr(packages, "install", lambda command, which: wanted.append(which))
    assert _parsed("gdb:b").environment("ci/x") == {"GAUNTLET_UNDER": "gdb:b"}
    assert wanted == [("gdb",)]


def test_what_was_written_is_named(tmp_path: Path) -> None:
    scene = tmp_path / "x" / "primary1"
    scene.mkdir(parents=True)
    assert "no process of this name was started" in _parsed("valgrind:b").written(tmp_path)[0]
    assert "gdb was not needed" in _parsed("gdb").written(tmp_path)[0]
    (scene / "core.gdb").write_text("stack")
    assert _parsed("gdb").written(tmp_path)[0].endswith("primary1/core.gdb")
    (scene / "valgrind").write_text("==1== ERROR SUMMARY: 3 errors from 2 contexts (suppressed: 0)")
    (found,) = _parsed("valgrind").written(tmp_path)
    assert found.endswith("primary1/valgrind: 3 errors from 2 contexts")
    assert _parsed("tsan").written(tmp_path) == []
    place = "SUMMARY: ThreadSanitizer: data race ../dpdk/lib/eal/common/malloc_heap.c:80 in alloc\n"
    (scene / "output").write_text(2 * place)
    assert _parsed("tsan").written(tmp_path) == ["2 data races in malloc_heap.c:80 in alloc"]
