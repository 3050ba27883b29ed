# SPDX-License-Identifier: BSD-3-Clause
"""Proves of which cases bundles are made, what is said in one, and that its page opens as a report's."""

from __future__ import annotations

import errno
import json
import re
from pathlib import Path
from typing import Any

import pytest

from ci import again
from ci.answer import example as reports
from ci.answer import runs
from ci.bundles import archive, example, facts, make
from ci.bundles import format as form


def test_bundle_says_all_that_a_run_needs(tmp_path: Path) -> None:
    made = example.bundle(tmp_path / "scene", ["-k", "x", "--fuzz-seed", "7", "--ring-objects=9"])
    manifest = made.manifest
    assert manifest["run"]["kind"] == form.CLAUSE
    assert {"--fuzz-seed=7", "--ring-objects=9", "--model-seed=1"} <= set(
        manifest["run"]["options"]
    )
    assert len(manifest["run"]["options"]) == 5
    assert manifest["case"]["clause"] == example.CLAUSE
    assert manifest["gauntlet"] == facts.gauntlet()
    assert manifest["host"]["name"] == Path("/proc/sys/kernel/hostname").read_text().strip()
    assert {form.REPORT, form.PAGE, form.SCENARIO, "scene/timeline.jsonl"} <= set(made.files)


def test_scenario_of_a_case_is_told_from_its_timeline(tmp_path: Path) -> None:
    text = example.bundle(tmp_path / "scene").scenario
    assert text is not None
    assert "primary1 starts\n" in text and "a1: primary1 does mp_sendmsg param=736563" in text


@pytest.mark.parametrize(
    "clause, option, kind",
    [
        (make.SCENARIO, "--scenario={file}", form.OF_SCENARIO),
        (make.MODEL_SCRIPT, "--model-script=primary1 starts", form.OF_SCRIPT),
    ],
)
def test_what_was_run_is_in_the_bundle(tmp_path: Path, clause: str, option: str, kind: str) -> None:
    file = tmp_path / "mine.scenario"
    file.write_text("primary1 starts")
    made = example.bundle(tmp_path / "scene", [option.format(file=file)], clause=clause)
    assert (made.manifest["run"]["kind"], made.scenario) == (kind, "primary1 starts")


def test_report_in_it_is_of_this_case_and_says_where_it_comes_from(tmp_path: Path) -> None:
    path = example.written(tmp_path, example.bundle(tmp_path / "scene"))
    report = runs.read(path)
    (case,) = report["clauses"]
    assert (report["counts"], report["selected"], report["partial"]) == ({"breaks": 1}, 1, False)
    assert case["files"]["primary1/core.7.stacks"] == "#0 rte_mp_sendmsg\n"
    assert re.match(r"a bundle of .+, made 20.+ by Gauntlet [0-9a-f]{12}", report["remarks"][0])


def test_page_in_it_is_the_page_of_the_report(tmp_path: Path) -> None:
    page = example.bundle(tmp_path / "scene").files[form.PAGE].decode()
    assert "1 case is red" in page.lower() and "primary1 died: SIGSEGV" in page
    assert "a bundle of " in page


def test_scene_that_cannot_be_told_as_scenario_is_no_end(tmp_path: Path) -> None:
    odd = [{"at": 1, "who": "primary1", "what": "tell x"}]
    case = reports.case("breaks", scene=str(example.scene_of(tmp_path / "scene", odd)))
    made = make.of_case(reports.report(case), case, [])
    assert made.scenario is None
    assert (
        "case.scenario: the timeline cannot be told as one (KeyError('id'))"
        in made.manifest["left_out"]
    )


def test_case_without_a_scene_is_told(tmp_path: Path) -> None:
    case = reports.case("breaks", "1", clause=example.CLAUSE)
    made = make.of_case(reports.report(case), case, [])
    assert made.manifest["left_out"][0] == "the scene: nothing was kept of it"
    assert form.read(example.written(tmp_path, made)) == made


