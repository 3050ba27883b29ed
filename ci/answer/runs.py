# SPDX-License-Identifier: BSD-3-Clause
"""Reads report.json files, made here or elsewhere."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from ci.bundles import archive
from ci.host.say import CannotRun
from conformance.verdicts.verdict import SCHEMA

_SCHEMA = Path(__file__).with_name("schema.json")


@cache
def _validator() -> Any:
    import jsonschema  # A command may have installed it just now.

    return jsonschema.Draft202012Validator(json.loads(_SCHEMA.read_text()))


def read(path: Path) -> dict[str, Any]:
    """What a report.json holds, or that of a bundle; CannotRun, in one line, where it is none that this
    version reads."""
    try:
        report: Any = json.loads(_text(path))
    except (OSError, UnicodeDecodeError) as error:
        raise CannotRun(f"{path} cannot be read: {error}") from error
    except json.JSONDecodeError as error:
        raise CannotRun(f"{path} is no JSON: {error}; give a report.json of a run") from error
    return checked(report, path)


def _text(path: Path) -> str:
    if not archive.is_one(path):
        return path.read_text(encoding="utf-8")
    from ci.bundles import format as form  # It needs what a command may have installed just now.

    return form.read(path).files.get(form.REPORT, b"").decode()


def checked(report: Any, path: Path) -> dict[str, Any]:
    """The report, which is of this file; CannotRun as read()."""
    version = report.get("schema") if isinstance(report, dict) else None
    if version != SCHEMA:
        raise CannotRun(
            f"{path} has schema {version}, and this version reads {SCHEMA}: make the report again with "
            "this version"
        )
    wrong = next(_validator().iter_errors(report), None)
    if wrong is not None:
        where = "/".join(map(str, wrong.absolute_path)) or "the report"
        raise CannotRun(f"{path} is no report of a run: {where}: {wrong.message[:120]}")
    return dict(report)


def read_all(paths: list[Path]) -> list[dict[str, Any]]:
    """The reports of these files; those that are called alike are told apart by their files."""
    reports = [read(path) for path in paths]
    called = [report["called"] for report in reports]
    for path, report in zip(paths, reports):
        if called.count(report["called"]) > 1:
            report["called"] += f" of {path}"
    return reports
