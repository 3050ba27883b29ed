# SPDX-License-Identifier: BSD-3-Clause
"""The clauses that `ci/test` tells lies: quick ones, of each room and each kind of observer."""

from __future__ import annotations

_RTE_MP = (
    "test_channel.py::test_actions_run_one_at_a_time",
    "test_channel.py::test_sockets_have_their_names",
    "test_channel.py::test_directory_is_private",
    "test_death.py::test_dead_secondary_is_not_asked_again",
    "test_ignore.py::test_ignoring_peer_does_not_count",
    "test_primary_alive.py::test_secondary_knows_that_the_primary_lives",
    "test_relay_order.py::test_messages_are_handled_as_they_arrive",
    "test_reply.py::test_reply_is_an_mp_rep",
    "test_request_sync.py::test_every_secondary_answers",
    "test_sendmsg.py::test_messages_keep_their_order",
)
_RTE_RING = (
    "test_create.py::test_size_zero_is_refused",
    "test_create.py::test_freed_ring_is_not_found",
    "test_lifetime.py::test_freed_ring_keeps_no_memory",
    "test_peek.py::test_finish_with_fewer_gives_the_rest_back",
)
_IPC_USERS = (
    "test_hotplug_messages.py::test_primary_refuses_an_unknown_type",
    "test_malloc.py::test_another_process_can_free",
    "test_vdev_scan.py::test_name_is_taken",
)

SAMPLE = frozenset(
    [
        *(f"conformance/rte_mp/{clause}" for clause in _RTE_MP),
        *(f"conformance/rte_ring/{clause}" for clause in _RTE_RING),
        *(f"conformance/ipc_users/{clause}" for clause in _IPC_USERS),
        "conformance/ethdev/test_owner.py::test_port_that_is_not_there_has_no_owner",
        "conformance/rte_mempool/test_shared_lcore.py::test_own_lcores_share_no_mbuf",
    ]
)
