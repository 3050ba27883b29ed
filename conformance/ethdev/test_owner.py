# SPDX-License-Identifier: BSD-3-Clause
"""The owner of a port."""

import pytest

from conformance.roles import both_roles, subject
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
