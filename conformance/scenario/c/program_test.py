# SPDX-License-Identifier: BSD-3-Clause
"""Proves that a scenario's C file is built by a plain compiler, and fails as the scenario does."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from conformance.scenario.__main__ import verbs as verbs_of_the_peer
from conformance.scenario.c.program import program
from conformance.scenario.text import TextError, parse

EXAMPLES = Path(__file__).parents[1] / "examples"

# In a mount namespace of its own, so that no other test sees its hugepages and its runtime directory.
APART = """
set -e
mount -t tmpfs none /var/run
mkdir -p /var/run/huge
mount -t hugetlbfs none /var/run/huge
"$@" 2> errors && status=0 || status=$?
ls /var/run/dpdk /var/run/huge
exit $status
"""

# What the end of the output says, for each example, on the releases that Debian serves.
SAYS = {
    "answers": (0, "All is as the scenario expects."),
    "late_reply": (
        1,
        "NOT SO   line 11: second: expected ret=-1 rte_errno=ETIMEDOUT; seen answer=7 ret=0",
    ),
    "disabled_twice": (1, "NOT SO   line 4: primary1 died of signal 11 (Segmentation fault)"),
    "partial_answers": (1, "NOT SO   line 8: asked: expected ret=0 nb_sent=2 nb_received=1; seen "),
}


@pytest.fixture(scope="module")
def verbs() -> Any:
    """The verbs of the peer that was built."""
    return verbs_of_the_peer()


def _built(text: str, verbs: Any, folder: Path) -> Path:
    """The program of a scenario, as its head says how to build it."""
    (folder / "scenario.c").write_text(program(parse(text, verbs)))
    flags = subprocess.run(
        ["pkg-config", "--cflags", "--libs", "libdpdk"], capture_output=True, text=True, check=True
    ).stdout.split()
    command = [
        "cc",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-o",
        "scenario",
        "scenario.c",
        *flags,
        "-pthread",
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder / "scenario"


@pytest.mark.parametrize("name", SAYS)
def test_program_fails_as_the_scenario_does(name: str, verbs: Any, tmp_path: Path) -> None:
    text = (EXAMPLES / f"{name}.scenario").read_text()
    apart = ["unshare", "-m", "sh", "-c", APART, "sh"]
    done = subprocess.run(
        [*apart, str(_built(text, verbs, tmp_path))],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    status, said = SAYS[name]
    errors = (tmp_path / "errors").read_text()[-800:] if (tmp_path / "errors").exists() else ""
    assert (done.returncode, said in done.stdout) == (status, True), done.stdout + errors
    # Nothing is left in the runtime directory, and no page.
    assert done.stdout.endswith("/var/run/dpdk:\n\n/var/run/huge:\n")


@pytest.mark.parametrize(
    "text, said",
    [
        (
            "relay primary1: drop request x; primary1 lives",
            "line 1, column 1: relay: a relay has no form",
        ),
        (
            "primary1 does heap_in_use; primary1 lives",
            "line 1, column 1: heap_in_use: in C there are",
        ),
        (
            "a: primary1 does malloc size=1; primary1 does dev_remove dev=$a.ret; primary1 lives",
            "line 1, column 1: malloc: in C there are",
        ),
        (
            "a: primary1 does mp_sendmsg name=x; expect a took_ns=1",
            "took_ns: in C this answer has ret",
        ),
        ("primary1 does release_action name=x; primary1 lives", "x: no action of this name waits"),
        ("primary1 does mp_sendmsg name=x fds=1; primary1 lives", "mp_sendmsg fds=: in C it takes"),
    ],
)
def test_what_has_no_form_in_c_is_told(text: str, said: str, verbs: Any) -> None:
    with pytest.raises(TextError) as error:
        program(parse(f"primary1 starts; {text}", verbs))
    assert said in str(error.value)


def test_comment_of_the_scenario_cannot_end_that_of_the_file(verbs: Any, tmp_path: Path) -> None:
    assert _built("primary1 starts # */ int x = y;\nprimary1 lives", verbs, tmp_path).exists()
