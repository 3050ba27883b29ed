# SPDX-License-Identifier: BSD-3-Clause
"""The one thing that a run changes on its host: the hugepage reservation, raised and put back.

An undo process raises it and puts it back. Only what was added is taken back: two runs at once do not
undo each other's.
"""

from __future__ import annotations

import fcntl
import os
import sys
from pathlib import Path
from typing import TextIO

from ci.host.say import CannotRun
from ci.host.undo import UndoProcess

SYSFS = Path("/sys/kernel/mm/hugepages")


def default_size_kb() -> int | None:
    """The default hugepage size in KiB, None where the kernel has no hugepages."""
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("Hugepagesize:"):
            return int(line.split()[1])
    return None


def folder_of(size_kb: int) -> Path:
    """The kernel's folder about hugepages of a size."""
    return SYSFS / f"hugepages-{size_kb}kB"


def add(reservation: Path, pages: int) -> int:
    """Changes nr_hugepages by `pages` (negative takes back); by how many it really changed.

    The file's lock keeps two of us from reading the same number.
    """
    with reservation.open("r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        before = reserved(reservation)
        reservation.write_text(f"{max(before + pages, 0)}\n")
        return reserved(reservation) - before


def reserved(reservation: Path) -> int:
    """The number that was written to nr_hugepages last. What the file says is more while pages are in
    use that were taken back: they count as surplus until they are free.

    Source: Linux, mm/hugetlb.c: nr_hugepages_show_common, persistent_huge_pages
    """
    surplus = reservation.with_name("surplus_hugepages")
    return int(reservation.read_text()) - (int(surplus.read_text()) if surplus.exists() else 0)


class Reservation:
    """With-block: at least `pages` free hugepages of the default size, if this host lets us.

    `lacking` says why not, where that is how the host is (no kernel support, read-only /sys): clauses
    that need them are then skipped. A host that has hugepages but grants too few is CannotRun.
    """

    def __init__(self, pages: int) -> None:
        self.pages = pages
        self.lacking: str | None = None
        self._undo: UndoProcess | None = None
        self._claim: TextIO | None = None

    def __enter__(self) -> Reservation:
        size_kb = default_size_kb()
        if size_kb is None:
            self.lacking = "this kernel has no hugepages"
            return self
        folder = folder_of(size_kb)
        free = int((folder / "free_hugepages").read_text())
        # Free pages may be those that another run of ours has reserved and not yet used.
        short = self.pages - free if self._alone(folder / "free_hugepages") else self.pages
        if short <= 0:
            return self
        if not os.access(folder / "nr_hugepages", os.W_OK):
            self.lacking = f"hugepages cannot be reserved here ({folder}/nr_hugepages: no access)"
            return self
        self._raise(folder / "nr_hugepages", short)
        return self

    def _alone(self, lock: Path) -> bool:
        """True if no other run holds this lock. In any case we hold the lock from now on, until our
        end."""
        self._claim = lock.open()
        try:
            fcntl.flock(self._claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            return False
        finally:
            fcntl.flock(self._claim, fcntl.LOCK_SH)

    def _raise(self, reservation: Path, short: int) -> None:
        # The undo process itself raises the number: there is no moment in which nobody knows of it.
        self._undo = UndoProcess("ci.host.hugepages", str(reservation), str(short))
        said = self._undo.said.split()
        if said[:1] == ["added"] and int(said[1]) == short:
            return
        self.__exit__(None, None, None)
        if said[:1] == ["added"]:
            raise CannotRun(
                f"the kernel gave {said[1]} of {short} hugepages more, and has them back: free some "
                "memory, or reserve them at boot (hugepages= on the kernel command line)"
            )
        self.lacking = "hugepages cannot be reserved here: writing nr_hugepages is refused"

    def __exit__(self, *_: object) -> None:
        if self._undo is not None:
            self._undo.undo()
            self._undo = None
        if self._claim is not None:
            self._claim.close()
            self._claim = None


def _keep_raised(reservation: Path, pages: int) -> None:
    try:
        added = add(reservation, pages)
    except OSError as error:
        print(f"refused {error.errno}", flush=True)
        return
    print(f"added {added}", flush=True)
    sys.stdin.read()
    add(reservation, -added)


if __name__ == "__main__":
    _keep_raised(Path(sys.argv[1]), int(sys.argv[2]))
