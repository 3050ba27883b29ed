# SPDX-License-Identifier: BSD-3-Clause
"""Looks, in the namespaces of a run, whether the wire is cabled to the port that is named; says in a line
why not, and exits with 2.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from targets.outcome import CannotRun
from targets.root import REPOSITORY


def main(port: str) -> int:
    """The program; its exit status."""
    logging.disable(logging.WARNING)  # Scapy warns of interfaces that nobody asked about.
    from conformance.ethdev import cabled

    try:
        with TemporaryDirectory(dir=REPOSITORY / "build") as folder:
            cabled.check(port, Path(folder))
    except CannotRun as why:
        print(f"ci/validate: {why}", file=sys.stderr, flush=True)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
