# SPDX-License-Identifier: BSD-3-Clause
"""ci/test: proves Gauntlet itself, its failing sides too, and then runs the contract."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Callable

from ci import build, enter, packages, style
from ci.say import CannotRun, give_up, step

ROOT = Path(__file__).resolve().parent.parent
ME = "ci/test"


def ctest() -> bool:
    """The C++ unit tests."""
    argv = ["ctest", "--test-dir", str(build.BUILD), "--output-on-failure"]
    return subprocess.run(argv).returncode == 0


def units() -> bool:
    """The Python unit tests: harness, faults, accounts, commands. They make scenes too."""
    argv = ["/usr/bin/python3", "-m", "pytest", "-q", "-o", "python_files=*_test.py"]
    rooms = ["targets", "faults", "traffic", "conformance", "ci"]
    return enter.run(ME, [*argv, "-n", str(enter.PARALLEL), *rooms]) == 0


def contract() -> bool:
    """The conformance suite on the default port, exactly as a user runs it."""
    return subprocess.run([str(ROOT / "ci" / "validate")]).returncode == 0


def coverage() -> bool:
    """What the contract reaches, on a librte_eal that counts it: by the cases that reach all of it."""
    return subprocess.run([str(ROOT / "ci" / "coverage"), "--chosen"]).returncode == 0


def sanitize() -> bool:
    """A part of it with sanitizers: the calls that allocate."""
    argv = [str(ROOT / "ci" / "coverage"), "--sanitize", "conformance/rte_mp/test_memory.py"]
    return subprocess.run(argv).returncode == 0


STEPS: dict[str, Callable[[], bool]] = {
    "ctest": ctest,
    "units": units,
    "style": lambda: style.check(ME),
    "contract": contract,
    "coverage": coverage,
    "sanitize": sanitize,
}


def main(argv: list[str]) -> int:
    """The command: every step is run, also after a red one."""
    parser = argparse.ArgumentParser(prog=ME, description=__doc__.partition(": ")[2])
    parser.add_argument(
        "steps", nargs="*", metavar="STEP", help=f"of {', '.join(STEPS)}; all if none"
    )
    chosen = parser.parse_args(argv).steps or list(STEPS)
    unknown = [name for name in chosen if name not in STEPS]
    if unknown:
        raise CannotRun(f"unknown step {unknown[0]!r}: the steps are {', '.join(STEPS)}")
    packages.install(ME, packages.RUN + packages.PROVE)
    packages.dpdk_release()
    build.build(ME, tests=True)
    red = []
    for name in chosen:
        step(ME, f"== {name}")
        before = time.monotonic()
        if not STEPS[name]():
            red.append(name)
        step(
            ME, f"== {name}: {'red' if name in red else 'green'}, {time.monotonic() - before:.0f} s"
        )
    step(ME, f"RED: {', '.join(red)}" if red else f"green: {', '.join(chosen)}")
    return 1 if red else 0


if __name__ == "__main__":
    os.chdir(ROOT)
    try:
        sys.exit(main(sys.argv[1:]))
    except CannotRun as error:
        give_up(ME, error)
