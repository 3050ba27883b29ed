# SPDX-License-Identifier: BSD-3-Clause
"""A program of ours beside the processes under test: started, told, heard, ended.

Whatever such a program refuses, fails at or does not do is Gauntlet's own fault, never DPDK's.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any, Callable, Sequence

from targets.channel import Channel
from targets.deadline import Deadline
from targets.news import News
from targets.outcome import HarnessFault


class HelperGone(HarnessFault):
    """The program has ended though nobody told it to."""


class HelperRefused(HarnessFault):
    """The program would not do what it was told."""


class Helper:
    """One process, from start() to end().

    on_event: called with each line that is no answer, on a thread of ours, in the order in which the
    lines were written; whoever waits looks again after it, and raises what it has raised.
    """

    def __init__(self, news: News, name: str, on_event: Callable[[dict[str, Any]], None]) -> None:
        self._news = news
        self._name = name
        self._on_event = on_event
        self._gone: str | None = None
        self._gone_is_told = False
        self._why = ""
        self._failed: Exception | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def run(self, program: Path, argv: Sequence[str] = (), fds: Sequence[int] = ()) -> None:
        """Starts the program, which inherits these descriptors too."""
        self._channel = Channel(self._news, self._name, on_event=self._take, on_end=self._note_end)
        control = self._channel.theirs.fileno()
        try:
            self._process = subprocess.Popen(
                [str(program), f"--control-fd={control}", *argv],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=(control, *fds),
                start_new_session=True,  # Ctrl-C is for us: we end it, when we know what it has seen.
            )
        except OSError as error:
            raise HarnessFault(f"the {self._name} cannot be started: {error}") from error
        self._news.add_helper(self._process.pid)
        self._channel.start()

    @property
    def pid(self) -> int:
        """The pid of the helper process."""
        assert self._process is not None
        return self._process.pid

    # -- what it says, on the channel's thread ----------------------------------------------------

    def _take(self, line: dict[str, Any]) -> None:
        if line["event"] == "failed":
            self._why = line.get("why") or line["failed"]
        elif self._failed is None:
            try:
                self._on_event(line)
            except Exception as error:  # Whoever waits raises it; what comes is still read.
                self._failed = error

    def _note_end(self) -> None:
        assert self._process is not None
        code = self._process.wait()
        with self._news:
            self._gone = f"failed: {self._why}" if self._why else f"ended with {code}"
            self._news.notify()

    # -- what it is told --------------------------------------------------------------------------

    def tell(self, verb: str, **keys: Any) -> int:
        """Sends a command and does not wait; its number."""
        return self._channel.tell(verb, lambda command: None, **keys)

    def call(self, verb: str, **keys: Any) -> dict[str, Any]:
        """Sends a command and waits for its answer."""
        return self.answer(self.tell(verb, **keys), verb)

    def answer(self, number: int, what: str) -> dict[str, Any]:
        """The answer to a command. An errno in it is raised as OSError.

        A process under test that has ended meanwhile is nothing to the program, and is not told here.
        """
        deadline = Deadline(self._news.deadline_s, lambda: [self.pid])
        with self._news:
            while not self._channel.answered(number):
                over, sleep_s = self._over(what), deadline.sleep_s()
                if over is not None:
                    raise over
                if sleep_s == 0:
                    raise HarnessFault(f"no answer to {what} from the {self._name}")
                self._news.sleep(sleep_s)
        if self._failed is not None:
            raise self._failed
        answer = self._channel.answer(number, f"the {self._name} failed: {what}")
        if "refused" in answer:
            raise HelperRefused(f"the {self._name} refused: {what}: {answer['refused']}")
        if answer.get("errno"):
            raise OSError(answer["errno"], os.strerror(answer["errno"]), what)
        return answer

    def wait_until(self, done: Callable[[], bool], what: str) -> None:
        """Waits for something that the program's lines tell; Hang after the deadline."""
        self._news.wait(done, what, over=lambda: self._over(what))
        if self._failed is not None:
            raise self._failed

    def _over(self, what: str) -> Exception | None:
        if self._failed is None and self._gone is not None:
            self._gone_is_told = True
            return HelperGone(f"the {self._name} {self._gone} ({what})")
        return self._failed

    # -- its end ----------------------------------------------------------------------------------

    def let_go(self) -> None:
        """The program sees what it would see if we were gone."""
        self._channel.let_go()

    def end(self) -> None:
        """Lets the program end, and waits until it has. HarnessFault if it has not ended well."""
        if self._process is None:
            return
        self.let_go()
        ended = self._ends(self._process)
        if not ended:
            self._process.kill()
        self._channel.close(ended=True)
        self._news.remove_helper(self._process.pid)
        if not ended:
            raise HarnessFault(f"no end of the {self._name} within {self._news.deadline_s:g} s")
        if self._process.returncode != 0 and not self._gone_is_told:
            raise HelperGone(f"the {self._name} {self._gone}")

    def _ends(self, process: subprocess.Popen[bytes]) -> bool:
        deadline = Deadline(self._news.deadline_s, lambda: [process.pid])
        while True:
            sleep_s = deadline.sleep_s()
            if sleep_s == 0:
                return False
            try:
                process.wait(sleep_s)
                return True
            except subprocess.TimeoutExpired:
                pass
