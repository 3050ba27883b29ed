# SPDX-License-Identifier: BSD-3-Clause
"""A plugin of pytest: the processes of each case count what they reach in a folder of the case's own."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Generator

import pytest

# The folder of a case holds a file with the case's name.
NAME = "case"


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, None, None]:
    """Peers inherit the variable, and so does whatever they start."""
    whole = os.environ["GCOV_PREFIX"]
    folder = Path(whole) / hashlib.sha256(item.nodeid.encode()).hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / NAME).write_text(item.nodeid)
    os.environ["GCOV_PREFIX"] = str(folder)
    yield
    os.environ["GCOV_PREFIX"] = whole
