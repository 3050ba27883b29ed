# SPDX-License-Identifier: BSD-3-Clause
"""For the unit tests: runs a function of a test module in a network namespace of its own."""
from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Callable

import pytest

_ROOT = Path(__file__).resolve().parent.parent
_LIMIT_S = 60.0


def in_private_network(function: Callable[[], None]) -> None:
    """Call a module-level `function` in a child under `unshare -n`; its failure is the test's.

    Skips, with what unshare said, where this user may not make a network namespace.
    """
    allowed = subprocess.run(["unshare", "-n", "true"], capture_output=True, text=True, check=False)
    if allowed.returncode:
        pytest.skip(f"no private network namespace: {allowed.stderr.strip()}")
    call = f"import {function.__module__} as module; module.{function.__name__}()"
    done = subprocess.run(
        ["unshare", "-n", sys.executable, "-c", call],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        timeout=_LIMIT_S,
        check=False,
    )
    if done.returncode:
        pytest.fail(f"{function.__name__} ended with {done.returncode}\n{done.stderr}")
