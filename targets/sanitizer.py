# SPDX-License-Identifier: BSD-3-Clause
"""The reports of sanitizers in a peer's output, in words that are the same every time."""

from __future__ import annotations

import re

# Exit status of a peer that AddressSanitizer has ended (ASAN_OPTIONS=exitcode).
REPORTED = 86

_ADDRESS = re.compile(r"ERROR: AddressSanitizer: (\S+)")
_UNDEFINED = re.compile(r"([\w.]+\.[ch]):\d+:\d+: runtime error: (.*)")
_LEAK = re.compile(r"^(?:Direct|Indirect) leak of ")
_FRAME = re.compile(r"^ +#\d+ 0x[0-9a-f]+ (?:in (\w+) )? *\(?(\S+)")
_NUMBERS = re.compile(r"0x[0-9a-f]+|-?\d{2,}")
_LIBRARY = re.compile(r"librte_\w+")


def reports(output: str) -> list[str]:
    """Each report once, without addresses, sizes or lines: kind, and where in DPDK."""
    found: list[str] = []
    lines = output.splitlines()
    for number, line in enumerate(lines):
        address = _ADDRESS.search(line)
        undefined = _UNDEFINED.search(line)
        if address:
            place = _function(lines[number + 1 :]) or "no function of DPDK"
            found.append(f"AddressSanitizer: {address[1]} in {place}")
        elif undefined:
            what = _NUMBERS.sub("N", undefined[2])
            found.append(f"UndefinedBehaviorSanitizer: {what} in {undefined[1]}")
        elif _LEAK.match(line):
            place = _function(lines[number + 1 :])
            if place:  # Other libraries' leaks are not DPDK's.
                found.append(f"LeakSanitizer: leak in {place}")
    return sorted(set(found))


def _function(lines: list[str]) -> str:
    """The first function of DPDK in the stack that follows, or its library; "" if there is none."""
    stack = False
    for line in lines:
        frame = _FRAME.match(line)
        if frame is None:
            if stack:
                break
            continue
        stack = True
        library = _LIBRARY.search(frame[2])
        if "/lib/eal/" in frame[2] or library:
            return frame[1] or (library[0] if library else "librte_eal")
    return ""
