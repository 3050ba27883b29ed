# SPDX-License-Identifier: BSD-3-Clause
"""ci/test: proves Gauntlet itself, its failing sides too, and then runs the contract."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Callable, Sequence

from ci import container, headers, lies, qualify, style
from ci.host import build
from ci.host import enter
from ci.host import packages
from ci.reach import source
from ci.host.say import CannotRun, give_up, step
from ci.nic_host import command as nic_host
from ci.releases import RELEASES, Release
from ci.steps import Outcome, Skipped, closing, outcome
from ci.subject import OfDebian
from ci.validate import DEFAULT_PORT

ROOT = Path(__file__).resolve().parent.parent
ME = "ci/test"

# Of these clauses no release breaks one.
KEPT = "conformance/rte_mp/test_action_register.py"


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


def _needs_source() -> None:
    try:
        source.installed()
    except source.NoSource as why:
        raise Skipped(str(why)) from why


def coverage() -> bool:
    """Runs the cases that reach all that the contract reaches, on a librte_eal that counts it."""
    _needs_source()
    return subprocess.run([str(ROOT / "ci" / "coverage"), "--chosen"]).returncode == 0


def sanitize() -> bool:
    """A part of it with sanitizers: the calls that allocate."""
    _needs_source()
    argv = [str(ROOT / "ci" / "coverage"), "--sanitize", "conformance/rte_mp/test_memory.py"]
    return subprocess.run(argv).returncode == 0


def other_releases(of: Sequence[Release]) -> bool:
    """Each release in its root: the peer that its own compiler builds, and what every release keeps."""
    reports = [qualify.run(OfDebian(each), DEFAULT_PORT, [KEPT], each.series) for each in of]
    return all(report["counts"].keys() == {"holds"} for report in reports)


def sample_of_lies() -> bool:
    """A part of the contract is told lies: whether its assertions can fail."""
    return lies.main(["--sample"]) == 0


CLIENT_SERVER = "conformance/ethdev/test_client_server.py"
# On a NIC: that a secondary has it, frames there and back, what a death costs, and statistics.
ON_A_NIC = (
    "test_secondary_sees_the_port",
    "test_every_frame_is_delivered[SP-SC]",
    "test_killed_secondary_loses_what_it_held",
    "test_port_counts_every_frame",
)


def on_a_nic(*clauses: str) -> bool:
    """The clauses of ports on a PCI NIC, in the box."""
    try:
        ready = nic_host.ready(nic_host.DEFAULT_NIC)
    except CannotRun as why:
        raise Skipped(f"a NIC host cannot be had here: {why}") from why
    return ready.run([*nic_host.VALIDATE, *clauses]) == 0


def _only_where_named() -> bool:
    raise Skipped("it makes an image, for ten minutes: name it to have it run")


STEPS: dict[str, Callable[[], bool]] = {
    "ctest": ctest,
    "units": units,
    "style": lambda: style.check(ME),
    "headers": lambda: headers.check(ME),
    "releases": lambda: other_releases(RELEASES),
    "contract": contract,
    "nic-host": lambda: on_a_nic(nic_host.CLAUSES),
    "lies": sample_of_lies,
    "coverage": coverage,
    "sanitize": sanitize,
    "container": lambda: container.proved(ME),
}


# What takes long is whole where it is named, and has this short form among all steps.
SHORT: dict[str, Callable[[], bool]] = {
    "headers": lambda: headers.check(ME, headers.ENDS),
    "releases": lambda: other_releases(RELEASES[-1:]),
    "nic-host": lambda: on_a_nic(*(f"{CLIENT_SERVER}::{name}" for name in ON_A_NIC)),
    "container": _only_where_named,
}


def told_lies(argv: list[str]) -> int:
    """All clauses are told lies, or those that are named."""
    lies.arguments(argv)  # --help and what is wrong come before anything is built.
    packages.install(ME, packages.RUN)
    packages.dpdk_release()
    build.build(ME, tests=False)
    return lies.main(argv)


def main(argv: list[str]) -> int:
    """The command: every step is run, also after one that is red or cannot be run."""
    if argv[:1] == ["--lies"]:
        return told_lies(argv[1:])
    parser = argparse.ArgumentParser(
        prog=ME,
        description=__doc__.partition(": ")[2],
        epilog="ci/test --lies: is there an assertion that cannot fail? See ci/test --lies --help.",
    )
    parser.add_argument(
        "steps",
        nargs="*",
        metavar="STEP",
        help=f"of {', '.join(STEPS)}; all if none, with `headers` for the oldest and newest DPDK, "
        "`releases` for the newest, and `nic-host` for a few clauses",
    )
    named = parser.parse_args(argv).steps
    chosen = named or list(STEPS)
    unknown = [name for name in chosen if name not in STEPS]
    if unknown:
        raise CannotRun(f"unknown step {unknown[0]!r}: the steps are {', '.join(STEPS)}")
    packages.install(ME, packages.RUN + packages.PROVE)
    packages.dpdk_release()
    build.build(ME, tests=True)
    outcomes: dict[str, Outcome] = {}
    for name in chosen:
        step(ME, f"== {name}")
        before = time.monotonic()
        outcomes[name] = outcome(STEPS[name] if named else SHORT.get(name, STEPS[name]))
        step(ME, f"== {name}: {outcomes[name]}, {time.monotonic() - before:.0f} s")
    line, status = closing(outcomes)
    step(ME, line)
    return status


if __name__ == "__main__":
    os.chdir(ROOT)
    try:
        sys.exit(main(sys.argv[1:]))
    except CannotRun as error:
        give_up(ME, error)
