# SPDX-License-Identifier: BSD-3-Clause
"""The queue of a UNIX socket, as the kernel's socket diagnostics tell it."""

from __future__ import annotations

import socket

from targets.outcome import Unavailable


def bytes_waiting(path: str) -> int:
    """Bytes queued at the socket bound to `path`, in the caller's network namespace.

    Unavailable where the kernel has no UNIX socket diagnostics (CONFIG_UNIX_DIAG).
    """
    from pyroute2.netlink.diag import UDIAG_SHOW_NAME, UDIAG_SHOW_RQLEN, DiagSocket

    try:
        with DiagSocket() as diag:
            diag.bind()
            stats = diag.get_sock_stats(
                family=socket.AF_UNIX, show=UDIAG_SHOW_RQLEN | UDIAG_SHOW_NAME
            )
    except Exception as error:  # pyroute2 has errors of its own, which not every release exports.
        raise Unavailable(f"the kernel tells no UNIX socket queues: {error}") from error
    for entry in stats:
        if entry.get_attr("UNIX_DIAG_NAME") == path:
            return int(entry.get_attr("UNIX_DIAG_RQLEN")["udiag_rqueue"])
    return 0
