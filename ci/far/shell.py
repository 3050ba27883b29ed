# SPDX-License-Identifier: BSD-3-Clause
"""Runs commands on another host by ssh(1), as ssh_config says. Every word arrives as it was given."""

from __future__ import annotations

import os
import shlex
import subprocess
import threading
from pathlib import Path
from typing import IO, Callable

from targets.outcome import CannotRun
from traffic.far.address import SshAddress

# What ssh ends with where there is no connection, or none any more.
_NO_CONNECTION = 255
_BEAT_S = 0.5


class Lost(CannotRun):
    """A host cannot be reached, or the connection to it was lost."""


class Shell:
    """The shell of a host, in this folder. Ctrl-C does not reach what runs there, end() does.

    say: is given each line that is printed there.  last: the last one of them that is not empty.
    """

    def __init__(self, host: SshAddress, folder: str, say: Callable[[str], None]) -> None:
        self.host = host
        self._folder = folder
        self._say = say
        self._over = threading.Event()
        self.last = ""

    def end(self) -> None:
        """Has what is running end in order, and nothing more be begun."""
        self._over.set()

    @property
    def ended(self) -> bool:
        """Whether the end was wanted."""
        return self._over.is_set()

    def put(self, files: Callable[[IO[bytes]], None]) -> None:
        """Runs PUT on what `files` writes. CannotRun where that fails."""
        with self._start(PUT, self._folder, stdin=subprocess.PIPE) as running:
            assert running.stdin is not None
            try:
                with running.stdin:
                    files(running.stdin)
            except BrokenPipeError:
                pass  # The status tells, and what is printed.
            self._listen(running)
        self._check(running, "Gauntlet cannot be put there")

    def run(self, argv: list[str]) -> int:
        """Runs a command, with a guard: its exit status. Lost where the connection ends before it."""
        with self._start(RUN, self._folder, *argv, stdin=subprocess.PIPE) as running:
            beating = threading.Thread(target=self._beat, args=(running,), daemon=True)
            beating.start()
            self._listen(running)
            status = running.wait()
            beating.join()
        if _no_connection(status):
            raise Lost(f"the connection to {self.host} was lost; it said last: {self.last}")
        return status

    def fetch(self, path: str, into: Path) -> None:
        """Brings the files of a folder there into one here. CannotRun where that fails."""
        into.mkdir(parents=True)
        with self._start(
            FETCH, self._folder, path, stdin=subprocess.DEVNULL, quiet=True
        ) as running:
            tar = ["tar", "-x", "-f", "-", "--no-same-owner", "-C", str(into)]
            unpacked = subprocess.run(tar, stdin=running.stdout, capture_output=True, text=True)
        self._check(running, f"{path} cannot be fetched")
        if unpacked.returncode != 0:
            raise CannotRun(f"{path} of {self.host} cannot be unpacked: {unpacked.stderr.strip()}")

    def _start(
        self, script: str, *arguments: str, stdin: int, quiet: bool = False
    ) -> subprocess.Popen[bytes]:
        command = shlex.join(["sh", "-c", script, "sh", *arguments])
        try:
            return subprocess.Popen(
                ["ssh", *self.host.arguments, command],
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL if quiet else subprocess.STDOUT,
                # A terminal would send Ctrl-C to it, and the far side would not come to its end.
                start_new_session=True,
            )
        except FileNotFoundError as error:
            raise CannotRun("ssh is missing; apt-get install openssh-client") from error

    def _listen(self, running: subprocess.Popen[bytes]) -> None:
        assert running.stdout is not None
        for line in running.stdout:
            said = line.decode(errors="replace").rstrip()
            if said:
                self.last = said
            self._say(said)

    def _beat(self, running: subprocess.Popen[bytes]) -> None:
        """Lets the guard hear that we are here, until the command has ended, or is to end."""
        assert running.stdin is not None
        try:
            while running.poll() is None and not self._over.wait(_BEAT_S):
                os.write(running.stdin.fileno(), b".")
            running.stdin.close()
        except OSError:
            pass  # It has ended.

    def _check(self, running: subprocess.Popen[bytes], what: str) -> None:
        status = running.wait()
        if _no_connection(status):
            why = f": {self.last}" if self.last else ""
            raise Lost(f"{self.host} cannot be reached{why}; try: ssh {self.host}")
        if status != 0:
            raise CannotRun(f"{self.host}: {what}: {self.last or f'status {status}'}")


def _no_connection(status: int) -> bool:
    """Whether this is no exit status of a command, but of ssh, which was killed where it is negative."""
    return status == _NO_CONNECTION or status < 0


# What was sent before goes, but not what was built: it is a release of files, not a heap of them.
PUT = """
set -eu
mkdir -p -- "$1"
cd -- "$1"
if [ -e .gauntlet-files ]; then
  xargs -0 rm -f -- <.gauntlet-files
elif [ -n "$(ls -A)" ]; then
  echo "the folder $1 has files that are not of ci/hosts: name another folder"
  exit 1
fi
exec tar -x -f - --no-same-owner
"""
# A report of an earlier run must not be taken for one of this run, which may not come to make one.
RUN = 'cd -- "$1" && shift && rm -rf build/report && exec python3 -B -m ci.far.guard "$@"'
FETCH = 'cd -- "$1/$2" && exec tar -c -f - .'
