# SPDX-License-Identifier: BSD-3-Clause
"""Proves the whole on toy clauses, by pytest: one that cannot fail is found, one that can is not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.lies.judgement import text_of
from conformance.lies.trial import Finding

ROOT = Path(__file__).resolve().parent.parent.parent

HEAD = """
import pytest
from targets.observed import observed
from targets.protocol import Facts

class Peer:
    name = "toy"

    @observed
    def call(self, verb):
        return Facts({"ret": 0, "at": 5 * 10**9, "msgs": [{"param": "70"}]})

    @observed
    def expect(self, event):
        return Facts({"at": 5 * 10**9 + 7})

peer = Peer()

"""

CAN = {
    "of an answer": "r = peer.call('x')\n    assert r.ret == 0",
    "of a tuple": "r = peer.call('x')\n    assert (r.ret, r.msgs[0].param) == (0, '70')",
    "of two times": "r = peer.call('x')\n    assert peer.expect('e').at > r.at",
    "over several lines": "r = peer.call('x')\n    assert (\n        r.ret\n        == 0\n    )",
    "of what was read before": "r = [peer.call('x').ret for _ in 'ab']\n    assert r == [0, 0]",
    "by what the harness says": "peer.call('x')",
}

CANNOT = {
    "a tolerance too large": "r = peer.call('x')\n    " "assert peer.expect('e').at > r.at - 10**9",
    "always true": "r = peer.call('x')\n    assert r.ret == 0 or True",
    "an object": "assert peer.call('x')",
    "nothing that is observed": "one = 1\n    assert one == 1",
}


TWO = {
    "two": "r = peer.call('x')\n    assert r.ret == 0\n    assert r.at",
    "two at once": "r = peer.call('x')\n    assert (r.ret, r.at > 0 or True) == (0, True)",
    "two in a list": "r = peer.call('x')\n    assert [r.ret, bool(r)] == [0, True]",
}
TOYS = {**CAN, **CANNOT, **TWO}


def _pytest(folder: Path, bodies: dict[str, str], *options: str) -> int:
    """Writes toy clauses, and holds their trials; pytest's exit status."""
    (folder / "pytest.ini").write_text("[pytest]\nenable_assertion_pass_hook = true\n")
    toys = [f"def test_{_name(name)}():\n    {body}\n" for name, body in bodies.items()]
    (folder / "test_toy.py").write_text(HEAD + "\n\n".join(toys))
    argv = [sys.executable, "-m", "pytest", "-q", "-p", "conformance.lies.plugin"]
    argv += ["-p", "no:cacheprovider", "--lies-folder=lies", "--lies-release=r", *options]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(argv, cwd=folder, env=env, capture_output=True).returncode


def _name(toy: str) -> str:
    return toy.replace(" ", "_")


def _finding(folder: Path, toy: str) -> Finding:
    raw = json.loads((folder / "lies" / "r" / f"test_toy.py-test_{_name(toy)}.json").read_text())
    return Finding(**raw["finding"])


@pytest.fixture(scope="module")
def toys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which all toys have had their trial."""
    folder = tmp_path_factory.mktemp("toys")
    assert _pytest(folder, TOYS) == pytest.ExitCode.TESTS_FAILED
    return folder


@pytest.mark.parametrize("toy", CAN)
def test_an_assertion_that_can_fail_is_not_listed(toys: Path, toy: str) -> None:
    found = _finding(toys, toy)
    assert (found.assertions != [], found.cannot_fail) == (True, [])


@pytest.mark.parametrize("toy", CANNOT)
def test_an_assertion_that_cannot_fail_is_listed(toys: Path, toy: str) -> None:
    found = _finding(toys, toy)
    assert (len(found.assertions), found.cannot_fail) == (1, found.assertions)


@pytest.mark.parametrize(
    "toy, listed",
    [
        ("two", "r.at"),
        ("two at once", "r.at > 0 or True == True"),
        ("two in a list", "bool(r) == True"),
    ],
)
def test_of_two_assertions_each_has_its_own_answer(toys: Path, toy: str, listed: str) -> None:
    found = _finding(toys, toy)
    assert [text_of(each) for each in found.cannot_fail] == [listed]
    assert [text_of(each) for each in found.noticed] == ["r.ret == 0"]


def test_every_lie_is_told_on_demand(tmp_path: Path) -> None:
    toy = {"toy": CAN["of a tuple"]}
    assert _pytest(tmp_path, toy, "--lies-every") == pytest.ExitCode.OK
    assert _finding(tmp_path, "toy").runs > 5


def test_what_was_found_is_not_looked_for_again(tmp_path: Path) -> None:
    toy = {"toy": CAN["of an answer"]}
    assert _pytest(tmp_path, toy) == pytest.ExitCode.OK
    assert _pytest(tmp_path, toy) == pytest.ExitCode.NO_TESTS_COLLECTED
    toy = {"toy": CANNOT["always true"]}
    assert _pytest(tmp_path, toy) == pytest.ExitCode.TESTS_FAILED


def test_a_file_that_cannot_be_read_is_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "test_broken.py").write_text("import nothing_of_this_name\n")
    _pytest(tmp_path, {"toy": CAN["of an answer"]}, "--continue-on-collection-errors")
    selected = json.loads((tmp_path / "lies" / "selected.json").read_text())
    assert selected["test_broken.py"] == ""


def test_a_clause_that_is_red_by_itself_is_told_no_lie(tmp_path: Path) -> None:
    assert _pytest(tmp_path, {"toy": "assert peer.call('x').ret == 5"}) == 1
    assert _finding(tmp_path, "toy").untried.startswith("call failed without a lie")
