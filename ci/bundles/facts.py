# SPDX-License-Identifier: BSD-3-Clause
"""Whose machine a bundle is made on, and with which Gauntlet."""

from __future__ import annotations

import os
import pwd
import re
import socket
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


#: The commit, with "+" where files were changed since, for a host that gets the files without git.
VARIABLE = "GAUNTLET_COMMIT"


def gauntlet(root: Path = ROOT) -> dict[str, Any]:
    """The commit of a checkout, and whether files were changed since; no commit where nobody tells."""
    commit = _git(root, "rev-parse", "HEAD").strip()
    if commit:
        return {"commit": commit, "changed": bool(_git(root, "status", "--porcelain"))}
    given = re.fullmatch(r"([0-9a-f]{40})(\+?)", os.environ.get(VARIABLE, ""))
    return {"commit": given[1] if given else "", "changed": bool(given and given[2])}


def for_another_host(root: Path) -> str:
    """What an environment says of this checkout."""
    told = gauntlet(root)
    return f"{VARIABLE}={told['commit']}{'+' if told['changed'] else ''}"


def _git(root: Path, *arguments: str) -> str:
    # The checkout may belong to another user.
    argv = ["git", "-c", f"safe.directory={root}", "-C", str(root), *arguments]
    try:
        done = subprocess.run(argv, capture_output=True, text=True)
    except FileNotFoundError:
        return ""
    return done.stdout if done.returncode == 0 else ""


def host() -> dict[str, Any]:
    """The name of this machine, and what else names it and its users: for --redact, which looks for all
    of them in a bundle."""
    users = {os.environ.get(name, "") for name in ("USER", "LOGNAME", "SUDO_USER")}
    homes = set()
    for uid in (os.getuid(), ROOT.stat().st_uid):
        try:
            user = pwd.getpwuid(uid)
        except KeyError:
            continue
        users.add(user.pw_name)
        homes.add(user.pw_dir)
    return {
        "name": socket.gethostname(),
        "private": {
            # Each Debian has root.
            "users": sorted(users - {"", "root"}),
            "homes": sorted(homes - {"", "/", "/root", "/nonexistent"}),
            "checkout": [str(ROOT)],
        },
    }
