# SPDX-License-Identifier: BSD-3-Clause
"""A librte_eal and a peer that are built with sanitizers, and the environment of a run on them."""

from __future__ import annotations

from ci.host import build
from ci.reach import source
from targets import sanitizer

# Compiled in by hand, not by meson's b_sanitize: that would also poison DPDK's shared heap, each
# process in a shadow memory of its own, which the others' frees do not reach.
KINDS = {
    "asan": "-fsanitize=address,undefined -fno-sanitize=vptr",
    # ThreadSanitizer knows the compiler's atomics, and no lock that is written in assembly.
    "tsan": "-fsanitize=thread -DRTE_FORCE_INTRINSICS=1",
}

# Deaths by a signal stay what they are elsewhere; what the sanitizers find has an exit status.
_OPTIONS = {
    "asan": {
        "ASAN_OPTIONS": "use_sigaltstack=0:handle_segv=0:handle_abort=0:handle_sigbus=0:handle_sigfpe=0:"
        f"exitcode={sanitizer.REPORTED}",
    },
    # It knows nothing of memory that processes share: what it reports is told, and no verdict.
    "tsan": {
        "TSAN_OPTIONS": "handle_segv=0:handle_abort=0:handle_sigbus=0:handle_sigfpe=0:exitcode=0"
    },
}


def environment(command: str, kind: str) -> dict[str, str]:
    """Builds what is stale: the environment of a run. CannotRun where the source of the installed DPDK
    cannot be had, or a build fails."""
    flags = KINDS[kind]
    options = [
        f"-Dc_args={flags} -fno-omit-frame-pointer",
        f"-Dc_link_args={flags}",
        "-Db_lundef=false",
    ]
    tree = source.fetch(command, source.installed())
    library = source.build(command, tree, kind, options)
    peer = build.sanitized_peer(command, kind, flags)
    return {**_OPTIONS[kind], **source.first(library), "GAUNTLET_PEER": str(peer)}
