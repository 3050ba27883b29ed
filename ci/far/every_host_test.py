# SPDX-License-Identifier: BSD-3-Clause
"""ci/hosts on another host, by SSH: what comes back, what of a host that is lost, and by Ctrl-C. What
runs there is a stand-in for ci/validate, which does what the port says.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Callable

import pytest

from ci import hosts
from ci.answer.example import case, report
from ci.far import lost
from ci.far.every_host import Done, Hosts
from ci.far.hosts_file import Host
from ci.far.sshd import HOST, another_host, commands, with_another_host
from traffic.far.address import parse

ROOT = Path(__file__).resolve().parents[2]

STANDS_IN = """#!/bin/sh
echo "ci/validate: $# arguments: $*, called $GAUNTLET_NAME"
finish() {
  mkdir -p build/report/bundles && echo >build/report/bundles/x.tar.zst
  cp "$1" build/report/report.json && cp junit.xml build/report
}
case $2 in
net_null) echo "ci/validate: port net_null: it cannot be had"; exit 2 ;;
net_ring)
  trap 'echo put back; finish partial.json; exit 2' TERM
  echo begun
  while :; do sleep 9 & wait; done ;;
net_pcap) kill -9 $PPID; sleep 9 ;;
esac
finish report.json
exit "$(cat status)"
"""
JUNIT = (
    '<testsuites><testsuite name="pytest" tests="1"><testcase name="a"/></testsuite></testsuites>'
)


def checkout(folder: Path, status: int = 0) -> Path:
    """A checkout with the guard, and the stand-in."""
    root = folder / "checkout"
    (root / "ci" / "far").mkdir(parents=True)
    for name in ("ci/__init__.py", "ci/far/__init__.py", "ci/far/guard.py"):
        shutil.copy(ROOT / name, root / name)
    (root / "ci" / "validate").write_text(STANDS_IN)
    (root / "ci" / "validate").chmod(0o755)
    (root / "report.json").write_text(json.dumps(report(case("holds"), called="x")))
    (root / "partial.json").write_text(json.dumps(report(case("holds"), partial=True)))
    (root / "junit.xml").write_text(JUNIT)
    (root / "status").write_text(f"{status}\n")
    (root / "old").write_text("")
    for argv in (["init", "-q", "."], ["add", "."]):
        subprocess.run(["git", *argv], cwd=root, check=True)
    return root


class Lab:
    """A checkout, a folder for the other host, and one for what comes back."""

    def __init__(self, folder: Path, status: int = 0) -> None:
        self.root = checkout(folder, status)
        self.there = folder / "on the other's $(host)"
        self.into = folder / "into"
        self.into.mkdir()
        self.said: list[str] = []

    def host(self, name: str, *ports: str, at: str = HOST, arguments: tuple[str, ...] = ()) -> Host:
        return Host(name, parse(at), str(self.there), ports, arguments)

    def hosts(self, *which: Host, say: Callable[[str], None] | None = None) -> Hosts:
        def note(line: str) -> None:
            self.said.append(line)
            if say:
                say(line)

        return Hosts(list(which), self.root, self.into, note, "ci/hosts x.toml")


def told(done: list[Done]) -> list[tuple[str, str, int, str]]:
    return [(one.host, one.port, one.status, one.why) for one in done]


def each_port_is_run_and_its_report_comes_back() -> None:
    with another_host(), TemporaryDirectory() as name:
        lab = Lab(Path(name), 1)
        words = ("-k", "a b; touch $HOME'\"`x")
        all_hosts = lab.hosts(lab.host("lab", "net_tap", "net_memif", arguments=words))
        done = all_hosts.run()
        assert told(done) == [("lab", "net_tap", 1, ""), ("lab", "net_memif", 1, "")]
        assert lab.said[0].startswith("lab: puts 9 files into ")
        args = (
            f"lab: ci/validate: 4 arguments: --port net_tap {' '.join(words)}, called lab net_tap"
        )
        assert args in lab.said
        with redirect_stdout(StringIO()) as said:
            assert hosts.finish(done, lab.into, all_hosts.junit()) == 1
        assert f"ci/hosts: bundle: {lab.into}/lab/1-net_tap/bundles/x.tar.zst\n" in said.getvalue()
        for made in ("index.html", "answer.txt", "junit.xml", "lab/1-net_tap/report.json"):
            assert (lab.into / made).exists()
        text = (lab.into / "junit.xml").read_text()
        assert 'name="lab net_tap"' in text and 'name="lab net_memif"' in text


def what_was_sent_before_goes_and_what_was_built_stays() -> None:
    with another_host(), TemporaryDirectory() as name:
        lab = Lab(Path(name))
        assert told(lab.hosts(lab.host("lab", "net_tap")).run()) == [("lab", "net_tap", 0, "")]
        (lab.there / "build" / "built").write_text("")
        subprocess.run(["git", "rm", "-q", "--cached", "old"], cwd=lab.root, check=True)
        shutil.rmtree(lab.into)
        ((_, _, _, why),) = told(lab.hosts(lab.host("lab", "net_null")).run())
        assert why == "status 2, and no report: ci/validate: port net_null: it cannot be had"
        assert (lab.there / "build" / "built").exists() and not (lab.there / "old").exists()


def somebody_elses_folder_is_left_alone() -> None:
    with another_host(), TemporaryDirectory() as name:
        lab = Lab(Path(name))
        lab.there.mkdir()
        (lab.there / "ci").write_text("mine")
        ((_, _, status, why),) = told(lab.hosts(lab.host("lab", "net_tap")).run())
        assert status == 2 and "has files that are not of ci/hosts: name another folder" in why
        assert [path.name for path in lab.there.iterdir()] == ["ci"]


def a_host_that_is_not_there_is_a_row_and_not_the_end() -> None:
    with another_host(), TemporaryDirectory() as name:
        lab = Lab(Path(name))
        gone = lab.host("gone", "net_tap", "net_pcap", at="root@10.9.0.2:23")
        all_hosts = lab.hosts(lab.host("lab", "net_tap"), gone)
        done = all_hosts.run()
        assert [(one.host, one.port, one.status) for one in done] == [
            ("lab", "net_tap", 0),
            ("gone", "net_tap", 2),
            ("gone", "net_pcap", 2),
        ]
        assert "cannot be reached: " in done[1].why and "Connection refused" in done[1].why
        assert hosts.finish(done, lab.into, all_hosts.junit()) == 2
        assert lost.CLAUSE in (lab.into / "answer.txt").read_text()
        assert "Connection refused" in (lab.into / "index.html").read_text()
        assert "Connection refused" in (lab.into / "junit.xml").read_text()


def _kill_ssh() -> None:
    """Ends the ssh of this process whose command runs a port."""
    for pid, words in commands().items():
        if words[0] == b"/usr/bin/ssh" and b"ci.far.guard" in words[-2]:
            os.kill(pid, signal.SIGKILL)


def a_connection_that_is_lost_is_told_and_ends_the_run_there() -> None:
    with another_host(), TemporaryDirectory() as name:
        lab = Lab(Path(name))
        ring = lab.host("lab", "net_ring", "net_tap")
        done = lab.hosts(ring, say=lambda line: _kill_ssh() if line == "lab: begun" else None).run()
        assert (done[0].status, done[1].status) == (2, 0)
        assert done[0].why.startswith(f"the connection to {HOST} was lost")
        kept = json.loads((lab.into / "lab" / "2-net_tap" / "report.json").read_text())
        assert not kept["partial"]


INTERRUPTED = """
import sys
from pathlib import Path
from ci import hosts
from ci.far.every_host_test import Lab
lab = Lab(Path(sys.argv[1]))
two = lab.host("a", "net_ring", "net_tap"), lab.host("b", "net_tap")
all_hosts = lab.hosts(*two[:1], say=lambda line: print(line, flush=True))
sys.exit(hosts.finish(all_hosts.run(), lab.into, all_hosts.junit()))
"""


def ctrl_c_ends_the_far_runs_in_order_and_publishes() -> None:
    with another_host(), TemporaryDirectory() as name:
        argv = [sys.executable, "-c", INTERRUPTED, name]
        ours = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, start_new_session=True)
        assert ours.stdout is not None
        lines = []
        for line in ours.stdout:
            lines.append(line.strip())
            if line == "a: begun\n":
                os.killpg(ours.pid, signal.SIGINT)
        assert ours.wait() == 2, lines
        assert "a: put back" in lines and "a: interrupted before it was begun" not in lines
        assert any("INTERRUPTED: partial" in line for line in lines), lines
        assert any("a, net_tap: NOT RUN: interrupted before" in line for line in lines), lines
        assert (Path(name) / "into" / "index.html").exists()


def our_kill_ends_the_far_run_in_order() -> None:
    with another_host(), TemporaryDirectory() as name:
        argv = [sys.executable, "-c", INTERRUPTED, name]
        ours = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
        assert ours.stdout is not None
        for line in ours.stdout:
            if line == "a: begun\n":
                ours.kill()
        ours.wait()
        there = Path(name) / "on the other's $(host)" / "build" / "report" / "report.json"
        ended = threading.Event()
        for _ in range(300):
            if there.exists() and json.loads(there.read_text() or "{}").get("partial"):
                break
            ended.wait(0.1)
        assert there.exists()


@pytest.mark.parametrize(
    "function",
    [
        each_port_is_run_and_its_report_comes_back,
        what_was_sent_before_goes_and_what_was_built_stays,
        somebody_elses_folder_is_left_alone,
        a_host_that_is_not_there_is_a_row_and_not_the_end,
        a_connection_that_is_lost_is_told_and_ends_the_run_there,
        ctrl_c_ends_the_far_runs_in_order_and_publishes,
        our_kill_ends_the_far_run_in_order,
    ],
)
def test_hosts(function: Callable[[], None]) -> None:
    with_another_host(function)
