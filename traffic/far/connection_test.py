# SPDX-License-Identifier: BSD-3-Clause
"""A connection, here to another Python of this host: what is told when it cannot be made, or ends.
What SSH adds, ci/far/wire_test.py proves."""
from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Callable

import pytest

from traffic.far import connection
from traffic.far.address import SshAddress
from traffic.far.connection import Connection, FarError
from traffic.far.wire import FarWire
from traffic.private_net import in_private_network

LAB = SshAddress("lab1")
HERE = f"popen//python={sys.executable}"


def raises(match: str, function: Callable[[], object]) -> None:
    with pytest.raises(FarError, match=match):
        function()


def entered(spec: str | None) -> Callable[[], object]:
    def enter() -> None:
        with Connection(LAB, spec):
            pass

    return enter


def test_an_interface_is_asked_about() -> None:
    with Connection(LAB, HERE) as there:
        assert there.ask("carries", "nowhere", 0.01) is False
        assert there.ask("why_not", "nowhere").startswith("there is no such interface; there are: ")
        with pytest.raises(FarError, match="^on lab1: .*nowhere"):
            there.ask("describe", "nowhere")


def test_what_is_wrong_with_the_other_python_is_told(tmp_path: Path) -> None:
    says = tmp_path / "says"
    says.write_text("#!/bin/sh\necho welcome\nread line\n")
    says.chmod(0o755)
    raises(
        "^lab1 cannot be used: its shell says something before a command",
        entered(f"popen//python={says}"),
    )
    raises(
        r"^lab1 runs no python3: Python 3\.9 or later is expected there$",
        entered("popen//python=false"),
    )
    raises("^lab1 cannot be reached: /no/ssh is missing", entered("popen//python=/no/ssh"))


def test_an_old_python_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    loader = connection._LOADER.replace("version_info < (3, 9)", "version_info < (99, 9)")
    assert loader != connection._LOADER
    monkeypatch.setattr(connection, "_LOADER", loader)
    raises(
        r"^on lab1: its python3 is 3\.\d+; Python 3\.9 or later is expected there$", entered(HERE)
    )


def test_the_loader_is_read_by_an_old_python() -> None:
    assert "__future__" not in connection._LOADER
    compile(connection._LOADER, "loader", "exec", flags=0, dont_inherit=True)


def test_no_answer_is_a_lost_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    with Connection(LAB, HERE) as there:
        raises("^the connection to lab1 was lost: no answer for 0 s", lambda: there.told(0.01))
        assert there.next(time.monotonic_ns()) is None


def test_the_end_of_the_other_side_is_a_lost_connection() -> None:
    with Connection(LAB, HERE) as there:
        (child,) = _children()
        os.kill(child, 9)
        raises("^the connection to lab1 was lost$", there.told)
        with pytest.raises(FarError, match="^the connection to lab1 was lost$"):
            while True:
                there.send("beat")


def _children() -> list[int]:
    tasks = Path("/proc/self/task").glob("*/children")
    return [int(pid) for task in tasks for pid in task.read_text().split()]


def a_wire_that_is_not_there_is_told() -> None:
    def enter() -> None:
        with FarWire(Connection(LAB, HERE), "nowhere"):
            pass

    raises("^on lab1: wire 'nowhere': binding: .* ENODEV", enter)
    assert _children() == []


def test_a_wire_that_is_not_there_is_told() -> None:
    in_private_network(a_wire_that_is_not_there_is_told)


def test_what_is_sent_needs_nothing_but_the_standard_library() -> None:
    """Each module imports only those that are sent before it, and what Python has."""
    known: set[str] = set()
    for name in connection.MODULES:
        for line in connection._source(name).splitlines():
            words = line.split()
            if words[:1] in (["import"], ["from"]):
                top = words[1]
                assert top in known or top.partition(".")[0] in sys.stdlib_module_names, line
        known.add(name)
