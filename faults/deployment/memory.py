# SPDX-License-Identifier: BSD-3-Clause
"""Reads the memory of a process that is not ours, through /proc/PID/mem: nothing in it stops."""

from __future__ import annotations

import os
import struct

from faults.deployment.find import NotThere


class Memory:
    """Use as a with-block. What is not mapped, or no longer, is None."""

    def __init__(self, pid: int) -> None:
        try:
            self._fd = os.open(f"/proc/{pid}/mem", os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError as error:
            raise NotThere(f"pid {pid} has ended meanwhile") from error
        except PermissionError as error:
            raise NotThere(f"the memory of pid {pid} cannot be read: become root") from error

    def read(self, at: int, size: int) -> bytes | None:
        """The bytes, `size` of them, at an address."""
        try:
            data = os.pread(self._fd, size, at)
        except (OSError, OverflowError):
            return None
        return data if len(data) == size else None

    def number(self, at: int, form: str) -> int | None:
        """An integer, in a form of the module struct: "=i", "=Q"."""
        data = self.read(at, struct.calcsize(form))
        return None if data is None else int(struct.unpack(form, data)[0])

    def text(self, at: int, most: int) -> str | None:
        """The printable text that a NUL ends within `most` bytes; None if there is no such text."""
        data = self.read(at, most)
        if data is None or b"\0" not in data:
            return None
        text = data.partition(b"\0")[0].decode("ascii", errors="replace")
        return text if text.isprintable() and "\ufffd" not in text else None

    def __enter__(self) -> Memory:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._fd)
