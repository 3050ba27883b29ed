# SPDX-License-Identifier: BSD-3-Clause
"""What the scene of a case has left, as far as a bundle takes it."""

from __future__ import annotations

from pathlib import Path

from ci.bundles import archive
from ci.bundles.format import SCENE

#: What the name of a core has behind it: it would unpack to hundreds of times its size.
COMPRESSED = ".zst"

#: So many bytes, compressed, a file may add to a bundle, which is to be mailed; and all cores together.
MOST = 300_000
MOST_OF_CORES = 500_000

#: A larger file is not even read: a core has all the memory of its process, most of it zeros.
MOST_PLAIN = 32 << 20
MOST_CORE = 512 << 20


def files(directory: Path) -> tuple[dict[str, bytes], list[str]]:
    """The files below the directory of a scene, as a bundle names them, and what is left out, in words.
    Links are not followed. A core is compressed by itself, and comes last: its stacks, which are another
    file, matter more."""
    found: dict[str, bytes] = {}
    left_out = []
    paths = [path for path in directory.rglob("*") if path.is_file() and not path.is_symlink()]
    for path in sorted(paths, key=lambda path: (is_core(path.name), path)):
        name = f"{SCENE}/{path.relative_to(directory)}"
        content, why = _core(path) if is_core(path.name) else _plain(path)
        kept = sum(map(len, found.values()))
        cores = sum(len(found[name]) for name in found if name.endswith(COMPRESSED))
        if not archive.is_name(name):
            why = "no bundle has a file of this name"
        elif len(found) >= archive.MOST_FILES // 2:
            why = f"there are {len(found)} files already"
        elif kept + len(content) > archive.MOST_BYTES // 2:
            why = f"more than {archive.MOST_BYTES >> 21} MB would be unpacked"
        elif is_core(path.name) and cores + len(content) > MOST_OF_CORES:
            why = f"all cores would have more than {MOST_OF_CORES / 1e3:.0f} kB"
        if why:
            left_out.append(f"{ascii(name[:200])[1:-1]}: {why}")
        else:
            found[f"{name}{COMPRESSED}" if is_core(path.name) else name] = content
    return found, left_out


def is_core(name: str) -> bool:
    """Whether a file of this name is a core, however the kernel's core_pattern calls it."""
    return name.startswith("core") and not name.endswith(".stacks")


def _plain(path: Path) -> tuple[bytes, str]:
    """What is in a file, and why it is left out, if it is."""
    size = path.stat().st_size
    if size > MOST_PLAIN:
        return b"", _too_large(size, MOST_PLAIN)
    content = path.read_bytes()
    return content, _large_yet(archive.compressed(content)) if size > MOST else ""


def _core(path: Path) -> tuple[bytes, str]:
    """A core, compressed, and why it is left out, if it is."""
    size = path.stat().st_size
    if size > MOST_CORE:
        return b"", _too_large(size, MOST_CORE)
    content = archive.compressed(path.read_bytes())
    return content, _large_yet(content)


def _too_large(size: int, most: int) -> str:
    return f"it has {size / 1e6:.1f} MB; at most {most / 1e6:.1f} MB are taken"


def _large_yet(small: bytes) -> str:
    if len(small) <= MOST:
        return ""
    return f"it has {len(small) / 1e3:.0f} kB when compressed; at most {MOST / 1e3:.0f} are taken"
