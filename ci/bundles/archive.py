# SPDX-License-Identifier: BSD-3-Clause
"""The file of a bundle: a tar, compressed by zstd. Reading takes it for hostile: all stays in memory,
nothing is unpacked, and the first thing that is wrong ends it."""

from __future__ import annotations

import io
import os
import re
import tarfile
from itertools import count
from pathlib import Path
from typing import Mapping

from ci.host.say import CannotRun

SUFFIX = ".tar.zst"

#: With which bytes each of zstd's files begins.
MAGIC = b"\x28\xb5\x2f\xfd"

#: More than this a bundle has neither unpacked, nor in number of files.
MOST_BYTES = 64 << 20
MOST_FILES = 500

# The strongest level that needs no more memory than a window of 8 MiB to be read.
_LEVEL = 19
_WINDOW = 8 << 20

_PIECE = 1 << 20
_LONGEST_NAME = 300
_NAME = re.compile(r"[A-Za-z0-9_+@=,-][A-Za-z0-9_.+@=,-]*")


def is_one(path: Path) -> bool:
    """Whether this is the path of a bundle: by its name, or by what the file begins with."""
    if path.name.endswith(SUFFIX):
        return True
    try:
        with path.open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError:
        return False


def is_name(name: str) -> bool:
    """Whether a file of a bundle may be called so: a path below the bundle, of plain characters."""
    return len(name) <= _LONGEST_NAME and all(_NAME.fullmatch(part) for part in name.split("/"))


def packed(folder: str, files: Mapping[str, bytes], made_s: int) -> bytes:
    """The bytes of an archive with these files, below a folder of this name. made_s: their time, since
    1970. What else a tar could say of this machine, such as users, is not in it."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(f"{folder}/{name}")
            entry.size, entry.mtime, entry.mode = len(content), made_s, 0o644
            archive.addfile(entry, io.BytesIO(content))
    return compressed(plain.getvalue())


def compressed(content: bytes) -> bytes:
    """The content, by zstd."""
    import zstandard  # A command may have installed it just now.

    return zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).compress(content)


def publish(folder: Path, stem: str, content: bytes) -> Path:
    """Writes a bundle into a folder, whole or not at all, and beside those that are there: its path."""
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{stem}.part"
    try:
        part.write_bytes(content)
        for number in count(1):
            path = folder / (f"{stem}{SUFFIX}" if number == 1 else f"{stem}.{number}{SUFFIX}")
            if _named(part, path):
                return path
    finally:
        part.unlink(missing_ok=True)
    raise AssertionError("numbers do not end")


def _named(part: Path, path: Path) -> bool:
    """Gives the file its name, unless another one has it already."""
    try:
        os.link(part, path)
    except FileExistsError:
        return False
    except OSError:  # A filesystem without hard links, as on a stick.
        if path.exists():
            return False
        part.rename(path)
    return True


def unpacked(path: Path) -> dict[str, bytes]:
    """The files of a bundle by their names, without the folder that all of them are in. CannotRun, in
    one line, where the file is damaged, or is none that a bundle may be."""
    plain = _decompressed(path)
    files: dict[str, bytes] = {}
    folders = set()
    try:
        with tarfile.open(fileobj=io.BytesIO(plain), mode="r:") as archive:
            while (entry := archive.next()) is not None:
                name = _checked(path, entry)
                folder, _, below = name.partition("/")
                if below in files:
                    raise CannotRun(f"{path}: {below} is there twice: no bundle has that")
                folders.add(folder)
                content = archive.extractfile(entry)
                files[below] = content.read() if content else b""
                if len(files[below]) != entry.size:
                    raise CannotRun(f"{path} is damaged: {below} is not whole")
                if len(files) > MOST_FILES:
                    raise CannotRun(
                        f"{path} has more than {MOST_FILES} files: no bundle has so many"
                    )
    # What Python's tarfile raises of an archive that is made to hurt it is all of these.
    except (
        tarfile.TarError,
        ValueError,
        EOFError,
        OSError,
        OverflowError,
        RecursionError,
    ) as error:
        raise CannotRun(f"{path} is damaged: {error}; have it sent again") from error
    if len(folders) > 1:
        raise CannotRun(f"{path} has {len(folders)} folders: a bundle is one folder")
    return files


def _checked(path: Path, entry: tarfile.TarInfo) -> str:
    """The name of a file in the archive; CannotRun where it is anything else than a plain file, below the
    bundle's folder."""
    shown = ascii(entry.name[:100])
    if entry.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or entry.issparse():
        raise CannotRun(f"{path}: {shown} is no plain file: a bundle has no links and no devices")
    if not 0 <= entry.size <= MOST_BYTES:
        raise CannotRun(f"{path}: {shown} would have {entry.size} bytes: a bundle has fewer")
    if "/" not in entry.name or not is_name(entry.name):
        raise CannotRun(f"{path}: {shown} is no path below the bundle's own folder")
    return entry.name


def _decompressed(path: Path) -> bytes:
    """The tar. CannotRun where there is none in the file, or one that is too large."""
    import zstandard  # A command may have installed it just now.

    pieces, size = [], 0
    try:
        with path.open("rb") as file:
            if file.read(len(MAGIC)) != MAGIC:
                raise CannotRun(f"{path} is no bundle: it is not compressed by zstd")
            file.seek(0)
            reader = zstandard.ZstdDecompressor(max_window_size=_WINDOW).stream_reader(file)
            while piece := reader.read(_PIECE):
                size += len(piece)
                if size > MOST_BYTES:
                    raise CannotRun(
                        f"{path} would have more than {MOST_BYTES >> 20} MB when it is unpacked: no "
                        "bundle has so much"
                    )
                pieces.append(piece)
    except OSError as error:
        raise CannotRun(f"{path} cannot be read: {error.strerror}") from error
    except zstandard.ZstdError as error:
        raise CannotRun(f"{path} is damaged: {error}; have it sent again") from error
    return b"".join(pieces)
