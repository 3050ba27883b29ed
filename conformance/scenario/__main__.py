# SPDX-License-Identifier: BSD-3-Clause
"""Says what is wrong with a scenario, for the DPDK of a run, or writes it in another language:
python3 -m conformance.scenario FILE [LANGUAGE OUTPUT].
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Callable

from conformance.scenario.c.program import program
from conformance.scenario.clause import clause
from conformance.scenario.steps import Scenario
from conformance.scenario.text import TextError, parse
from conformance.verdicts.run import find_peer, verbs
from targets.dpdk import Dpdk
from targets.isolation import lay_out
from targets.root import of_environment


#: A scenario in other languages.
LANGUAGES: dict[str, Callable[[Scenario], str]] = {"c": program, "clause": clause}


def main(file: Path, language: str = "", output: str = "") -> int:
    """0: it can be run, or is written; 2: the line printed says why not."""
    root = of_environment()
    if root is not None:
        lay_out(root)
    try:
        scenario = parse(file.read_text(encoding="utf-8"), verbs(Dpdk(find_peer(), root)))
        if language:
            Path(output).write_text(LANGUAGES[language](scenario), encoding="utf-8")
    except (OSError, UnicodeDecodeError, TextError) as error:
        print(f"{file}: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *sys.argv[2:]))
