# SPDX-License-Identifier: BSD-3-Clause
"""A connection to another host, on which our own modules run, as long as it lasts.

execnet logs in by ssh(1), as ssh_config says, and starts Python there. Our modules are sent as text:
nothing is installed, no file is written, and with the connection the process ends.
"""
from __future__ import annotations

import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from traffic.far.address import SshAddress
from traffic.wire import WireError

# What is sent, in the order in which one can be imported after the other.
MODULES = (
    "traffic.wire",
    "traffic.rtnetlink",
    "traffic.carrier",
    "traffic.ports.cable",
    "traffic.far.end",
)
OLDEST_PYTHON = (3, 9)

_EXPECTED = "Python %d.%d or later" % OLDEST_PYTHON
_NO_PYTHON = f"runs no python3: {_EXPECTED} is expected there"

_ROOT = Path(__file__).resolve().parents[2]
# It must be read by Pythons older than ours, which are to be told, not to fail.
_LOADER = f"""
import sys, types
if sys.version_info < {OLDEST_PYTHON}:
    channel.send(("error", "its python3 is %d.%d; {_EXPECTED} is expected there"
                  % sys.version_info[:2]))
else:
    for name, source in channel.receive():
        sys.modules[name] = types.ModuleType(name)
        exec(compile(source, name, "exec"), sys.modules[name].__dict__)
    channel.send(("done", None))
    sys.modules[name].main(channel)
"""
_BEAT_S = 5.0
# ssh itself notices within 15 s that nobody answers.
_ANSWER_S = 45.0
_END_S = 5.0


class FarError(WireError):
    """A host cannot be reached, the connection to it was lost, or what was asked there has failed."""


class Connection:
    """A with-block. FarError on entering when the host cannot be reached, or has no Python for us.

    spec: how execnet comes there, and None for ssh.
    """

    def __init__(self, host: SshAddress, spec: str | None = None) -> None:
        self.host = host
        self._spec = spec
        self._over = threading.Event()

    def __enter__(self) -> Connection:
        import execnet

        self._group = execnet.Group(execmodel="thread")
        try:
            self._channel = self._log_in(execnet).remote_exec(_LOADER)
            self._channel.send([(name, _source(name)) for name in MODULES])
            self.told()
        except OSError as error:
            self.__exit__()
            raise FarError(f"{self.host} {_NO_PYTHON}") from error
        except BaseException:
            self.__exit__()
            raise
        threading.Thread(target=self._beat, name=f"beat {self.host}", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._group.terminate(timeout=_END_S)

    def ask(self, *request: Any) -> Any:
        """Send a request and return what it has come to, where nothing but the answer can come."""
        self.send(*request)
        return self.told(_ANSWER_S + (request[2] if len(request) > 2 else 0))[1]

    def told(self, wait_s: float = _ANSWER_S) -> tuple[str, Any]:
        """Return the next item that comes. FarError when none does."""
        item = self.next(time.monotonic_ns() + int(wait_s * 1e9))
        if item is None:
            raise FarError(f"the connection to {self.host} was lost: no answer for {wait_s:.0f} s")
        return item

    def send(self, *request: Any) -> None:
        """Send a request."""
        try:
            self._channel.send(request)
        except OSError as error:
            raise self._lost() from error

    def next(self, deadline_ns: int) -> tuple[str, Any] | None:
        """Return the next item that comes, None at the deadline."""
        wait_s = max(0.0, (deadline_ns - time.monotonic_ns()) / 1e9)
        try:
            kind, value = self._channel.receive(timeout=wait_s)
        except self._channel.TimeoutError:
            return None
        except EOFError as error:
            raise self._lost() from error
        except self._channel.RemoteError as error:
            raise FarError(f"on {self.host}: {str(error).splitlines()[-1]}") from error
        if kind == "error":
            raise FarError(f"on {self.host}: {value}")
        return kind, value

    def _log_in(self, execnet: Any) -> Any:
        """A gateway of execnet's. FarError when there is none."""
        with tempfile.NamedTemporaryFile("r", prefix="gauntlet-ssh-") as log:
            ssh = " ".join(["-E", log.name, *self.host.arguments])
            try:
                return self._group.makegateway(self._spec or f"ssh={ssh}//python=python3")
            except FileNotFoundError as error:
                why = f"{error.filename} is missing; apt-get install openssh-client"
                raise FarError(f"{self.host} cannot be reached: {why}") from error
            except AssertionError as error:
                why = f"its shell says something before a command runs: {error}"
                raise FarError(f"{self.host} cannot be used: {why}") from error
            except (OSError, EOFError, execnet.HostNotFound) as error:
                said = log.read().split("\n")
                why = next((line.strip() for line in reversed(said) if line.strip()), "")
                told = f"cannot be reached: {why}; try: ssh {self.host}" if why else _NO_PYTHON
                raise FarError(f"{self.host} {told}") from error

    def _beat(self) -> None:
        """Says that we are still there, until the connection is over."""
        try:
            while not self._over.wait(_BEAT_S):
                self._channel.send(("beat",))
        except OSError:
            pass  # Whoever uses the connection is told.

    def _lost(self) -> FarError:
        return FarError(f"the connection to {self.host} was lost")


def _source(name: str) -> str:
    return (_ROOT / (name.replace(".", "/") + ".py")).read_text()
