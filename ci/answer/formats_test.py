# SPDX-License-Identifier: BSD-3-Clause
"""Proves what other programs are given, and that nothing else reaches their input."""

from __future__ import annotations

import os
import subprocess
import sys

from ci.answer import formats
from ci.answer.example import case, report

ALL = report(
    case("holds", clause="a::holds"),
    case("breaks as recorded", "1", clause="a::broken"),
    case("not run", actual="needs\nhugepages", clause="a::not_run"),
    case("breaks", '"1"', clause="a::red[x#1]"),
    case("Gauntlet's own fault", clause="a::fault"),
)


def test_tap_has_a_point_for_each_case() -> None:
    lines = formats.tap([ALL]).splitlines()
    assert lines[:2] == ["TAP version 14", "1..5"]
    assert "ok 1 - DPDK 22.11.11: a::holds" in lines
    assert (
        "not ok 2 - DPDK 22.11.11: a::broken # TODO It is not so. (since 18.05; upstream: none)"
        in lines
    )
    assert "ok 3 - DPDK 22.11.11: a::not_run # SKIP needs hugepages" in lines
    red = lines.index("not ok 4 - DPDK 22.11.11: a::red[x\\#1]")
    assert lines[red + 1 : red + 6] == [
        "  ---",
        '  promise: "It is so."',
        '  how: "breaks"',
        '  expected: "it is so"',
        '  actual: "\\"1\\""',
    ]


def test_github_is_told_what_is_red_and_our_own_faults() -> None:
    error, warning = formats.github([ALL]).splitlines()
    assert error.startswith("::error file=a,title=DPDK 22.11.11%3A breaks::It is so.%0Aexpected: ")
    assert error.endswith("alone: ci/qualify --release 22.11 'a::red[x#1]'")
    assert warning.startswith("::warning file=a,")


def test_all_else_goes_to_standard_error() -> None:
    code = (
        "import os, subprocess\n"
        "from ci.answer import formats\n"
        "with formats.instead_of_text('tap') as tell:\n"
        "    print('ours'); subprocess.run(['echo', 'of a child']); tell([])\n"
        "print('after it')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=os.getcwd(), check=True
    )
    assert done.stdout == "TAP version 14\n1..0\nafter it\n"
    assert sorted(done.stderr.splitlines()) == ["of a child", "ours"]
