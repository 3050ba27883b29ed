# SPDX-License-Identifier: BSD-3-Clause
"""Runs a command on a host that ci/hosts has reached, and ends it in order when the connection ends.

Whoever has started this says a byte now and then on standard input. When that ends, or is silent, the
command gets SIGTERM, which is Ctrl-C to ours; nobody may be there to read what it still prints. Python's
standard library, 3.9 on, is all that this needs.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time

SILENCE_S = 60.0
# As long as a run may take to put everything back.
PATIENCE_S = 180.0


def main(argv: list[str], silence_s: float = SILENCE_S, patience_s: float = PATIENCE_S) -> int:
    """Runs the command: its exit status, 128 and the signal where one has ended it."""
    child = subprocess.Popen(
        argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert child.stdout is not None
    said = child.stdout.fileno()
    output = Output(silence_s)
    poll = select.poll()
    for watched in (0, said):
        poll.register(watched, select.POLLIN)
    heard_s, kill_s = time.monotonic(), None
    while True:
        # What it leaves running may keep its output open.
        ended = child.poll() is not None
        ready = [number for number, _ in poll.poll(0 if ended else 200)]
        if said in ready and not output.pass_on(said):
            break
        if ended and said not in ready:
            break
        now_s = time.monotonic()
        if 0 in ready:
            heard_s = now_s
            if not os.read(0, 4096):
                poll.unregister(0)
                heard_s = now_s - silence_s
        if kill_s is None and now_s - heard_s >= silence_s:
            child.send_signal(signal.SIGTERM)
            kill_s = now_s + patience_s
        if kill_s is not None and now_s >= kill_s:
            child.kill()
    status = child.wait()
    return status if status >= 0 else 128 - status


class Output:
    """Our standard output, where somebody still takes what is written there within this time."""

    def __init__(self, wait_s: float) -> None:
        self._wait_s = wait_s
        self._taken = True

    def pass_on(self, from_fd: int) -> bool:
        """Passes on what has been printed; whether more may come."""
        said = os.read(from_fd, 1 << 16)
        rest = said
        while rest and self._taken:
            rest = rest[self._write(rest) :]
        return bool(said)

    def _write(self, said: bytes) -> int:
        try:
            if select.select([], [1], [], self._wait_s)[1]:
                # A pipe that can be written to takes so much at once.
                return os.write(1, said[: select.PIPE_BUF])
        except OSError:
            pass  # Nobody reads it any more.
        self._taken = False
        return 0


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    sys.exit(main(sys.argv[1:]))
