# SPDX-License-Identifier: BSD-3-Clause
"""Proves what of a bundle ci/reproduce runs, what it never does, and how it says whether it is alike."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pytest

from ci import reproduce
from ci.answer import example as reports
from ci.bundles import example, make, redact, replay
from ci.bundles import format as form
from ci.bundles.format import Bundle
from ci.host.say import CannotRun

ACTUAL = "primary1 died: SIGSEGV"


def _ours(path: Path | str, *options: str) -> argparse.Namespace:
    return reproduce.arguments([str(path), *options])[0]


def _taken(tmp_path: Path, made: Bundle, *options: str) -> tuple[argparse.Namespace, list[str]]:
    ours = _ours(example.written(tmp_path, made), *options)
    found, rest = replay.of("ci/x", ours, ["-x"], tmp_path / "into")
    assert found is not None
    return ours, rest


def _changed(made: Bundle, **run: Any) -> Bundle:
    return Bundle({**made.manifest, "run": {**made.manifest["run"], **run}}, made.files)


def _with(made: Bundle, name: str, content: bytes) -> Bundle:
    files = {**made.files, name: content}
    return Bundle({**made.manifest, "files": form.sums(files)}, files)


def test_case_is_run_with_the_seeds_and_on_the_port_of_the_bundle(tmp_path: Path) -> None:
    made = _changed(example.bundle(tmp_path / "scene", ["--fuzz-seed=7"]), port="net_pcap")
    ours, rest = _taken(tmp_path, made)
    assert (ours.what, ours.port) == (example.CLAUSE, "net_pcap")
    assert {"--fuzz-seed=7", "--model-seed=1"} <= set(rest) and rest[-1] == "-x"


def test_what_the_user_says_stays(tmp_path: Path) -> None:
    made = _changed(example.bundle(tmp_path / "scene"), port="net_pcap")
    ours, _ = _taken(tmp_path, made, "--port", "net_null", "--times=7")
    assert (ours.port, ours.times) == ("net_null", "7")


@pytest.mark.parametrize("option", ["--minimise", "--as=c", "--as=scenario"])
def test_scenario_of_a_case_is_taken_for_what_needs_one(tmp_path: Path, option: str) -> None:
    made = example.bundle(tmp_path / "scene")
    ours, rest = _taken(tmp_path, made, option)
    assert Path(ours.what) == tmp_path / "into/example.scenario"
    assert Path(ours.what).read_text() == made.scenario
    assert rest == ["-x"]


def test_what_runs_and_then_writes_runs_the_case(tmp_path: Path) -> None:
    ours = _ours(example.written(tmp_path, example.bundle(tmp_path / "scene")))
    ours.language = "report"
    replay.of("ci/x", ours, [], tmp_path / "into")
    assert ours.what == example.CLAUSE


@pytest.mark.parametrize(
    "clause, option, count",
    [
        (make.SCENARIO, "--scenario={file}", 1),
        (make.MODEL_SCRIPT, "--model-script=primary1 starts; primary1 exits", 6),
    ],
)
def test_scenario_and_script_are_run_as_they_were(
    tmp_path: Path, clause: str, option: str, count: int
) -> None:
    file = tmp_path / "mine.scenario"
    file.write_text("primary1 starts; primary1 exits")
    made = example.bundle(tmp_path / "scene", [option.format(file=file)], clause=clause)
    ours, rest = _taken(tmp_path, made)
    assert Path(ours.what).read_text() == file.read_text()
    assert len(rest) == count


def test_other_things_are_no_bundles(tmp_path: Path) -> None:
    for what in (example.CLAUSE, "primary1 starts; primary1 exits", "no.scenario"):
        assert replay.of("ci/x", _ours(what), ["-x"], tmp_path / "into") == (None, ["-x"])


SCENARIO = [f"--scenario={reproduce.ROOT}/conformance/track_record/late_reply.scenario"]

HARMFUL = [
    "primary1 starts -d evil.so",
    "primary1 starts -devil.so",
    "primary1 starts --vdev=net_pcap0,tx_pcap=/root/.profile",
    'primary1 starts "--vdev=net_pcap0,tx_pcap=\\x2froot\\x2f.profile"',
    "primary1 starts; primary1 does dev_probe devargs=net_pcap0,tx_pcap=../x",
    "primary1 starts; primary1 does open path=/dev/null/../x",
    'primary1 starts; primary1 does x inside="y path=\\"/etc/passwd\\""',
]


@pytest.mark.parametrize("text", HARMFUL)
def test_scenario_that_names_a_file_is_refused(tmp_path: Path, text: str) -> None:
    made = example.bundle(tmp_path / "scene", SCENARIO, clause=make.SCENARIO)
    with pytest.raises(CannotRun, match="line 2 of its case.scenario names a file"):
        _taken(tmp_path, _with(made, form.SCENARIO, f"promise a/b\n{text}  # c/d".encode()))
    assert not (tmp_path / "into").exists()


def test_recorded_scenarios_name_no_file() -> None:
    folder = reproduce.ROOT / "conformance/track_record"
    for path in sorted(folder.glob("*.scenario")):
        replay.check_scenario(path.read_text(), path)


@pytest.mark.parametrize(
    "change, said",
    [
        (
            {"clause": "conformance/rte_mp/test_none.py::test_x"},
            "is no clause of this Gauntlet: take",
        ),
        ({"clause": "conformance/../../tmp/x.py::test_x"}, "is no clause of this Gauntlet: take"),
        ({"clause": "conformance/cases_test.py::test_x"}, "is no clause of this Gauntlet: take"),
    ],
)
def test_clause_that_is_not_here_is_one_line(
    tmp_path: Path, change: dict[str, str], said: str
) -> None:
    made = example.bundle(tmp_path / "scene")
    manifest = {**made.manifest, "case": {**made.manifest["case"], **change}}
    with pytest.raises(CannotRun) as error:
        _taken(tmp_path, Bundle(manifest, made.files))
    assert said in str(error.value) and str(error.value).isprintable()


def test_nic_of_another_machine_has_to_be_named(tmp_path: Path) -> None:
    made = _changed(example.bundle(tmp_path / "scene"), port="0000:03:00.0,wire=eth1")
    with pytest.raises(
        CannotRun, match="seen on a NIC, 0000:03:00.0,wire=eth1: name this machine's"
    ):
        _taken(tmp_path, made)
    ours, _ = _taken(tmp_path, made, "--port=net_null")
    assert ours.port == "net_null"


def test_case_without_a_scenario_cannot_be_written_as_one(tmp_path: Path) -> None:
    case = reports.case("breaks", clause=example.CLAUSE)
    made = make.of_case(reports.report(case), case, [])
    with pytest.raises(
        CannotRun, match="--as and --minimise are about a scenario: the scene: nothing"
    ):
        _taken(tmp_path, made, "--as=c")


@pytest.mark.parametrize(
    "content, said",
    [
        (b"{", "its report.json is no JSON"),
        (b'{"schema": 2}', "has schema 2"),
        (json.dumps(reports.report()).encode(), "is about 0 cases, and not 1"),
    ],
)
def test_report_that_is_none_is_one_line(tmp_path: Path, content: bytes, said: str) -> None:
    made = _with(example.bundle(tmp_path / "scene"), form.REPORT, content)
    with pytest.raises(CannotRun) as error:
        _taken(tmp_path, made)
    assert said in str(error.value) and "\n" not in str(error.value)


def test_lines_say_where_it_comes_from(tmp_path: Path) -> None:
    made = _changed(example.bundle(tmp_path / "scene"), busy=8, on="ci/qualify --release 24.11")
    gauntlet = {"commit": "0" * 40, "changed": True}
    made = Bundle({**made.manifest, "gauntlet": gauntlet}, made.files)
    lines = replay.Replay(example.written(tmp_path, made)).lines()
    assert "by Gauntlet 000000000000 with changes, on " in lines[0]
    assert lines[1] == "there: Debian, Linux 6.1.0, 2 CPUs"
    assert lines[2] == "there: DPDK 22.11.11 on net_tap: breaks"
    assert lines[3].endswith(f"[secondary]: {ACTUAL}")
    assert lines[4:6] == [
        "there: beside 8 busy loops: --busy 8 has as many here",
        "there: by ci/qualify --release 24.11; --release here takes the same one",
    ]
    assert lines[6].startswith("this is Gauntlet ")


def test_text_of_a_bundle_does_nothing_to_a_terminal(tmp_path: Path) -> None:
    made = example.bundle(tmp_path / "scene")
    case = {**made.manifest["case"], "way": "\x1b]0;owned\x07\n\u202e"}
    path = example.written(tmp_path, Bundle({**made.manifest, "case": case}, made.files))
    assert all(line.isprintable() for line in replay.Replay(path).lines())


@pytest.mark.parametrize(
    "seen, said",
    [
        ([ACTUAL, ACTUAL], "it fails as in the bundle, in 2 of 2 runs"),
        ([ACTUAL, "", ""], "it fails as in the bundle, in 1 of 3 runs"),
        ([ACTUAL, "it hangs", ""], "in 1 of 3 runs; in 1 of them it failed in another way"),
        (
            ["it hangs"],
            "it did not fail as in the bundle in 1 run; in 1 of them it failed in another",
        ),
        (["", ""], "it did not fail as in the bundle in 2 runs"),
        ([], "no run could tell whether it fails as in the bundle"),
    ],
)
def test_comparison_counts_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], seen: list[str], said: str
) -> None:
    found = replay.Replay(example.written(tmp_path, example.bundle(tmp_path / "scene")))
    cases = [
        reports.case("breaks as recorded" if actual else "holds", actual, clause=example.CLAUSE)
        for actual in seen
    ]
    found.compared(reports.report(*cases), "ci/x")
    assert said in capsys.readouterr().out


def test_redacted_bundle_is_compared_without_what_it_lacks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    actual = "it is (b'the secret', '52:54:00:ab:cd:ef', '10.1.1.1', '0000:03:00.0')"
    made = redact.redacted(example.bundle(tmp_path / "scene", actual=actual))
    assert made.way.endswith(
        "it is (b'axxxxxxxxx', '02:00:00:00:00:01', '198.18.0.1', 'ffff:00:01.0')"
    )
    found = replay.Replay(example.written(tmp_path, made))
    for seen in (actual, actual.replace("secret", "other!"), actual.replace("secret", "one")):
        found.compared(reports.report(reports.case("breaks", "", seen, example.CLAUSE)), "ci/x")
    said = capsys.readouterr().out.splitlines()
    assert ["it fails as in the bundle" in line for line in said] == [True, True, False]
