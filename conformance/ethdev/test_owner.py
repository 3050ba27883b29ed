# SPDX-License-Identifier: BSD-3-Clause
"""The owner of a port."""

import pytest

from conformance.ipc_users.device import ports
from conformance.roles import both_roles, subject
from targets.peer import Peer
from targets.scene import Scene


@both_roles
@pytest.mark.parametrize("port", [0, 65535], ids=["not-allocated", "out-of-range"])
def test_port_that_is_not_there_has_no_owner(scene: Scene, role: str, port: int):
    """To own a port that there is not fails with a negative errno.

    Source: rte_ethdev.h, rte_eth_dev_owner_set: "Negative errno value on error"
    Since: 18.02   Strength: must
    """
    peer = subject(scene, role)
    scene.peers[0].call("eth_dev_owner_new")  # The primary makes what all share of their ports.
    assert peer.call("eth_dev_owner_set", port_id=port, owner_id=1).ret == -19


@both_roles
def test_owner_is_everybodys(scene: Scene, role: str):
    """A process owns a port: every process reads that owner and counts the port no more, and no other
    owner takes it, from whichever process, before that one has given it back.

    Source: guide, "Poll Mode Driver", "Port Ownership": "It prevents Ethernet ports to be managed by
    different entities"
    Since: 18.11   Strength: documented
    """
    scene.primary("--vdev=net_null0")
    peers = [*scene.peers, scene.secondary()]
    one, other = peers if role == "primary" else peers[::-1]
    ids = [peer.call("eth_dev_owner_new").owner_id for peer in (one, other)]
    took = one.call("eth_dev_owner_set", port_id=0, owner_id=ids[0]).ret
    owned = ([_owner(peer) == ids[0] for peer in peers], ports(*peers))
    refused = [
        other.call(verb, port_id=0, owner_id=ids[1]).ret < 0
        for verb in ("eth_dev_owner_set", "eth_dev_owner_unset")
    ]
    kept = [_owner(peer) == ids[0] for peer in peers]
    back = one.call("eth_dev_owner_unset", port_id=0, owner_id=ids[0]).ret
    free = ([_owner(peer) for peer in peers], ports(*peers))
    assert ids[0] != ids[1]
    assert (took, owned, refused, kept) == (0, ([True] * 2, [0, 0]), [True] * 2, [True] * 2)
    assert (back, free) == (0, ([0, 0], [1, 1]))


def _owner(peer: Peer) -> int:
    """The owner's id of the only port, as a process reads it."""
    owner_id: int = peer.call("eth_dev_owner_get", port_id=0).owner_id
    return owner_id
