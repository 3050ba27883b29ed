# SPDX-License-Identifier: BSD-3-Clause
"""Proves that records of breaches are read exactly, per point release, and refused when careless."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.verdicts.expected import ExpectedError, has_record, load, load_reports

ENTRY = """
[[breach]]
clause = "conformance/a.py::test_a"
observed = "(-1, None)"
since = "18.05"
upstream = "none"
why = "Because."
"""


def _write(folder: Path, text: str) -> Path:
    (folder / "22.11.toml").write_text(text)
    return folder


def test_breach_is_read(tmp_path: Path) -> None:
    breaches = load((22, 11, 11), _write(tmp_path, ENTRY))
    assert breaches["conformance/a.py::test_a"].observed == "(-1, None)"
    assert load((24, 11, 0), tmp_path) == {}
    assert (has_record((22, 11, 3), tmp_path), has_record((24, 11, 0), tmp_path)) == (True, False)


def test_cases_that_break_alike_are_one_entry(tmp_path: Path) -> None:
    breaches = load((22, 11, 11), _write(tmp_path, ENTRY + 'cases = ["primary", "secondary"]'))
    assert list(breaches) == [f"conformance/a.py::test_a[{r}]" for r in ("primary", "secondary")]


@pytest.mark.parametrize(
    "bounds, release, there",
    [
        ('until = "22.11.6"', 6, True),
        ('until = "22.11.6"', 7, False),
        ('from = "22.11.5"', 4, False),
        ('from = "22.11.5"', 5, True),
        ('from = "22.11.5"\nuntil = "22.11.6"', 11, False),
    ],
)
def test_point_releases_count(tmp_path: Path, bounds: str, release: int, there: bool) -> None:
    assert bool(load((22, 11, release), _write(tmp_path, ENTRY + bounds))) == there


@pytest.mark.parametrize(
    "text, why",
    [
        (ENTRY.replace('why = "Because."', ""), "needs why"),
        (ENTRY + 'wy = "x"', "unknown key wy"),
        (ENTRY.replace("test_a", "test_*"), "without wildcards"),
        (ENTRY.replace("::test_a", ""), "one node id"),
        (ENTRY + 'until = "soon"', "until must be a release"),
        (ENTRY + ENTRY, "recorded twice"),
        ("[[breach]", "22.11.toml"),
        (ENTRY + 'cases = "primary"', "cases must be a list"),
        (ENTRY + "cases = []", "cases must be a list"),
        (ENTRY.replace("test_a", "test_a[x]") + 'cases = ["y"]', "cases must be a list"),
    ],
)
def test_careless_record_is_refused(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(ExpectedError, match=why):
        load((22, 11, 11), _write(tmp_path, text))


REPORT = """
[[report]]
report = "LeakSanitizer: leak in f"
clause = "conformance/a.py::test_a"
since = "18.05"
upstream = "none"
why = "Because."
"""


def test_report_is_read(tmp_path: Path) -> None:
    reports = load_reports((22, 11, 11), _write(tmp_path, ENTRY + REPORT))
    assert reports["LeakSanitizer: leak in f"].clause == "conformance/a.py::test_a"
    assert load_reports((24, 11, 0), tmp_path) == {}


@pytest.mark.parametrize(
    "text, why",
    [
        (REPORT.replace('why = "Because."', ""), "its keys are"),
        (REPORT + 'observed = "x"', "its keys are"),
        (REPORT + REPORT, "recorded twice"),
    ],
)
def test_careless_report_is_refused(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(ExpectedError, match=why):
        load_reports((22, 11, 11), _write(tmp_path, text))


def test_unknown_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExpectedError, match="unknown table breaches"):
        load((22, 11, 11), _write(tmp_path, ENTRY.replace("[[breach]]", "[[breaches]]")))


def test_records_of_this_house_can_be_read() -> None:
    assert load((22, 11, 11))
    assert load_reports((22, 11, 11))
