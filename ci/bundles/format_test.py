# SPDX-License-Identifier: BSD-3-Clause
"""Proves that a bundle is read as it was written, and that one which is none is refused in one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Callable

import pytest

from ci.bundles import archive, example
from ci.bundles import format as form
from ci.bundles.format import Bundle
from ci.host.say import CannotRun


def test_bundle_is_read_as_it_was_written(tmp_path: Path) -> None:
    made = example.bundle(tmp_path / "scene")
    path = example.written(tmp_path, made)
    assert form.read(path) == made
    assert made.way == f"{example.CLAUSE}: primary1 died: SIGSEGV"


def _change(name: str, value: Any) -> Callable[[dict[str, Any]], None]:
    """Changes a part of a manifest: "run/port"."""

    def change(manifest: dict[str, Any]) -> None:
        *way, last = name.split("/")
        for part in way:
            manifest = manifest[part]
        manifest[last] = value

    return change


BAD = {
    "newer": (_change("format", 2), "is of format 2, and this version reads 1"),
    "no number": (_change("format", "1"), "manifest.json, 'format'"),
    "no format": (lambda manifest: manifest.pop("format"), "'format' is a required property"),
    "more": (_change("run/shell", "rm"), "Additional properties are not allowed"),
    "kind": (_change("run/kind", "program"), "'program' is not one of"),
    "option": (_change("run/options", ["--rootdir=/tmp"]), "does not match"),
    "option of many": (_change("run/options", ["--fuzz-seed=1 --rootdir=/tmp"]), "does not match"),
    "clause outside": (_change("case/clause", "/etc/x.py::test_x"), "does not match"),
    "line of two": (_change("run/port", "net_tap\nnet_pcap"), "does not match"),
    "terminal": (_change("host/name", "\x1b[2J"), "does not match"),
    "file that is missing": (
        _change("files/more", {"bytes": 0, "sha256": "0" * 64}),
        "'more' is not",
    ),
    "file that differs": (_change("files/report.json/bytes", 1), "'report.json' is not what"),
}


@pytest.mark.parametrize("what", BAD)
def test_manifest_that_is_wrong_is_one_line(tmp_path: Path, what: str) -> None:
    change, said = BAD[what]
    made = example.bundle(tmp_path / "scene")
    manifest = json.loads(json.dumps(made.manifest))
    change(manifest)
    path = example.written(tmp_path, Bundle(manifest, made.files))
    with pytest.raises(CannotRun) as error:
        form.read(path)
    assert said in str(error.value) and str(error.value).isprintable()


@pytest.mark.parametrize(
    "text, said",
    [
        (None, "is no bundle: it has no manifest.json"),
        (b"{", "its manifest.json is no JSON"),
        (b"\xff", "its manifest.json is no JSON"),
        (b"[" * 100_000, "its manifest.json is no JSON"),
        (b"[]", "is not of type 'object'"),
        (b"1e400", "is not of type 'object'"),
    ],
)
def test_manifest_that_is_none_is_one_line(tmp_path: Path, text: bytes | None, said: str) -> None:
    files = {"other": b""} if text is None else {form.MANIFEST: text}
    path = archive.publish(tmp_path, "x", archive.packed("x", files, 0))
    with pytest.raises(CannotRun) as error:
        form.read(path)
    assert said in str(error.value) and str(error.value).isprintable()


def test_file_that_the_manifest_does_not_name_is_refused(tmp_path: Path) -> None:
    made = example.bundle(tmp_path / "scene")
    path = example.written(tmp_path, Bundle(made.manifest, {**made.files, "more": b""}))
    with pytest.raises(CannotRun, match="'more' is not what its manifest.json says"):
        form.read(path)