def _keep(folder: Path, *cases: dict[str, Any], **more: Any) -> list[str]:
    make.keep("ci/x", reports.report(*cases), [], folder, **more)
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_there_is_a_bundle_for_each_red_case(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = _keep(
        tmp_path / "bundles",
        reports.case("holds"),
        reports.case("breaks as recorded", "1", clause="conformance/a/test_a.py::test_known"),
        reports.case("not run", "", "no hugepages", clause="conformance/a/test_a.py::test_skipped"),
        reports.case("breaks", "2", clause="conformance/a/test_a.py::test_a[one two]"),
        reports.case("Gauntlet's own fault", "3", clause="conformance/a/test_a.py::test_fault"),
    )
    assert names == ["test_a-one-two-22.11.11.tar.zst", "test_fault-22.11.11.tar.zst"]
    said = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"ci/x: bundle: \S+/test_a-one-two-22.11.11.tar.zst \(\d+ kB\)", said[0])


def test_there_is_one_for_each_way_to_fail_also_of_what_is_on_record(tmp_path: Path) -> None:
    seen = [("holds", ""), ("breaks as recorded", "1"), ("breaks differently", "2")]
    cases = [reports.case(how, actual) for how, actual in [*seen, *seen, ("inconclusive", "3")]]
    names = _keep(tmp_path / "bundles", *cases, wanted=make.failed, busy=3)
    assert names == ["test_a-22.11.11.2.tar.zst", "test_a-22.11.11.tar.zst"]
    found = [form.read(tmp_path / "bundles" / name).manifest for name in names]
    assert {one["case"]["how"] for one in found} == {"breaks as recorded", "breaks differently"}
    assert [one["run"]["busy"] for one in found] == [3, 3]


@pytest.mark.parametrize(
    "what, name",
    [("", "scenario"), ("a/mine.scenario", "mine"), (f"primary1 starts; {'x' * 5000}", "scenario")],
)
def test_bundle_of_a_scenario_is_called_as_its_file(what: str, name: str) -> None:
    assert make.called(what, {"clause": make.SCENARIO}) == name
    assert make.called(what, {"clause": "conformance/a.py::test_a[x]"}) == "test_a[x]"


def test_many_red_cases_have_some_bundles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(make, "MOST", 2)
    cases = [reports.case("breaks", clause=f"conformance/a/test_a.py::test_{n}") for n in range(5)]
    assert len(_keep(tmp_path / "bundles", *cases)) == 2
    assert "no bundles of 3 more: ci/reproduce NODEID makes them" in capsys.readouterr().out


def test_full_disk_is_told_and_no_end_of_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def publish(*arguments: Any) -> Path:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(archive, "publish", publish)
    _keep(tmp_path / "bundles", reports.case("breaks"))
    assert "no bundle of conformance/a/test_a.py::test_a: [Errno 28]" in capsys.readouterr().out


def test_checkout_that_git_does_not_know_has_no_commit(tmp_path: Path) -> None:
    told = {"gauntlet": facts.gauntlet(tmp_path), "made": "now"}
    assert make.made_by(told) == "made now by Gauntlet of an unknown commit (no git checkout)"


def test_manifest_is_plain_json(tmp_path: Path) -> None:
    manifest = example.bundle(tmp_path / "scene").manifest
    assert json.loads(json.dumps(manifest)) == manifest


def test_each_option_that_changes_a_clause_is_in_a_bundle_and_allowed_there() -> None:
    schema = json.loads(Path(form.__file__).with_name("schema.json").read_text())
    pattern = schema["properties"]["run"]["properties"]["options"]["items"]["pattern"]
    told = [line.partition("=")[0] for line in make.options_of([])]
    assert {*told, "--model-script"} == set(again.OPTIONS)
    assert all(re.search(pattern, line) for line in make.options_of([]))
