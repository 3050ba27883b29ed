# SPDX-License-Identifier: BSD-3-Clause
"""Runs ci/validate on many hosts at once, on one port of each after another, and gathers the reports."""

from __future__ import annotations

import re
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

from ci.answer import runs
from ci.bundles import facts
from ci.far import files, lost
from ci.far.hosts_file import Host
from ci.far.shell import Lost, Shell
from ci.host.say import COULD_NOT_RUN, CannotRun

REPORT = "build/report"


@dataclass(frozen=True)
class Done:
    """What came of a port: a report, and the exit status of its run. why: there was none."""

    host: str
    port: str
    report: dict[str, Any]
    status: int
    why: str = ""


class Hosts:
    """The hosts of a file.

    root: the checkout that is sent.  into: where the reports come, HOST/NUMBER/ for each port.  say: is
    given each line of progress.  again: the command that does all this again.
    """

    def __init__(
        self, hosts: list[Host], root: Path, into: Path, say: Callable[[str], None], again: str
    ) -> None:
        self._hosts = hosts
        self._root = root
        self._into = into
        self._again = again
        self._names = files.tracked(root)
        self._commit = facts.for_another_host(root)  # Without git nobody there could tell.
        self._one = threading.Lock()
        self._say = say
        self._shells = {host.name: self._shell(host) for host in hosts}

    def run(self) -> list[Done]:
        """Runs all; what came of each port, in the order of the file. Ctrl-C ends what is running, in
        order, and the rest is not begun."""
        for host in self._hosts:
            what = (
                f"{len(self._names)} files into {host.folder}/, which stays, and builds them there"
            )
            self._tell(f"{host.name}: puts {what}, by SSH to {host.ssh}")
        with ThreadPoolExecutor(len(self._hosts)) as pool:
            ran = [pool.submit(self._all_ports, host) for host in self._hosts]
            try:
                found = [each.result() for each in ran]
            except KeyboardInterrupt:
                self._tell("interrupted: the runs come to their ends")
                for shell in self._shells.values():
                    shell.end()
                found = [each.result() for each in ran]
        return [done for one in found for done in one]

    def _shell(self, host: Host) -> Shell:
        return Shell(host.ssh, host.folder, lambda line: self._tell(f"{host.name}: {line}"))

    def _tell(self, line: str) -> None:
        with self._one:
            self._say(line)

    def _all_ports(self, host: Host) -> list[Done]:
        shell = self._shells[host.name]
        try:
            shell.put(lambda to: files.write(self._root, self._names, to))
        except CannotRun as error:
            return [self._none(host, port, str(error)) for port in host.ports]
        return [self._port(host, port, shell) for port in host.ports]

    def _port(self, host: Host, port: str, shell: Shell) -> Done:
        if shell.ended:
            return self._none(host, port, "interrupted before it was begun")
        self._tell(f"{host.name}: {port}")
        called = f"GAUNTLET_NAME={self._called(host, port)}"
        into = self._folder(host, port)
        try:
            argv = ["env", called, self._commit, "ci/validate", "--port", port, *host.arguments]
            status, report = self._report(shell, argv, into)
        except CannotRun as error:
            shutil.rmtree(into, ignore_errors=True)
            return self._none(host, port, str(error))
        return Done(host.name, port, report, status)

    def _report(self, shell: Shell, argv: list[str], into: Path) -> tuple[int, dict[str, Any]]:
        """The exit status of a run, and its report. CannotRun where it has made none."""
        status, last = shell.run(argv), shell.last
        try:
            shell.fetch(REPORT, into)
        except Lost:
            raise
        except CannotRun as error:
            raise CannotRun(f"status {status}, and no report: {last}") from error
        report = runs.read(into / "report.json")
        if status not in (0, 1, COULD_NOT_RUN):
            raise CannotRun(f"ci/validate ended with status {status}: {last}")
        return status, report

    def _none(self, host: Host, port: str, why: str) -> Done:
        self._tell(f"{host.name}: {port}: NOT RUN: {why}")
        lost.write_junit(self._folder(host, port) / "junit.xml", why)
        report = lost.report_of(self._called(host, port), port, why, f"{self._again} #")
        return Done(host.name, port, report, COULD_NOT_RUN, why)

    def _called(self, host: Host, port: str) -> str:
        return f"{host.name} {port}"

    def _folder(self, host: Host, port: str) -> Path:
        name = re.sub(r"[^A-Za-z0-9_.:@\[\]-]", "_", f"{host.ports.index(port) + 1}-{port}")
        return self._into / host.name / name[:100]

    def junit(self) -> dict[str, Path]:
        """The junit.xml of each run, by what the run is called."""
        all_files = {
            self._called(host, port): self._folder(host, port) / "junit.xml"
            for host in self._hosts
            for port in host.ports
        }
        return {called: path for called, path in all_files.items() if path.exists()}
