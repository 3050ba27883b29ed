# SPDX-License-Identifier: BSD-3-Clause
"""Proves which releases are run beside which, what the table says of them, and when a run is red."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ci import mixed, qualify
from ci.answer.example import case, report
from ci.host import build, enter, packages
from ci.host.say import COULD_NOT_RUN, CannotRun
from ci.releases import RELEASES
from ci.subject import OfDebian

ROOT = Path(__file__).resolve().parent.parent
OLD, NEW = OfDebian(RELEASES[0]), OfDebian(RELEASES[-1])

DATAGRAM = "test_datagram_of_another_release_is_survived"
DESCRIPTORS = "test_descriptors_of_another_release_are_survived"


def _report(*cases: tuple[str, str, str], partial: bool = False) -> dict[str, Any]:
    """A report with these cases: name, how it ended, what was observed."""
    told = [
        case(how, observed, clause=f"conformance/mixed/test_x.py::{name}")
        for name, how, observed in cases
    ]
    return report(*told, partial=partial)


def test_each_release_is_run_beside_each_other_one() -> None:
    assert mixed.pairs([OLD, NEW], None) == [(OLD, NEW), (NEW, OLD)]
    assert mixed.pairs([OLD, NEW], "25.11") == [(NEW, OLD)]
    assert len(mixed.pairs([OfDebian(release) for release in RELEASES], None)) == 12


def test_one_release_is_not_two() -> None:
    with pytest.raises(CannotRun, match="--mixed needs two releases"):
        mixed.pairs([OLD], None)
    with pytest.raises(CannotRun, match="--on 23.11: it is none of 20.11, 25.11"):
        mixed.pairs([OLD, NEW], "23.11")


def test_cell_says_what_happens_between_two() -> None:
    of_primary = _report(
        ("test_refused_process_harms_nobody[secondary]", "holds", ""),
        ("test_refused_process_harms_nobody[primary]", "breaks", "{'files': '1 left'}"),
        (f"{DATAGRAM}[340-bytes-primary-message]", "breaks as recorded", "'it has ended'"),
        (f"{DATAGRAM}[340-bytes-secondary-message]", "holds", ""),
    )
    of_secondary = _report(
        ("test_secondary_of_another_release_is_refused[secondary]", "holds", ""),
        ("test_refusal_says_why[secondary]", "breaks as recorded", "(-1, False)"),
        (f"{DATAGRAM}[332-bytes-secondary-message]", "holds", ""),
        (f"{DESCRIPTORS}[332-bytes-8-descriptors-secondary]", "holds", ""),
    )
    assert mixed.cell(of_primary, of_secondary) == [
        "refused, no rte_errno",
        "the primary: unharmed",
        "datagrams to the primary: end its IPC thread",
        "datagrams to a secondary: survived",
    ]


def test_cell_tells_of_descriptors_that_do_not_fit() -> None:
    of_secondary = _report(
        (f"{DATAGRAM}[332-bytes-secondary-message]", "holds", ""),
        (f"{DESCRIPTORS}[332-bytes-253-descriptors-secondary]", "breaks as recorded", "'it ended'"),
    )
    assert mixed.cell(None, of_secondary)[-1] == (
        "datagrams to a secondary: survived, but those with more descriptors than it takes end its IPC "
        "thread"
    )


def test_cell_tells_what_is_not_known_and_what_is_unheard_of() -> None:
    admitted = _report(
        ("test_secondary_of_another_release_is_refused[secondary]", "breaks", "'not refused'"),
        ("test_refusal_says_why[secondary]", "not run", ""),
        (f"{DATAGRAM}[332-bytes-secondary-message]", "inconclusive", "too slow"),
    )
    assert mixed.cell(None, admitted) == [
        "'not refused', not run",
        "the primary: not run",
        "datagrams to the primary: not run",
        "datagrams to a secondary: too slow",
    ]


def test_table_has_a_row_for_each_primary() -> None:
    reports = {("20.11", "25.11"): _report(), ("25.11", "20.11"): _report()}
    lines = mixed.table(reports).splitlines()
    assert lines[0].split() == ["primary", "\\", "secondary", "20.11", "25.11"]
    assert [line.split()[0] for line in lines if line[:1].isdigit()] == ["20.11", "25.11"]
    assert "the same release" in lines[2]
    assert max(map(len, lines)) <= 3 * mixed.WIDTH
    assert "DPDK version mismatch" in lines[-1]


@pytest.mark.parametrize(
    ("hows", "status"),
    [
        (("holds", "breaks as recorded"), 0),
        (("holds", "breaks"), 1),
        (("not run", "breaks"), 1),
        (("holds", "not run"), COULD_NOT_RUN),
        (("holds", "Gauntlet's own fault"), COULD_NOT_RUN),
    ],
)
def test_any_red_clause_is_the_exit_status(hows: tuple[str, str], status: int) -> None:
    first, second = (_report(("test_a[x]", how, "")) for how in hows)
    text, code = mixed.answer({("20.11", "25.11"): first, ("25.11", "20.11"): second})
    assert code == status
    assert "20.11 beside 25.11: DPDK 22.11.11 on net_tap: 1 cases of 1 clauses" in text


def test_no_report_is_no_table() -> None:
    assert mixed.answer({}) == ("", 0)


def test_clauses_that_the_table_is_made_of_exist() -> None:
    written = "".join(path.read_text() for path in (ROOT / mixed.CLAUSES).glob("test_*.py"))
    asked = (
        "test_secondary_of_another_release_is_refused",
        "test_refusal_says_why",
        DATAGRAM,
        DESCRIPTORS,
    )
    for name in (*asked, "test_refused_process_harms_nobody"):
        assert f"def {name}(" in written


class _Release:
    """A release that is there, with nothing in it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.option = f"--release {name}"

    def ready(self, command: str) -> dict[str, str]:
        return {"GAUNTLET_PEER": f"/{self.name}"}


