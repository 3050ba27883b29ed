# SPDX-License-Identifier: BSD-3-Clause
"""Proves the command's words: what goes to pytest, what the last line says, when it gives up."""

from __future__ import annotations

import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ci import style, validate
from ci.answer.example import case, report
from ci.bundles import format as form
from ci.host import enter, packages
from ci.host.say import CannotRun

ROOT = Path(__file__).resolve().parent.parent


def test_arguments_are_shared_out() -> None:
    ours, rest = validate.arguments(["--port", "net_pcap", "-k", "async", "-x"])
    assert (ours.port, ours.list, rest) == ("net_pcap", False, ["-k", "async", "-x"])
    command = validate.pytest_command(ours.port, rest)
    assert command[-4:] == ["-k", "async", "-x", "conformance"]
    assert "-n" in command


def test_model_script_runs_alone_and_as_text(tmp_path: Path) -> None:
    path = tmp_path / "script"
    path.write_text("primary1 starts  # first\nprimary1 registers ping: reply\n")
    ours, rest = validate.arguments(["--model-script", str(path), "--model-seed", "3"])
    told = validate.model_arguments(ours)
    assert (rest, told[0]) == ([], "--model-seed=3")
    assert told[1] == "--model-script=primary1 starts; primary1 registers ping: reply"
    command = validate.pytest_command("net_tap", told)
    assert "-n" not in command and command[-1] == validate.MODEL_SCRIPT


@pytest.mark.parametrize(
    "argv, why",
    [
        (["--model-steps", "0"], "--model-steps is '0'"),
        (["--model-seed", "dice"], "--model-seed is 'dice'"),
        (["--model-script", "primary1 starts; primary1 jumps"], "step 2 of the script"),
        (["--model-script", "/no/such/file"], "step 1 of the script"),
    ],
)
def test_bad_model_argument_is_one_line_and_2(argv: list[str], why: str) -> None:
    done = subprocess.run([str(ROOT / "ci" / "validate"), *argv], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1 and why in done.stderr


def test_one_clause_runs_alone() -> None:
    command = validate.pytest_command("net_tap", ["conformance/conftest.py::test_x"])
    assert command[-1] == "conformance/conftest.py::test_x"
    assert "-n" not in command


@pytest.mark.parametrize(
    "argv, why",
    [
        (["--port", "net_nonsense"], "net_tap"),
        (["--port", "net_tap,colour=red"], "colour"),
        (["--port", "net_null,iface=x"], "iface"),
    ],
)
def test_bad_port_is_one_line_and_2(argv: list[str], why: str) -> None:
    done = subprocess.run([str(ROOT / "ci" / "validate"), *argv], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1 and why in done.stderr


@pytest.mark.parametrize(
    "argv, why",
    [
        (["--nonsense"], "unrecognized arguments: --nonsense"),
        (["conformance/rte_mp/test_ignore.py::test_nope"], "not found"),
        (["-k", "nothing_like_this"], "select no clause"),
    ],
)
def test_arguments_that_select_nothing_are_told(argv: list[str], why: str) -> None:
    command = validate.pytest_command("net_tap", argv)
    with pytest.raises(CannotRun, match=why) as told:
        validate.check_selection(command)
    assert len(str(told.value).splitlines()) == 1


def test_list_needs_nothing() -> None:
    done = subprocess.run([str(ROOT / "ci" / "validate"), "--list"], capture_output=True, text=True)
    assert done.returncode == 0
    assert "A request from the primary reaches every secondary, once" in done.stdout


def test_missing_package_without_root_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(CannotRun, match="not root.*no-such-package"):
        packages.install("x", ("no-such-package",))


def test_missing_package_is_found() -> None:
    assert packages.missing(("no-such-package", "bash")) == ["no-such-package"]


@pytest.mark.parametrize("said, why", [("20.08.1", "needs 20.11"), ("", "finds no libdpdk")])
def test_old_or_absent_dpdk_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, why: str
) -> None:
    if said:
        text = f"Name: DPDK\nDescription: x\nVersion: {said}\n"
        (tmp_path / "libdpdk.pc").write_text(text)
    monkeypatch.setenv("PKG_CONFIG_LIBDIR", str(tmp_path))
    with pytest.raises(CannotRun, match=why):
        packages.dpdk_release()


def test_red_case_leaves_a_bundle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = report(case("breaks", "1"), case("holds", clause="conformance/a/test_a.py::test_b"))

    def run(*_: object, **__: object) -> int:
        (tmp_path / "report.json").write_text(json.dumps(seen))
        return 1

    monkeypatch.setattr(enter, "run", run)
    validate.run_contract("ci/validate", "net_tap", ["--fuzz-seed=7"], tmp_path)
    (path,) = (tmp_path / "bundles").iterdir()
    assert "--fuzz-seed=7" in form.read(path).manifest["run"]["options"]
    assert f"ci/validate: bundle: {os.path.relpath(path, ROOT)} (" in capsys.readouterr().out


def test_release_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "libdpdk.pc").write_text("Name: DPDK\nDescription: x\nVersion: 26.07.0\n")
    monkeypatch.setenv("PKG_CONFIG_LIBDIR", str(tmp_path))
    assert packages.dpdk_release() == (26, 7, 0)


def test_style_sees_a_complaint() -> None:
    tools = [("fine", ["true"]), ("not", ["sh", "-c", "echo this; exit 1"])]
    with ThreadPoolExecutor(1) as pool:
        assert style.complaints(pool, tools) == {"not": "this\n"}


def test_style_finds_the_scripts() -> None:
    tools = dict(style.commands(style.files()))
    assert "ci/python" in tools["shellcheck"] and "ci/validate" in tools["shellcheck"]
    assert "conftest.py" in tools["mypy"]


def test_binding_is_for_nics() -> None:
    for argv in (["--bind"], ["--bind", "--port", "net_pcap"], ["--bind", "--port", "all"]):
        with pytest.raises(CannotRun, match="^--bind is for a NIC, and --port is (net_|all)"):
            validate.main(argv)
