# SPDX-License-Identifier: BSD-3-Clause
"""Proves how clauses meet pytest: red ones are red, with their lines, and leave their scene."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from conformance.verdicts.run import find_peer, greet
from targets.dpdk import Dpdk

ROOT = Path(__file__).resolve().parents[2]

CLAUSES = '''
"""Clauses that are made to end in each way."""
import os
import signal
import subprocess
import pytest
from faults.process import Killed, Stopped
from targets.outcome import TooSlow, Unavailable


def test_holds(scene):
    """It holds.

    Source: here
    Since: 18.05   Strength: must
    """
    assert scene.primary().alive


def test_breaks(scene):
    """It breaks.

    Source: here
    Since: 18.05   Strength: must
    """
    r = scene.primary().call("mp_sendmsg", name="")
    assert (r.ret, r.rte_errno) == (0, None)


@pytest.mark.parametrize("on", ["this release", "another one"])
def test_breaks_as_seen(scene, on):
    """It breaks as it did.

    Source: here
    Since: 18.05   Strength: must
    """
    assert scene.primary().call("mp_sendmsg", name="").ret == 0


def test_is_promised_later(scene):
    """It will hold.

    Source: here
    Since: 99.11   Strength: must
    """
    assert scene.primary().call("mp_sendmsg", name="").ret == 0


def test_is_promised_and_possible_later(scene):
    """It will hold, of a function that is not there yet.

    Source: here
    Since: 99.11   Strength: must
    """
    raise Unavailable("rte_later is not in this DPDK")


def test_dies(scene):
    """Nobody dies.

    Source: here
    Since: 18.05   Strength: must
    """
    peer = scene.primary()
    peer.send_signal(signal.SIGABRT)
    peer.expect("what will never come")


def test_leaves(scene):
    """Nothing is left.

    Source: here
    Since: 18.05   Strength: must
    """
    scene.primary()
    scene.isolation.inside(subprocess.check_call, ["sh", "-c", "sleep 1000 & exit 0"])


def test_does_not_bite(scene):
    """It bites.

    Source: here
    Since: 18.05   Strength: must
    """
    peer = scene.primary()
    with Stopped(peer):
        peer.resume()
        peer.call("heap_in_use")


def test_cannot_be_run(scene):
    """It needs a unicorn.

    Source: here
    Since: 18.05   Strength: must
    """
    raise Unavailable("needs a unicorn")


def test_is_wrong(scene):
    """The clause itself is wrong.

    Source: here
    Since: 18.05   Strength: must
    """
    scene.primary().call("shout")


def test_never_greets(scene):
    """A peer greets.

    Source: here
    Since: 18.05   Strength: must
    """
    scene.argv_prefix = ("false",)
    scene.primary()


def test_is_too_slow(scene):
    """The machine is fast.

    Source: here
    Since: 18.05   Strength: must
    """
    raise TooSlow("the answer came 2 s late")


def test_takes_the_worker_along(scene):
    """Nobody ends us.

    Source: here
    Since: 18.05   Strength: must
    """
    os._exit(3)


@pytest.fixture
def broken():
    raise OSError(22, "Invalid argument")


def test_cannot_be_set_up(scene, broken):
    """It can be set up.

    Source: here
    Since: 18.05   Strength: must
    """


@pytest.fixture
def breaks_afterwards():
    yield
    raise OSError(22, "Invalid argument")


def test_cannot_be_taken_down(breaks_afterwards):
    """It can be taken down.

    Source: here
    Since: 18.05   Strength: must
    """


@pytest.mark.timeout(1)
def test_takes_too_long(scene):
    """It ends.

    Source: here
    Since: 18.05   Strength: must
    """
    signal.pause()
'''

OWN_FAULTS = (
    "test_is_wrong",
    "test_never_greets",
    "test_takes_the_worker_along",
    "test_cannot_be_set_up",
    "test_cannot_be_taken_down",
    "test_takes_too_long",
)


RECORD = "".join(
    f"""[[breach]]
