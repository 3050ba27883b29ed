# SPDX-License-Identifier: BSD-3-Clause
"""The DPDK that a command is about: a release that Debian serves, or one of one's own."""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass

from ci import roots
from ci.host import build, packages
from ci.host.say import CannotRun
from ci.installed import Installed, of_argument
from ci.releases import RELEASES, Release


@dataclass(frozen=True)
class OfDebian:
    """A release that Debian serves, in a root of its own."""

    release: Release

    def __str__(self) -> str:
        return str(self.release)

    @property
    def name(self) -> str:
        """24.11"""
        return self.release.series

    @property
    def option(self) -> str:
        """What a command is given for it."""
        return f"--release {self.name}"

    def ready(self, command: str) -> dict[str, str]:
        """Makes the root and its peer where needed: the environment of a run that is in there."""
        found = roots.make(command, self.release)
        roots.peer(command, found)
        return roots.run_in(found)


Subject = OfDebian | Installed


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of a command that is about one DPDK: see `of`."""
    known = ", ".join(release.series for release in RELEASES)
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--release",
        metavar="SERIES",
        help=f"a release that Debian serves, in a root of its own: {known}; without it, the DPDK of "
        "this machine",
    )
    which.add_argument(
        "--dpdk",
        metavar="[NAME=]DIR",
        help="a DPDK of your own: the prefix that it was installed into, with shared libraries",
    )


def add_options_of_several(parser: argparse.ArgumentParser, otherwise: str) -> None:
    """The options of a command that is about any number of them. otherwise: what is taken if nothing is
    named."""
    known = ", ".join(release.series for release in RELEASES)
    parser.add_argument(
        "--release",
        action="append",
        metavar="SERIES",
        help=f"a release that Debian serves: {known} ({otherwise}, if nothing is named)",
    )
    parser.add_argument(
        "--dpdk",
        action="append",
        metavar="[NAME=]DIR",
        help="a DPDK of your own: the prefix that it was installed into, with shared libraries",
    )


def of(ours: argparse.Namespace) -> Subject | None:
    """The DPDK that these options name; None where it is this machine's. CannotRun where they name
    none."""
    if ours.dpdk:
        return of_argument(ours.dpdk)
    return of_series(ours.release) if ours.release else None


def of_series(series: str) -> OfDebian:
    """The release of this series; CannotRun where Debian serves none."""
    by_series = {release.series: release for release in RELEASES}
    if series not in by_series:
        raise CannotRun(
            f"--release {series}: Debian serves {', '.join(by_series)}; name one of these"
        )
    return OfDebian(by_series[series])


def ready(command: str, subject: Subject | None) -> dict[str, str]:
    """Makes what a run on this DPDK needs: the environment of the run, {} on this machine's DPDK.
    CannotRun when it cannot be had."""
    if subject is None:
        return {}
    if isinstance(subject, OfDebian) and os.geteuid() != 0:
        raise CannotRun(
            "not root, and only root can enter the root of another release: run it as root"
        )
    return subject.ready(command)


def prepared(command: str, subject: Subject | None) -> dict[str, str]:
    """Installs and builds what a command needs that runs our own programs on this DPDK: the environment
    of the run. CannotRun when that cannot be had."""
    packages.install(command, packages.RUN)
    if subject is None:
        packages.dpdk_release()
    more = ready(command, subject)
    # On another DPDK, too: the relay and the tracers are no DPDK processes.
    build.build(command, tests=False)
    return more
