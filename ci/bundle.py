# SPDX-License-Identifier: BSD-3-Clause
"""ci/bundle: says where a bundle comes from and what it holds, or leaves out of it what is private."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ci.bundles import archive, replay
from ci.bundles import format as form
from ci.host import packages, where
from ci.host.say import CannotRun, give_up, step

ME = "ci/bundle"

EPILOG = """
A bundle is a red case in one file, to be mailed: what was seen, its scenario, seeds, releases and host,
its timeline, outputs and stacks, and its cores where they are small. ci/validate, ci/qualify and ci/hosts
leave one for each red case in the folder bundles/ of the report, ci/reproduce one for each way in which
it failed, in build/reproduce/bundles/. It is a tar, compressed by zstd. It names its host, its users and
the folder of its Gauntlet.
  ci/bundle NAME.tar.zst                          where it comes from
  ci/report NAME.tar.zst                          its page; the index.html in it is the same
  ci/reproduce NAME.tar.zst --times 20            the same on this machine, and does it fail alike?
--redact makes another bundle: names of hosts and users, MAC, IP and PCI addresses are replaced by others,
payloads by letters of the same length; alike stays alike. Cores, and all that is no text, are left out.
What was left out stands in the new bundle, on its page, and here. Addresses in memory stay.
Exit status: 0; 2 the bundle cannot be read, or not be redacted.
"""


def arguments(argv: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog=ME,
        description="Where does this bundle come from, and what is in it?",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("bundle", metavar="NAME.tar.zst")
    parser.add_argument("--redact", metavar="OUT.tar.zst", help="write it without what is private")
    return parser.parse_args(argv)


def main(argv: list[str]) -> int:
    """The command. CannotRun when the bundle cannot be read."""
    ours = arguments(argv)
    packages.install(ME, packages.RUN)
    path = where.path_of(ours.bundle)
    bundle = form.read(path)
    report = replay.report_of(path, bundle)
    if ours.redact:
        write_redacted(bundle, where.path_of(ours.redact))
        return 0
    for line in replay.came_from(path, bundle, report):
        step(ME, line)
    for name, content in bundle.files.items():
        print(f"{len(content):12}  {name}")
    return 0


def write_redacted(bundle: form.Bundle, path: Path) -> None:
    """Writes a bundle without what is private, and says what is left out. CannotRun where that cannot be,
    or where the file is there already."""
    from ci.bundles import redact  # It needs jsonschema, which was installed just now.

    if not path.name.endswith(archive.SUFFIX):
        raise CannotRun(f"--redact {path.name}: a bundle's name ends with {archive.SUFFIX}")
    if path.exists() or not path.parent.is_dir():
        why = "it is there already" if path.exists() else f"there is no folder {path.parent}"
        raise CannotRun(f"--redact {path}: {why}; name a file that is to be made")
    try:
        done = redact.redacted(bundle)
    except (LookupError, ValueError, TypeError, AttributeError, RecursionError) as error:
        # Whoever made it meant it to be like this: Gauntlet writes none like it.
        raise CannotRun(f"its files are not as Gauntlet writes them ({error!r:.80})") from error
    stem = path.name.removesuffix(archive.SUFFIX)
    try:
        written = archive.publish(path.parent, stem, done.packed(stem))
    except OSError as error:
        raise CannotRun(f"--redact {path} cannot be written: {error.strerror}") from error
    for what in done.manifest["redacted"]:
        step(ME, f"redacted: {what}")
    for what in done.manifest["left_out"]:
        step(ME, f"left out: {what}")
    step(ME, f"written: {written} ({written.stat().st_size / 1000:.0f} kB)")


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except CannotRun as error:
        give_up(ME, error)