def _release(name: str) -> Any:
    return _Release(name)


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing is installed or built."""
    monkeypatch.setattr(packages, "install", lambda *_: None)
    monkeypatch.setattr(build, "build", lambda *_, **__: None)
    monkeypatch.setattr(mixed, "REPORTS", ROOT / "build" / "mixed_test" / tmp_path.name)


def test_run_has_the_other_release_beside_it(monkeypatch: pytest.MonkeyPatch, quiet: None) -> None:
    told: list[Any] = []

    def pytest_(command: str, argv: list[str], more: dict[str, str]) -> int:
        told.append((argv[-1], more))
        raise CannotRun("no pytest here")

    monkeypatch.setattr(enter, "run", pytest_)
    with pytest.raises(CannotRun, match="22.11 beside 25.11: no pytest here"):
        mixed.run("ci/qualify", _release("22.11"), _release("25.11"), "net_tap", [])
    ((clauses, more),) = told
    assert clauses == "conformance/mixed"
    assert (more["GAUNTLET_PEER"], more["GAUNTLET_OTHER_PEER"]) == ("/22.11", "/25.11")
    assert more["GAUNTLET_ALONE"] == "ci/qualify --mixed --on 22.11 --release 22.11 --release 25.11"


@pytest.mark.parametrize(
    ("partial", "last"),
    [
        (False, "1 of 2 pairs were run; the answer is in {}; 25.11 beside 22.11 NOT RUN"),
        (True, "22.11 beside 25.11 PARTIAL; 25.11 beside 22.11 NOT RUN"),
    ],
)
def test_pair_that_is_not_run_whole_is_named_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
    quiet: None,
    capsys: pytest.CaptureFixture[str],
    partial: bool,
    last: str,
) -> None:
    def run(command: str, subject: Any, *_: Any) -> Any:
        if subject.name == "25.11":
            raise CannotRun("25.11 cannot be had: the registry is down")
        return _report(("test_a[x]", "holds", ""), partial=partial)

    monkeypatch.setattr(mixed, "run", run)
    pairs = mixed.pairs([_release("22.11"), _release("25.11")], None)
    assert mixed.run_all("ci/qualify", pairs, "net_tap", []) == COULD_NOT_RUN
    said = capsys.readouterr().out
    assert said.splitlines()[-1].endswith(last.format(mixed.REPORTS.relative_to(ROOT)))
    assert "22.11 beside 25.11: " in (mixed.REPORTS / "answer.txt").read_text()
    assert mixed.run_all("ci/qualify", pairs[:1], "net_tap", []) == (
        COULD_NOT_RUN if partial else 0
    )


def test_command_hands_its_pairs_on(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Any] = []

    def run_all(*given: Any) -> int:
        told.append(given)
        return 1

    monkeypatch.setattr(mixed, "run_all", run_all)
    options = ["--mixed", "--release", "22.11", "--release", "25.11", "--on", "25.11", "-x"]
    assert qualify.main(options) == 1
    ((_, pairs, port, rest),) = told
    assert [mixed.called(*pair) for pair in pairs] == ["25.11 beside 22.11"]
    assert (port, rest) == ("net_tap", ["-x"])
