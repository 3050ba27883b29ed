# SPDX-License-Identifier: BSD-3-Clause
"""Runs as other programs read them: the Test Anything Protocol, and the commands of a GitHub runner."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import contextmanager
from typing import Any, Callable, Iterator

from ci.answer import states
from ci.host.say import CannotRun

Reports = list[dict[str, Any]]


def tap(reports: Reports) -> str:
    """TAP version 14: one test point a case; what breaks as recorded is a TODO, what is red is not ok."""
    cases = [(report, case) for report in reports for case in report["clauses"]]
    lines = ["TAP version 14", f"1..{len(cases)}"]
    for number, (report, case) in enumerate(cases, 1):
        state = states.state_of(case["how"])
        name = _escaped(f"{report['called']}: {case['clause']}", "\\#")
        if state in (states.HOLDS, states.NOT_RUN):
            skip = (
                f" # SKIP {_line(case['actual'] or case['how'])}" if state == states.NOT_RUN else ""
            )
            lines.append(f"ok {number} - {name}{skip}")
        elif state == states.BROKEN:
            lines.append(f"not ok {number} - {name} # TODO {_line(case['recorded'])}")
        else:
            lines.append(f"not ok {number} - {name}")
            lines += ["  ---", *(f"  {key}: {_quoted(case[key])}" for key in _TOLD), "  ..."]
    return "\n".join(lines)


_TOLD = ("promise", "how", "expected", "actual")


def _line(text: str) -> str:
    return " ".join(text.split())


def _escaped(text: str, characters: str) -> str:
    return "".join(f"\\{c}" if c in characters else c for c in _line(text))


def _quoted(text: str) -> str:
    """A double-quoted scalar of YAML."""
    return '"' + _escaped(text, '\\"') + '"'


def github(reports: Reports) -> str:
    """Annotations for a GitHub runner: an error for each red case, a warning for a fault of our own."""
    lines = []
    for report in reports:
        for case in report["clauses"]:
            kind = {states.RED: "error", states.FAULT: "warning"}.get(states.state_of(case["how"]))
            if kind:
                file = case["clause"].partition("::")[0]
                title = _property(f"{report['called']}: {case['how']}")
                told = [f"{key}: {case[key]}" for key in ("expected", "actual")]
                alone = f"alone: {report['alone']} '{case['clause']}'"
                text = "\n".join([case["promise"], *told, alone])
                lines.append(f"::{kind} file={_property(file)},title={title}::{_data(text)}")
    return "\n".join(lines)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


FORMATS: dict[str, Callable[[Reports], str]] = {"tap": tap, "github": github}


def add_option(parser: argparse.ArgumentParser) -> None:
    """--format, which all commands take alike."""
    parser.add_argument(
        "--format",
        metavar="|".join(FORMATS),
        help="what standard output is for: a TAP consumer or a GitHub runner; all else goes to "
        "standard error",
    )


@contextmanager
def instead_of_text(chosen: str | None) -> Iterator[Callable[[Reports], None]]:
    """Within the block all that we and our children print goes to standard error, if a format is chosen;
    the function that it gives prints runs in that format to where standard output was. CannotRun for a
    format that is not there."""
    if chosen is None:
        yield lambda reports: None
        return
    if chosen not in FORMATS:
        raise CannotRun(f"--format {chosen}: there are {' and '.join(FORMATS)}; name one of these")
    sys.stdout.flush()
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as output:
        os.dup2(2, 1)
        try:
            yield lambda reports: print(FORMATS[str(chosen)](reports), file=output, flush=True)
        finally:
            sys.stdout.flush()
            os.dup2(output.fileno(), 1)
