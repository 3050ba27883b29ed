# SPDX-License-Identifier: BSD-3-Clause
"""Proves what of a scene comes into a bundle, and that what does not is named."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
import zstandard

from ci.bundles import archive, example, scene


def test_all_files_are_taken_and_cores_come_last(tmp_path: Path) -> None:
    found, left_out = scene.files(example.scene_of(tmp_path / "scene"))
    assert list(found) == [
        "scene/primary1/core.7.stacks",
        "scene/primary1/output",
        "scene/timeline.jsonl",
        "scene/primary1/core.7.zst",
    ]
    assert left_out == []
    core = zstandard.ZstdDecompressor().decompress(found["scene/primary1/core.7.zst"])
    assert core == (tmp_path / "scene/primary1/core.7").read_bytes()
    assert found["scene/primary1/output"] == b"EAL: Detected CPU lcores: 2\n"


def test_core_that_stays_large_is_left_out_and_its_stacks_are_not(tmp_path: Path) -> None:
    folder = example.scene_of(tmp_path / "scene")
    (folder / "primary1/core.7").write_bytes(random.Random(1).randbytes(scene.MOST + 1))
    found, left_out = scene.files(folder)
    assert "scene/primary1/core.7.stacks" in found and "scene/primary1/core.7.zst" not in found
    (why,) = left_out
    assert why.startswith("scene/primary1/core.7: it has 300 kB when compressed; at most 300 are")


def test_large_core_that_becomes_small_is_taken(tmp_path: Path) -> None:
    folder = example.scene_of(tmp_path / "scene")
    os.truncate(folder / "primary1/core.7", 60 << 20)
    found, left_out = scene.files(folder)
    assert len(found["scene/primary1/core.7.zst"]) < 20_000 and left_out == []


@pytest.mark.parametrize(
    "name, is_so",
    [("core", True), ("core.7", True), ("core.peer.7", True), ("core.7.stacks", False)]
    + [("output", False), ("score", False)],
)
def test_core_is_known_by_its_name(name: str, is_so: bool) -> None:
    assert scene.is_core(name) is is_so


def test_cores_of_many_processes_have_a_limit(tmp_path: Path) -> None:
    folder = example.scene_of(tmp_path / "scene")
    chance = random.Random(1)
    for number in range(3):
        (folder / f"primary1/core.{number}").write_bytes(chance.randbytes(scene.MOST - 1000))
    (folder / "primary1/core.7").unlink()
    found, left_out = scene.files(folder)
    assert [name for name in found if name.endswith(".zst")] == ["scene/primary1/core.0.zst"]
    assert [why.partition(": ")[2] for why in left_out] == [
        "all cores would have more than 500 kB"
    ] * 2


def test_output_without_end_is_left_out(tmp_path: Path) -> None:
    folder = example.scene_of(tmp_path / "scene")
    (folder / "primary1/output").write_bytes(random.Random(1).randbytes(scene.MOST + 1))
    os.truncate(folder / "timeline.jsonl", scene.MOST_PLAIN + 1)
    found, left_out = scene.files(folder)
    assert [why.partition(": it has ")[2] for why in left_out] == [
        "300 kB when compressed; at most 300 are taken",
        "33.6 MB; at most 33.6 MB are taken",
    ]
    assert "scene/primary1/core.7.stacks" in found


def test_core_that_is_too_large_is_not_even_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = example.scene_of(tmp_path / "scene")
    os.truncate(folder / "primary1/core.7", scene.MOST_CORE + 1)
    read = Path.read_bytes

    def read_bytes(path: Path) -> bytes:
        assert path.name != "core.7"
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    found, (why,) = scene.files(folder)
    assert len(found) == 3 and "it has 536.9 MB; at most 536.9 MB are taken" in why


def test_links_are_not_followed_and_odd_names_are_told(tmp_path: Path) -> None:
    folder = example.scene_of(tmp_path / "scene")
    (folder / "link").symlink_to("/etc/passwd")
    (folder / "sp ace\x1b").write_text("x")
    found, left_out = scene.files(folder)
    assert len(found) == 4
    assert left_out == ["scene/sp ace\\x1b: no bundle has a file of this name"]


def test_whole_is_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = example.scene_of(tmp_path / "scene")
    monkeypatch.setattr(archive, "MOST_FILES", 4)
    found, left_out = scene.files(folder)
    assert len(found) == 2 and all("there are 2 files already" in why for why in left_out)
    monkeypatch.setattr(archive, "MOST_BYTES", 500)
    monkeypatch.setattr(archive, "MOST_FILES", 400)
    found, left_out = scene.files(folder)
    assert list(found) == ["scene/primary1/core.7.stacks", "scene/primary1/output"]
    assert all("MB would be unpacked" in why for why in left_out) and len(left_out) == 2