clause = "conformance/test_ends.py::test_breaks_as_seen[{on}]"
observed = "-1"
since = "18.05"
seen = ["{release}"]
upstream = "none"
why = "Because."
"""
    for on, release in [("this release", "{this}"), ("another one", "18.05.1")]
)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    """The output and the report of a run of the clauses above, in a house of links."""
    house = tmp_path_factory.mktemp("house")
    for room in ("targets", "faults", "traffic", "build", "pytest.ini"):
        (house / room).symlink_to(ROOT / room)
    (house / "conformance").mkdir()
    for file in ("__init__", "conftest", "fuzz", "roles"):
        shutil.copy(ROOT / "conformance" / f"{file}.py", house / "conformance")
    # Not links: what is in here finds its house by its own place.
    shutil.copytree(ROOT / "conformance" / "verdicts", house / "conformance" / "verdicts")
    (house / "conformance" / "model").symlink_to(ROOT / "conformance" / "model")
    (house / "conformance" / "expected").mkdir()
    this = ".".join(map(str, greet(Dpdk(find_peer()))["version"]))
    (house / "conformance" / "expected" / "record.toml").write_text(RECORD.format(this=this))
    (house / "conformance" / "test_ends.py").write_text(CLAUSES)
    argv = ["/usr/bin/python3", "-m", "pytest", "-q", "-n", "2", "--report", str(house / "report")]
    done = subprocess.run([*argv, "conformance"], cwd=house, capture_output=True, text=True)
    report = json.loads((house / "report" / "report.json").read_text())
    hows = {c["clause"].rpartition("::")[2]: c for c in report["clauses"]}
    return done, report, hows, house


def test_every_ending_has_its_verdict(ran) -> None:  # type: ignore[no-untyped-def]
    done, report, clauses, _ = ran
    assert {name: clause["how"] for name, clause in clauses.items()} == {
        "test_holds": "holds",
        "test_breaks": "breaks",
        "test_breaks_as_seen[this release]": "breaks as recorded",
        "test_breaks_as_seen[another one]": "breaks as predicted",
        "test_is_promised_later": "not yet promised",
        "test_is_promised_and_possible_later": "not yet promised",
        "test_dies": "breaks",
        "test_leaves": "breaks",
        "test_does_not_bite": "inconclusive",
        "test_cannot_be_run": "not run",
        "test_is_too_slow": "inconclusive: the machine",
        **{name: "Gauntlet's own fault" for name in OWN_FAULTS},
    }
    assert (done.returncode, report["partial"], report["selected"]) == (1, False, 17)


def test_cases_of_a_report_are_left_out(ran) -> None:  # type: ignore[no-untyped-def]
    _, report, _, house = ran
    cases = [case for case in report["clauses"] if "[" not in case["clause"]]
    (house / "half.json").write_text(json.dumps({"clauses": cases}))
    argv = ["/usr/bin/python3", "-m", "pytest", "-q", "--collect-only", "--without=half.json"]
    done = subprocess.run([*argv, "conformance"], cwd=house, capture_output=True, text=True)
    left = [line for line in done.stdout.splitlines() if "::" in line]
    assert [line.partition("::")[2] for line in left] == [
        "test_breaks_as_seen[this release]",
        "test_breaks_as_seen[another one]",
    ]


def test_first_scene_of_each_way_to_break_is_kept(ran) -> None:  # type: ignore[no-untyped-def]
    house = ran[3]
    argv = ["/usr/bin/python3", "-m", "pytest", "-q", "--report=kept", "--keep-ways", "--times=2"]
    argv += ["-k", "test_holds or test_breaks_as_seen or test_is_promised_later", "conformance"]
    subprocess.run(argv, cwd=house, capture_output=True)
    report = json.loads((house / "kept" / "report.json").read_text())
    kept = {case["clause"]: case["scene"] for case in report["clauses"] if case["scene"]}
    names = ["breaks_as_seen-another-one", "breaks_as_seen-this-release", "is_promised_later"]
    assert sorted(kept.values()) == [f"kept/scenes/test_ends.py-test_{name}" for name in names]
    assert sorted(path.name for path in (house / "kept" / "scenes").iterdir()) == [
        f"test_ends.py-test_{name}" for name in names
    ]


def test_own_fault_says_what_failed_and_where(ran) -> None:  # type: ignore[no-untyped-def]
    text, clauses = ran[0].stdout, ran[2]
    assert "Gauntlet's own fault\n  promise   A peer greets.\n" in text
    assert "  actual    HarnessFault: primary1 ended (exit 1) and never greeted; " in text
    assert "            because of Died: expected event greeting of primary1" in text
    assert "conformance/test_ends.py:" in clauses["test_cannot_be_set_up"]["actual"]
    assert "OSError: [Errno 22]" in clauses["test_cannot_be_taken_down"]["actual"]
    assert "crashed" in clauses["test_takes_the_worker_along"]["actual"]
    assert "Timeout" in clauses["test_takes_too_long"]["actual"]


def test_breach_prints_its_four_lines(ran) -> None:  # type: ignore[no-untyped-def]
    text = ran[0].stdout
    assert "  promise   It breaks." in text
    assert "  expected  (r.ret, r.rte_errno) == (0, None)" in text
    assert "  actual    (r.ret, r.rte_errno) is (-1, 'EINVAL')" in text
    assert "  alone     ci/validate 'conformance/test_ends.py::test_breaks'" in text


def test_what_was_seen_is_exact(ran) -> None:  # type: ignore[no-untyped-def]
    observed = {name: clause["observed"] for name, clause in ran[2].items()}
    assert observed["test_breaks"] == "(-1, 'EINVAL')"
    assert observed["test_dies"] == "primary1 died: SIGABRT"
    assert observed["test_leaves"] == "process left: sleep"
    assert observed["test_is_wrong"].startswith("Refused: primary1 refused shout")
    assert ran[2]["test_cannot_be_run"]["actual"] == "needs a unicorn"


def test_scenes_of_the_red_stay(ran) -> None:  # type: ignore[no-untyped-def]
    scenes = sorted(path.name for path in (ran[3] / "report" / "scenes").iterdir())
    red = ["breaks", "dies", "does_not_bite", "is_too_slow", "is_wrong", "leaves", "never_greets"]
    assert {f"test_ends.py-test_{name}" for name in red} <= set(scenes)
    assert not {"test_ends.py-test_holds", "test_ends.py-test_cannot_be_run"} & set(scenes)
    timeline = ran[3] / "report" / "scenes" / "test_ends.py-test_breaks" / "timeline.jsonl"
    whats = [json.loads(line)["what"] for line in timeline.read_text().splitlines()]
    assert "answer mp_sendmsg" in whats and "failed" in whats
