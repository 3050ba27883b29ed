# SPDX-License-Identifier: BSD-3-Clause
"""What another host gets is what git tracks, as it is now."""

from __future__ import annotations

import io
import subprocess
import tarfile
from pathlib import Path

import pytest

from ci.far import files
from ci.host.say import CannotRun


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Three tracked files, of which one is gone, and one that is not tracked."""
    root = tmp_path / "checkout"
    root.mkdir()
    for name in ("a b", "gone", "z"):
        (root / name).write_text(name)
    subprocess.run(["git", "init", "-q", root], check=True)
    subprocess.run(["git", "-C", root, "add", "."], check=True)
    (root / "gone").unlink()
    (root / "untracked").write_text("")
    return root


def test_tracked_files_are_sent_with_a_list_of_them(checkout: Path) -> None:
    names = files.tracked(checkout)
    assert names == ["a b", "z"]
    sent = io.BytesIO()
    files.write(checkout, names, sent)
    sent.seek(0)
    with tarfile.open(fileobj=sent) as archive:
        assert archive.getnames() == [files.LIST, "a b", "z"]
        told = archive.extractfile(files.LIST)
        assert told is not None and told.read() == b"a b\0z\0"
        assert archive.getmember("z").mtime == pytest.approx((checkout / "z").stat().st_mtime)


def test_what_is_no_checkout_is_told(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match="^git does not tell which files are Gauntlet's: fatal"):
        files.tracked(tmp_path)
