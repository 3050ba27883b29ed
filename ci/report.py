# SPDX-License-Identifier: BSD-3-Clause
"""ci/report: makes the page, and says what changes, from runs that were made here or elsewhere."""

from __future__ import annotations

import argparse
import sys

from ci.answer import answer, formats, runs
from ci.host import packages, where
from ci.host.say import CannotRun, give_up, step
from ci.summary import summary

ME = "ci/report"

EPILOG = """
REPORT.json: build/report/report.json of a ci/validate, or build/report/RELEASE/report.json of a
ci/qualify, of this machine or of another one, or a bundle, NAME.tar.zst; in the order in which they are
to be compared.
Writes index.html, and answer.txt where there are several.
Exit status: as ci/qualify for several reports, as ci/validate for one; 2 also when a report cannot be
read.
"""


def arguments(argv: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog=ME,
        description="The page of one run, or of many, and what changes between them.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("reports", nargs="+", metavar="REPORT.json")
    parser.add_argument("--into", metavar="DIR", default=".", help="where to (.)")
    answer.add_options(parser)
    return parser.parse_args(argv)


def main(argv: list[str]) -> int:
    """The command. CannotRun when a report cannot be read."""
    ours = arguments(argv)
    packages.install(ME, packages.RUN)
    with formats.instead_of_text(ours.format) as tell:
        reports = runs.read_all([where.path_of(path) for path in ours.reports])
        compared = answer.pairs(reports, ours.before, ours.after)
        text, status = answer.text_of(reports, compared) if compared else summary(reports[0])
        into = where.path_of(ours.into)
        into.mkdir(parents=True, exist_ok=True)
        page = answer.publish(into, reports, compared)
        if compared:
            (into / "answer.txt").write_text(text + "\n")
        print(text, flush=True)
        step(ME, f"the page is {page}")
        tell(reports)
    return status


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except CannotRun as error:
        give_up(ME, error)
