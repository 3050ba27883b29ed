# SPDX-License-Identifier: BSD-3-Clause
"""The namespaces that a whole run lives in: when the run ends, however it ends, so does all in them."""

from __future__ import annotations

import os
import shutil
import subprocess


def prefix() -> tuple[list[str], str | None]:
    """An argv prefix that runs a command in namespaces of its own; "" and the reason where there are
    none.

    Root gets mount, PID and network namespaces; another user the same inside a user namespace, where
    the kernel allows that. The death signal ties the outermost process to the one that started it,
    and --kill-child ties everything inside to the outermost process.
    """
    if shutil.which("unshare") is None or shutil.which("setpriv") is None:
        return [], "unshare or setpriv is missing (Debian package util-linux)"
    unshare = ["unshare", "--mount", "--pid", "--net", "--fork", "--kill-child", "--mount-proc"]
    if os.geteuid() != 0:
        unshare[1:1] = ["--user", "--map-root-user"]
    done = subprocess.run([*unshare, "true"], capture_output=True, text=True)
    if done.returncode != 0:
        why = (done.stderr.strip().splitlines() or ["unshare failed"])[-1]
        return [], f"namespaces cannot be made here ({why})"
    # The first process inside must reap what others leave: a shell that waits for one command does.
    init = ["sh", "-c", '"$@"; exit $?', "init"]
    return ["setpriv", "--pdeathsig", "KILL", "--", *unshare, *init], None
