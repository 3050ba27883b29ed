# SPDX-License-Identifier: BSD-3-Clause
"""Proves that a build ends with the command that started it."""

from __future__ import annotations

import os
import subprocess

import pytest

from ci.host.build import ROOT

BUILDS = """
import subprocess
from ci.host import build
subprocess.run([*build.tied(), "sh", "-c", "echo begun; sleep 1000 & wait"])
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can tie a build to the command")
def test_build_ends_with_a_command_that_is_killed() -> None:
    argv = ["/usr/bin/python3", "-c", BUILDS]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, cwd=ROOT) as command:
        assert command.stdout is not None
        assert command.stdout.readline() == b"begun\n"
        command.kill()
        # The last one of those who could write there has ended.
        assert command.stdout.read() == b""
