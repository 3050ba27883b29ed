# SPDX-License-Identifier: BSD-3-Clause
"""Proves the whole on toy clauses, by pytest: one that cannot fail is found, one that can is not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

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


def _found(tmp_path: Path, body: str, *options: str) -> dict[str, Any]:
    (tmp_path / "pytest.ini").write_text("[pytest]\nenable_assertion_pass_hook = true\n")
    (tmp_path / "test_toy.py").write_text(f"{HEAD}def test_toy():\n    {body}\n")
    argv = [sys.executable, "-m", "pytest", "-q", "-p", "conformance.lies.plugin"]
    folder = tmp_path / "lies"
    subprocess.run(
        [*argv, "-p", "no:cacheprovider", f"--lies-folder={folder}", "--lies-release=r", *options],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=True,
    )
    (file,) = (folder / "r").iterdir()
    finding: dict[str, Any] = json.loads(file.read_text())["finding"]
    return finding


@pytest.mark.parametrize("body", CAN.values(), ids=CAN.keys())
def test_an_assertion_that_can_fail_is_not_listed(tmp_path: Path, body: str) -> None:
    found = _found(tmp_path, body)
    assert (len(found["assertions"]), len(found["noticed"])) == (1, 1)


@pytest.mark.parametrize("body", CANNOT.values(), ids=CANNOT.keys())
def test_an_assertion_that_cannot_fail_is_listed(tmp_path: Path, body: str) -> None:
    found = _found(tmp_path, body)
    assert (len(found["assertions"]), found["noticed"]) == (1, {})


def test_of_two_assertions_each_has_its_own_answer(tmp_path: Path) -> None:
    found = _found(tmp_path, "r = peer.call('x')\n    assert r.ret == 0\n    assert r.at")
    assert [each for each in found["assertions"] if each not in found["noticed"]] == [
        f"line {HEAD.count(chr(10)) + 4}: r.at"
    ]


def test_every_lie_is_told_on_demand(tmp_path: Path) -> None:
    found = _found(tmp_path, CAN["of a tuple"], "--lies-every")
    assert found["runs"] > 5


def test_what_was_found_is_not_looked_for_again(tmp_path: Path) -> None:
    _found(tmp_path, CAN["of an answer"])
    with pytest.raises(subprocess.CalledProcessError) as again:
        _found(tmp_path, CAN["of an answer"])
    assert again.value.returncode == pytest.ExitCode.NO_TESTS_COLLECTED
    _found(tmp_path, CANNOT["always true"])  # It has changed.
