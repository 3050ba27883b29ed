# SPDX-License-Identifier: BSD-3-Clause
"""Proves the command: what it says of a bundle, what --redact writes, and what bad input is told; and
that no command that takes a bundle runs anything of a bad one."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ci.bundles import archive, example
from ci.bundles import format as form
from ci.bundles.format import Bundle

ROOT = Path(__file__).resolve().parent.parent

# Each takes a bundle.
COMMANDS = ("ci/bundle", "ci/report", "ci/reproduce")


def _run(command: str, *arguments: str, at: Path) -> subprocess.CompletedProcess[str]:
    argv = [str(ROOT / command), *arguments]
    return subprocess.run(argv, cwd=at, capture_output=True, text=True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The file of a bundle."""
    return example.written(tmp_path, example.bundle(tmp_path / "scene"))


def test_bundle_says_where_it_comes_from_and_what_it_holds(path: Path) -> None:
    done = _run("ci/bundle", path.name, at=path.parent)
    assert done.returncode == 0 and "there: DPDK 22.11.11 on net_tap: breaks" in done.stdout
    assert "  scene/primary1/core.7.zst\n" in done.stdout and "  index.html\n" in done.stdout


def test_redacted_bundle_is_written_and_what_is_left_out_is_said(path: Path) -> None:
    done = _run("ci/bundle", path.name, "--redact", "less.tar.zst", at=path.parent)
    written = path.parent / "less.tar.zst"
    assert done.returncode == 0 and f"written: {written}" in done.stdout
    assert "redacted: payloads: 1, in " in done.stdout
    assert "left out: scene/primary1/core.7.zst: it is no text" in done.stdout
    less = form.read(written)
    assert less.manifest["redacted"] and b"secret!!".hex().encode() not in b"".join(
        less.files.values()
    )


def test_report_of_a_bundle_is_its_page(path: Path) -> None:
    done = _run("ci/report", path.name, "--into", "page", at=path.parent)
    page = (path.parent / "page/index.html").read_text()
    assert done.returncode == 1 and "primary1 died: SIGSEGV" in page and "a bundle of " in page
    assert "0 hold, 0 break as recorded, 1 red; a bundle of " in done.stdout


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["no.tar.zst"], "no.tar.zst cannot be read: No such file or directory"),
        (
            ["example.tar.zst", "--redact", "less.zip"],
            "less.zip: a bundle's name ends with .tar.zst",
        ),
        (["example.tar.zst", "--redact", "example.tar.zst"], "it is there already"),
        (["example.tar.zst", "--redact", "no/x.tar.zst"], "there is no folder"),
        (["example.tar.zst", "--nonsense"], "unrecognized arguments: --nonsense"),
    ],
)
def test_bad_input_is_told(path: Path, arguments: list[str], said: str) -> None:
    before = sorted(path.parent.iterdir())
    done = _run("ci/bundle", *arguments, at=path.parent)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr.splitlines()[-1]
    assert sorted(path.parent.iterdir()) == before


def test_bundle_that_only_looks_like_one_is_not_redacted(path: Path) -> None:
    made = form.read(path)
    files = {**made.files, "scene/timeline.jsonl": b"{"}
    odd = Bundle({**made.manifest, "files": form.sums(files)}, files)
    example.written(path.parent, odd, "odd")
    done = _run("ci/bundle", "odd.tar.zst", "--redact", "less.tar.zst", at=path.parent)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert "its files are not as Gauntlet writes them" in done.stderr
    assert not (path.parent / "less.tar.zst").exists()


def _bad(folder: Path) -> dict[str, bytes]:
    made = example.bundle(folder / "scene")
    whole = made.packed("x")
    harm = {**made.manifest, "case": {**made.manifest["case"], "clause": "/tmp/x.py::test_x"}}
    return {
        "newer": Bundle({**made.manifest, "format": 99}, made.files).packed("x"),
        "harm": Bundle(harm, made.files).packed("x"),
        "cut": whole[: len(whole) // 2],
        "outside": example.tar((example.entry("x/../../../tmp/owned"), b"x")),
        "link": example.tar((example.entry("x/manifest.json", b"2", "/etc/passwd"), b"")),
        "explodes": archive.compressed(bytes(archive.MOST_BYTES + 1)),
    }


@pytest.mark.parametrize("command", COMMANDS)
def test_bad_bundle_is_one_line_and_2(tmp_path: Path, command: str) -> None:
    for name, content in _bad(tmp_path).items():
        path = archive.publish(tmp_path / "sent", name, content)
        done = _run(command, path.name, at=path.parent)
        assert (done.returncode, done.stdout) == (2, ""), f"{name}: {done.stderr}"
        assert len(done.stderr.splitlines()) == 1 and path.name in done.stderr
        assert list(path.parent.iterdir()) == [path]
        path.unlink()
