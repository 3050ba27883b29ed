# SPDX-License-Identifier: BSD-3-Clause
"""The first root of the guest: busybox, the modules, and the script that is its first process."""

from __future__ import annotations

import gzip
import lzma
import re
import stat
from pathlib import Path
from typing import Iterable, Iterator

from ci.host.say import CannotRun
from ci.nic_host.kernel import Kernel

BUSYBOX = Path("/bin/busybox")
GUEST = Path(__file__).with_name("guest.sh")
_FOLDERS = ("bin", "dev", "host", "lib", "new", "out", "proc", "sys", "written")


def archive(kernel: Kernel, wanted: Iterable[str], busybox: Path = BUSYBOX) -> bytes:
    """A compressed cpio archive, as the kernel takes it. wanted: modules; those that they depend on come
    with them, and /modules has all of them in the order in which they can be loaded."""
    modules = with_dependencies(kernel.modules, wanted)
    entries = [_entry(name, stat.S_IFDIR | 0o755) for name in _FOLDERS]
    entries.append(_entry("dev/console", stat.S_IFCHR | 0o600, device=(5, 1)))
    entries.append(_entry("bin/busybox", stat.S_IFREG | 0o755, busybox.read_bytes()))
    entries.append(_entry("init", stat.S_IFREG | 0o755, GUEST.read_bytes()))
    for name, content in modules.items():
        entries.append(_entry(f"lib/{name}.ko", stat.S_IFREG | 0o644, content))
    order = "".join(f"{name}\n" for name in modules)
    entries.append(_entry("modules", stat.S_IFREG | 0o644, order.encode()))
    entries.append(_entry("TRAILER!!!", 0))
    return gzip.compress(b"".join(entries), compresslevel=1)


def with_dependencies(folder: Path, wanted: Iterable[str]) -> dict[str, bytes]:
    """The content of these modules and of all that they depend on, which come first; none of what is
    built into the kernel. CannotRun for a module that is not there."""
    files = {_name(path): path for path in folder.rglob("*.ko*")}
    built_in = {_name(Path(line)) for line in (folder / "modules.builtin").read_text().split()}
    found: dict[str, bytes] = {}

    def add(name: str, needed_by: str) -> None:
        if name in found or name in built_in:
            return
        if name not in files:
            raise CannotRun(f"{folder} has no module {name}, which {needed_by} needs")
        content = _content(files[name])
        for other in depends(content, files):
            add(other, name)
        found[name] = content

    for name in wanted:
        add(name, "the guest")
    return found


def depends(module: bytes, there: Iterable[str] = ()) -> Iterator[str]:
    """The modules that must be loaded before this one. there: of those that it only had better have
    before it, the ones that can be had."""
    for names in _told(module, b"depends"):
        yield from (name.replace("-", "_") for name in names.split(",") if name)
    for text in _told(module, b"softdep"):
        before = text.partition("pre:")[2].partition("post:")[0].split()
        yield from (name for name in (each.replace("-", "_") for each in before) if name in there)


def _told(module: bytes, key: bytes) -> list[str]:
    """What the section .modinfo says: texts KEY=VALUE that end with NUL."""
    return [value.decode() for value in re.findall(rb"\0" + key + rb"=([^\0]*)\0", module)]


def _content(path: Path) -> bytes:
    content = path.read_bytes()
    return lzma.decompress(content) if path.suffix == ".xz" else content


def _name(path: Path) -> str:
    """virtio_rng, of virtio-rng.ko.xz"""
    return path.name.partition(".ko")[0].replace("-", "_")


_serial = iter(range(1, 1 << 31))


def _entry(name: str, mode: int, content: bytes = b"", device: tuple[int, int] = (0, 0)) -> bytes:
    """A file of the archive. Source: Linux, Documentation/driver-api/early-userspace/
    buffer-format.rst: a header of hexadecimal numbers, the name, the content; each fills words."""
    path = name.encode() + b"\0"
    numbers = (next(_serial), mode, 0, 0, 1, 0, len(content), 0, 0, *device, len(path), 0)
    header = b"070701" + b"".join(b"%08X" % number for number in numbers)
    return _whole_words(header + path) + _whole_words(content)


def _whole_words(part: bytes) -> bytes:
    return part + b"\0" * (-len(part) % 4)
