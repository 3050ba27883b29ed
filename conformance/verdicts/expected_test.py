# SPDX-License-Identifier: BSD-3-Clause
"""Proves that the record is read exactly, for releases that were seen and for others, is refused when it
is careless, and is written as it was read."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.verdicts.expected import (
    ExpectedError,
    Record,
    has_record,
    load,
    load_reports,
    reached,
)

ENTRY = """[[breach]]
clause = "conformance/a.py::test_a"
observed = "(-1, None)"
since = "18.05"
seen = ["22.11.11"]
upstream = "none"
why = "Because."
"""

REPORT = """[[report]]
report = "LeakSanitizer: leak in f"
clause = "conformance/a.py::test_a"
since = "18.05"
fixed = ["26.07"]
seen = ["22.11.11"]
upstream = "none"
why = "Because."
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "record.toml"


def _write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    "release, points, has_it",
    [
        ((22, 11, 11), ("18.05",), True),
        ((17, 11, 0), ("18.05",), False),
        ((24, 11, 7), ("26.07", "24.11.7"), True),
        ((24, 11, 6), ("26.07", "24.11.7"), False),
        ((25, 11, 9), ("26.07", "24.11.7"), False),  # A fix of one stable series is in no other.
        ((26, 7, 0), ("26.07", "24.11.7"), True),
        ((26, 11, 1), ("26.07",), True),
        ((22, 11, 11), ("1.2.3",), True),
        ((22, 11, 11), (), False),
    ],
)
def test_what_came_with_a_release(
    release: tuple[int, ...], points: tuple[str, ...], has_it: bool
) -> None:
    assert bool(reached(release, points)) == has_it


def test_breach_is_read(path: Path) -> None:
    found = load((22, 11, 11), _write(path, ENTRY))["conformance/a.py::test_a"]
    assert (found.observed, found.since, found.fixed) == ("(-1, None)", ("18.05",), ())
    assert (has_record((22, 11, 11), path), has_record((24, 11, 0), path)) == (True, False)


def test_release_that_was_not_seen_is_predicted(path: Path) -> None:
    _write(path, ENTRY + 'fixed = ["26.07", "24.11.7"]\n')
    broken = {r for r in [(18, 2), (18, 5), (24, 11, 6), (24, 11, 7), (26, 7)] if load(r, path)}
    assert broken == {(18, 5), (24, 11, 6)}


def test_what_was_seen_counts_more_than_what_is_predicted(path: Path) -> None:
    text = ENTRY.replace('["22.11.11"]', '["24.11.7"]') + 'fixed = ["24.11.7"]\n'
    assert load((24, 11, 7), _write(path, text))
    assert not load((24, 11, 8), path)


@pytest.mark.parametrize(
    "release, observed",
    [
        ((20, 11, 3), "old"),  # Seen on none before: the first one that was.
        ((22, 11, 11), "old"),
        ((23, 11, 7), "old"),
        ((24, 11, 8), "new"),
        ((25, 11, 4), "new"),
    ],
)
def test_nearest_observation_is_predicted(
    path: Path, release: tuple[int, ...], observed: str
) -> None:
    old = ENTRY.replace("(-1, None)", "old")
    new = ENTRY.replace("(-1, None)", "new").replace("22.11.11", "24.11.8")
    (found,) = load(release, _write(path, new + old)).values()
    assert found.observed == observed


def test_observation_that_came_last_is_predicted(path: Path) -> None:
    new = (
        ENTRY.replace("(-1, None)", "new").replace("22.11.11", "25.11.4").replace("18.05", "24.07")
    )
    _write(path, ENTRY + new)
    found = {release: load(release, path) for release in [(24, 3, 0), (24, 7, 0)]}
    observed = [breach.observed for breaches in found.values() for breach in breaches.values()]
    assert observed == ["(-1, None)", "new"]


def test_breach_that_nobody_has_seen_is_predicted(path: Path) -> None:
    assert load((22, 11, 11), _write(path, ENTRY.replace('["22.11.11"]', "[]")))
    assert Record.read(path).text() == path.read_text()


def test_breach_of_one_kind_of_port_is_expected_on_that_only(path: Path) -> None:
    record = Record.read(_write(path, ENTRY.replace("observed", 'port = "net_pcap"\nobserved')))
    (breach,) = record.of((22, 11, 11), "net_pcap").values()
    assert breach.observed == "(-1, None)"
    assert record.of((22, 11, 11), "net_tap") == record.of((22, 11, 11)) == {}
    assert record.text() == path.read_text()


def test_cases_that_break_alike_are_one_entry(path: Path) -> None:
    breaches = load((22, 11, 11), _write(path, ENTRY + 'cases = ["primary", "secondary"]'))
    assert list(breaches) == [f"conformance/a.py::test_a[{r}]" for r in ("primary", "secondary")]


@pytest.mark.parametrize(
    "text, why",
    [
        (ENTRY.replace('why = "Because."', ""), "needs why"),
        (ENTRY.replace('seen = ["22.11.11"]', ""), "needs seen"),
        (ENTRY + 'wy = "x"', "unknown key wy"),
        (ENTRY.replace("test_a", "test_*"), "without wildcards"),
        (ENTRY.replace("::test_a", ""), "one node id"),
        (ENTRY + 'fixed = ["soon"]', "fixed: 'soon' is no release"),
        (ENTRY + ENTRY, "recorded twice for 22.11.11"),
        ("[[breach]", "record.toml"),
        (ENTRY + 'cases = "primary"', "cases must be a list"),
        (ENTRY + "cases = []", "cases must be a list"),
        (ENTRY.replace("test_a", "test_a[x]") + 'cases = ["y"]', "cases must be a list"),
        (ENTRY.replace("[[breach]]", "[[breaches]]"), "unknown table breaches"),
        (REPORT.replace('why = "Because."', ""), "needs why"),
        (REPORT + 'observed = "x"', "unknown key observed"),
        (REPORT + REPORT, "recorded twice for 22.11.11"),
    ],
)
def test_careless_record_is_refused(path: Path, text: str, why: str) -> None:
    with pytest.raises(ExpectedError, match=why):
        load((22, 11, 11), _write(path, text))


def test_report_is_read(path: Path) -> None:
    _write(path, ENTRY + REPORT)
    assert load_reports((22, 11, 11), path)["LeakSanitizer: leak in f"].fixed == ("26.07",)
    assert load_reports((26, 7, 0), path) == {}


def test_record_is_written_as_it_was_read(path: Path) -> None:
    cases = ENTRY.replace("observed", 'cases = ["x", "y"]\nobserved')
    text = "# What is recorded.\n\n" + "\n".join([ENTRY.replace("test_a", "test_b"), cases, REPORT])
    assert Record.read(_write(path, text)).text() == text


def test_record_of_this_house_is_written_as_it_would_be() -> None:
    record = Record.read()
    assert record.breaches and record.reports
    assert record.text() == (Path(__file__).parent.parent / "expected/record.toml").read_text()
