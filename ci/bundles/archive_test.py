# SPDX-License-Identifier: BSD-3-Clause
"""Proves that a bundle's file is written whole or not at all, and that a hostile one does nothing."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from ci.bundles import archive, example
from ci.bundles.example import entry
from ci.host.say import CannotRun

FILES = {"manifest.json": b"{}", "scene/primary1/output": b"said" * 1000, "empty": b""}

#: Half of a write is visible to whoever kills it here.
KILLED_WHILE_IT_WRITES = """
import os, signal, sys
from pathlib import Path
from ci.bundles import archive
def dies(self, content):
    with self.open("wb") as file:
        file.write(content[:9])
    os.kill(os.getpid(), signal.SIGKILL)
Path.write_bytes = dies
archive.publish(Path(sys.argv[1]), "x", b"content of it")
"""


def test_what_was_packed_is_unpacked(tmp_path: Path) -> None:
    path = archive.publish(tmp_path, "x", archive.packed("x", FILES, 1_700_000_000))
    assert archive.unpacked(path) == FILES
    plain = subprocess.run(["tar", "--zstd", "-tvf", path], capture_output=True, text=True).stdout
    assert "x/scene/primary1/output" in plain and "root" not in plain


def test_bundle_beside_another_one_has_another_name(tmp_path: Path) -> None:
    names = [archive.publish(tmp_path, "x", text).name for text in (b"a", b"b", b"c")]
    assert names == ["x.tar.zst", "x.2.tar.zst", "x.3.tar.zst"]
    assert (tmp_path / "x.tar.zst").read_bytes() == b"a"
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)


def test_filesystem_without_links_has_bundles_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def link(*_: object) -> None:
        raise PermissionError("Operation not permitted")

    monkeypatch.setattr(os, "link", link)
    names = [archive.publish(tmp_path, "x", text).name for text in (b"a", b"b")]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)
    assert (tmp_path / "x.tar.zst").read_bytes() == b"a"


def test_disk_that_is_full_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write_bytes(path: Path, content: bytes) -> int:
        path.touch()
        raise OSError("No space left on device")

    monkeypatch.setattr(Path, "write_bytes", write_bytes)
    with pytest.raises(OSError):
        archive.publish(tmp_path, "x", b"a")
    assert list(tmp_path.iterdir()) == []


def test_writer_that_is_killed_leaves_no_half_bundle(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED_WHILE_IT_WRITES, tmp_path])
    assert done.returncode == -signal.SIGKILL
    assert list(tmp_path.glob("*.zst")) == []
    archive.publish(tmp_path, "x", b"whole")
    assert [path.name for path in tmp_path.iterdir()] == ["x.tar.zst"]


def test_bundle_is_known_by_its_name_or_its_first_bytes(tmp_path: Path) -> None:
    mailed, script = tmp_path / "attachment", tmp_path / "a.scenario"
    mailed.write_bytes(archive.packed("x", FILES, 0))
    script.write_text("primary1 starts")
    found = [archive.is_one(p) for p in (mailed, script, tmp_path / "no.tar.zst", tmp_path / "no")]
    assert found == [True, False, True, False]


def _negative_size() -> bytes:
    """A header whose size is -512: an old tarfile reads it again and again."""
    made = bytearray(entry("x/a").tobuf())
    made[124:136] = b"\xff" * 10 + b"\xfe\x00"
    made[148:156] = b" " * 8
    made[148:156] = b"%06o\0 " % sum(made)
    return archive.compressed(bytes(made) + bytes(1024))


def _sparse() -> bytes:
    made = entry("x/a")
    made.pax_headers = {"GNU.sparse.map": "0,1", "GNU.sparse.size": str(1 << 40)}
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.PAX_FORMAT) as file:
        file.addfile(made, io.BytesIO())
    return archive.compressed(plain.getvalue())


GOOD = archive.packed("x", FILES, 0)
OUTSIDE = "is no path below the bundle's own folder"
NOT_PLAIN = "is no plain file: a bundle has no links and no devices"

HOSTILE = {
    "absolute": (example.tar((entry("/etc/x"), b"x")), OUTSIDE),
    "up": (example.tar((entry("x/../../etc/x"), b"x")), OUTSIDE),
    "up at once": (example.tar((entry("../x"), b"x")), OUTSIDE),
    "dot": (example.tar((entry("x/./y"), b"x")), OUTSIDE),
    "no folder": (example.tar((entry("x"), b"x")), OUTSIDE),
    "control characters": (example.tar((entry("x/\x1b[2J"), b"x")), OUTSIDE),
    "long": (example.tar((entry("x/" + "y" * 400), b"x")), OUTSIDE),
    "symbolic link": (example.tar((entry("x/a", tarfile.SYMTYPE, "/etc/passwd"), b"")), NOT_PLAIN),
    "hard link": (example.tar((entry("x/a", tarfile.LNKTYPE, "/etc/passwd"), b"")), NOT_PLAIN),
    "device": (example.tar((entry("x/a", tarfile.CHRTYPE), b"")), NOT_PLAIN),
    "fifo": (example.tar((entry("x/a", tarfile.FIFOTYPE), b"")), NOT_PLAIN),
    "folder": (example.tar((entry("x/a", tarfile.DIRTYPE), b"")), NOT_PLAIN),
    "sparse": (_sparse(), NOT_PLAIN),
    "twice": (example.tar((entry("x/a"), b"1"), (entry("x/a"), b"2")), "a is there twice"),
    "two folders": (example.tar((entry("x/a"), b"1"), (entry("y/b"), b"2")), "has 2 folders"),
    "negative size": (_negative_size(), "would have -512 bytes"),
    "explodes": (archive.compressed(bytes(archive.MOST_BYTES + 1)), "more than 64 MB when"),
    "many files": (
        example.tar(*((entry(f"x/{number}"), b"") for number in range(archive.MOST_FILES + 1))),
        "has more than 500 files",
    ),
    "no zstd": (b"PK\x03\x04 a zip", "is not compressed by zstd"),
    "nothing": (b"", "is not compressed by zstd"),
    "cut": (GOOD[: len(GOOD) // 2], "is damaged"),
    "damaged": (GOOD[:30] + bytes([GOOD[30] ^ 255]) + GOOD[31:], "is damaged"),
    "no tar": (archive.compressed(b"no tar at all" * 100), "is damaged"),
    "cut tar": (example.tar((entry("x/a", size=100_000), bytes(100_000)))[:60], "is damaged"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_file_is_one_line_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    content, said = HOSTILE[what]
    path = tmp_path / "in" / "x.tar.zst"
    path.parent.mkdir()
    path.write_bytes(content)
    monkeypatch.chdir(path.parent)
    with pytest.raises(CannotRun) as error:
        archive.unpacked(path)
    assert said in str(error.value) and str(error.value).isprintable()
    assert [each.name for each in tmp_path.rglob("*")] == ["in", "x.tar.zst"]


def test_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match="cannot be read: No such file"):
        archive.unpacked(tmp_path / "no.tar.zst")
