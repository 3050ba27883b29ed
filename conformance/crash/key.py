# SPDX-License-Identifier: BSD-3-Clause
"""The words that describe a system call: the same on every machine and in every run."""

from __future__ import annotations

import re

from targets.root import Root

_RULES = (
    (r"^/var/run/", "/run/"),
    (r"^/.*/output$", "the log"),
    (r" \(deleted\)", ""),
    (r"^(socket|pipe):\[\d+\]", r"\1"),
    (r"(/mp_socket)_\d+_[0-9a-f]+", r"\1_PID_TSC"),
    (r"^(/run/dpdk/.*)_\d+$", r"\1_PID"),
    (r"^(/run/dpdk/.*)_\d+ ", r"\1_PID "),
    (r"rtemap_\d+", "rtemap_N"),
    (r"^.*\.so(\..*)?$", "a library"),
    (r"^/(usr|lib)(/.*)?$", "a library"),
)


def normalised(target: str, root: Root | None = None) -> str:
    """`target` without pids, counters and the names of this machine's libraries and CPUs, as a process
    in this root calls it."""
    if root is not None:
        target = root.inside(target)
    for pattern, words in _RULES:
        target = re.sub(pattern, words, target)
    if target.startswith(("/sys/", "/proc/")):
        target = re.sub(r"\d+", "N", target)
    return target
