# SPDX-License-Identifier: BSD-3-Clause
"""The network of this machine that a run was started in: scenes have others, and a cable ends here."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable, TypeVar

from targets.isolation import CLONE_NEWNET, call
from targets.outcome import Unavailable

T = TypeVar("T")

# The path of the network namespace, as the processes of a run see it.
VARIABLE = "GAUNTLET_HOST_NETWORK"


def inside(do: Callable[..., T], *arguments: Any) -> T:
    """Calls `do` on a thread that sees the interfaces of the machine. A socket that is made there stays
    there."""
    path = os.environ.get(VARIABLE)
    if path is None:
        raise Unavailable("needs a wire of this machine, which only ci/validate as root can reach")

    with ThreadPoolExecutor(1, "host network") as thread:
        thread.submit(_enter, path).result()
        return thread.submit(do, *arguments).result()


def _enter(path: str) -> None:
    namespace = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        call("setns", namespace, CLONE_NEWNET)
    finally:
        os.close(namespace)
