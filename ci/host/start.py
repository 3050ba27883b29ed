# SPDX-License-Identifier: BSD-3-Clause
"""Starts a command of ours, and first installs the Python modules of Debian that it begins with."""

from __future__ import annotations

import importlib
import runpy
import sys

from ci.host import packages
from ci.host.say import CannotRun, give_up

# This module needs nothing but Python.


def begin(module: str) -> None:
    """Imports the command's module. Where that fails and a package of Debian is missing, installs all
    that a run needs, and imports it again: of a package that was removed, a folder may be left, which is
    then a module without anything in it."""
    before = set(sys.modules)
    try:
        importlib.import_module(module)
    except Exception:
        if not packages.missing(packages.RUN):
            raise
        packages.install(named(module), packages.RUN)
        for name in set(sys.modules) - before:
            del sys.modules[name]
        importlib.invalidate_caches()
        importlib.import_module(module)


def named(module: str) -> str:
    """The command's name, as a user writes it: "ci/test" of "ci.test"."""
    return module.removesuffix(".command").replace(".", "/").replace("_", "-")


def main(module: str) -> None:
    """Runs the command with the arguments that follow its name."""
    try:
        begin(module)
    except CannotRun as error:
        give_up(named(module), error)
    del sys.modules[module]  # It is run under another name, and once.
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    del sys.argv[0]
    main(sys.argv[0])
