# SPDX-License-Identifier: BSD-3-Clause
"""apt with a state of its own: reads and downloads from any suite, and leaves the machine's apt alone."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from ci.host.say import CannotRun

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


def index_targets(form: str) -> list[str]:
    """The index files of Debian that the machine's own apt has read, a line each in this format of
    apt's."""
    argv = ["apt-get", "indextargets", "--format", form, "Created-By: Packages", "Origin: Debian"]
    done = subprocess.run(argv, capture_output=True, text=True)
    return sorted(set(done.stdout.splitlines()))


def mirror(targets: list[str]) -> str:
    """The address of Debian's main archive, of "LABEL|ADDRESS" lines; CannotRun when none has it."""
    for line in targets:
        label, _, address = line.partition("|")
        if label == "Debian":
            return address
    raise CannotRun(
        "apt knows no mirror of Debian: name one in /etc/apt/sources.list, run apt-get update, then "
        "this again"
    )


def suite_source(suite: str) -> str:
    """The apt source of another suite of Debian, on the mirror that this machine uses already."""
    return (
        f"deb [signed-by={KEYRING}] {mirror(index_targets('$(LABEL)|$(REPO_URI)'))} {suite} main\n"
    )


def _last_said(done: subprocess.CompletedProcess[str]) -> str:
    return (done.stderr.strip().splitlines() or ["it said nothing"])[-1]


class Apt:
    """apt-get and apt-cache on these sources, with lists, downloads and a log below this folder."""

    def __init__(self, folder: Path, sources: str) -> None:
        for part in ("lists/partial", "archives/partial", "state"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        (folder / "status").touch()  # Nothing is installed.
        (folder / "sources.list").write_text(sources)
        self.log = folder / "log"
        options = {
            "Dir::Etc::sourcelist": folder / "sources.list",
            "Dir::Etc::sourceparts": "/dev/null",
            "Dir::State": folder / "state",
            "Dir::State::Lists": folder / "lists",
            "Dir::State::status": folder / "status",
            "Dir::Cache": folder,
            "APT::Sandbox::User": "root",
            "Acquire::Languages": "none",
            "Acquire::Retries": "3",
        }
        self._options = [f"-o{key}={value}" for key, value in options.items()]

    def get(self, *argv: str, cwd: Path | None = None) -> None:
        """apt-get; CannotRun, with what apt said last, when that fails."""
        done = self._run("apt-get", "-qq", *argv, cwd=cwd)
        with self.log.open("a") as log:
            log.write(done.stdout + done.stderr)
        if done.returncode != 0:
            raise CannotRun(f"apt-get {argv[0]} failed ({self.log}): {_last_said(done)}")

    def cache(self, *argv: str) -> list[str]:
        """The lines that apt-cache prints."""
        return self._run("apt-cache", *argv).stdout.splitlines()

    def version(self, package: str) -> str:
        """The version that the suite serves: "24.11.8-0+deb13u1"; CannotRun when none is."""
        for line in self.cache("show", "--no-all-versions", package):
            if line.startswith("Version: "):
                return line.partition(": ")[2]
        raise CannotRun(f"apt finds no package {package} ({self.log})")

    def depends(self, package: str) -> list[str]:
        """The names of the packages that a package depends on, itself."""
        lines = self.cache("depends", "--no-recommends", "--no-suggests", package)
        return [line.split()[-1] for line in lines if line.strip().startswith("Depends: ")]

    def would_install(self, *packages: str) -> list[str]:
        """The packages that these come to, with what they depend on: "libc6 2.41-12+deb13u5"."""
        argv = ["--simulate", "--no-install-recommends", "install", *packages]
        done = self._run("apt-get", *argv)
        if done.returncode != 0:
            raise CannotRun(f"apt-get cannot install {packages[0]} and others: {_last_said(done)}")
        found = re.findall(r"^Inst (\S+) \((\S+)", done.stdout, re.MULTILINE)
        return sorted(f"{name} {version}" for name, version in found)

    def _run(
        self, program: str, *argv: str, cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        command = [program, *self._options, *argv]
        return subprocess.run(command, cwd=cwd, capture_output=True, text=True)
