# SPDX-License-Identifier: BSD-3-Clause
"""The two sides of vhost-user: net_vhost and net_virtio_user, each the other side of the other."""
from __future__ import annotations

#: The stream socket of vhost-user, as the processes of a scene see it, whose /run is their own.
SOCKET = "/run/gauntlet-vhost"

#: The library of net_virtio_user, which has the driver for PCI devices, too.
VIRTIO = "net_virtio"
VHOST = "net_vhost"

VIRTIO_DEVICE = "net_virtio_user0"
VHOST_DEVICE = "net_vhost0"


def virtio_args(queues: int) -> list[str]:
    """Return the EAL arguments of net_virtio_user, with all memory in one file: vhost-user takes 8
    descriptors at most."""
    vdev = f"--vdev={VIRTIO_DEVICE},path={SOCKET},queues={queues}"
    return [vdev, "--single-file-segments"]


def vhost_args(queues: int) -> list[str]:
    """Return the EAL arguments of net_vhost, which makes the socket."""
    return [f"--vdev={VHOST_DEVICE},iface={SOCKET},queues={queues}"]
