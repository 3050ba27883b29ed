# SPDX-License-Identifier: BSD-3-Clause
"""The errors that each system call can fail with, from its man page: those that a machine can produce."""

from __future__ import annotations

from dataclasses import replace

from conformance.crash.point import Point

# Not close(2): it gives the descriptor up also when it fails, and a call that is not made does not.
ERRORS = {
    "access": ("EACCES",),
    "bind": ("EACCES", "ENOENT", "ENOMEM"),
    "clone3": ("EAGAIN",),
    "connect": ("ECONNREFUSED",),
    "epoll_create": ("EMFILE",),
    "epoll_create1": ("EMFILE",),
    "epoll_ctl": ("ENOSPC",),
    "epoll_wait": ("EINTR",),
    "fallocate": ("ENOSPC", "EINTR"),
    "flock": ("EINTR", "ENOLCK"),
    "ftruncate": ("EIO", "EINTR"),
    "getdents64": ("ENOENT",),
    "madvise": ("ENOMEM",),
    "mkdir": ("ENOSPC",),
    "mmap": ("ENOMEM",),
    "mprotect": ("ENOMEM",),
    "munmap": ("ENOMEM",),
    "newfstatat": ("EACCES",),
    "openat": ("EACCES", "EMFILE", "EINTR"),
    "pipe2": ("EMFILE",),
    "read": ("EINTR", "EIO"),
    "recvmsg": ("EINTR", "ENOMEM"),
    "sched_setaffinity": ("EINVAL",),
    "sendmsg": ("ENOBUFS", "ECONNREFUSED", "EINTR"),
    "socket": ("EMFILE",),
    "timerfd_create": ("EMFILE",),
    "timerfd_settime": ("ENOMEM",),
    "unlink": ("EACCES",),
    "unlinkat": ("EACCES",),
    "write": ("EINTR", "ENOSPC"),
}

# What a process does thousands of times before it touches anything shared is failed so often.
OF_MANY = 2

# What is the peer's own, or libc's where no DPDK is on the stack, is not DPDK's to survive.
NOT_DPDK = ("peer", "libc", "?")


def failing(points: list[Point]) -> list[Point]:
    """Each point as often as its call has errors, without those that are not DPDK's."""
    return [
        replace(point, error=error)
        for point in points
        if point.caller not in NOT_DPDK and (point.touched or point.occurrence <= OF_MANY)
        for error in ERRORS.get(point.call, ())
    ]
