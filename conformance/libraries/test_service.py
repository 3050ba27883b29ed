# SPDX-License-Identifier: BSD-3-Clause
"""rte_service between processes: tables in shared memory, which each process has for itself."""

from __future__ import annotations

from conformance.roles import both_roles, pair
from faults.process import Killed
from targets.observed import observed
from targets.peer import Peer
from targets.scene import Scene

NAME = "s"


def _register(peer: Peer) -> int:
    """The id of a service, whose callback is a function of this process."""
    service: int = peer.call("service_component_register", name=NAME).service_id
    return service


def _run(peer: Peer, service: int) -> tuple[str | None, int]:
    """(errno, how often the callback of this process has run) of one iteration."""
    peer.call("service_component_runstate_set", service_id=service, runstate=1)
    peer.call("service_runstate_set", service_id=service, runstate=1)
    peer.call("service_set_runstate_mapped_check", service_id=service, enabled=0)
    told = peer.call("service_run_iter_on_app_lcore", service_id=service)
    return told.errno, told.runs


def _known(peer: Peer) -> tuple[int, str | None]:
    """(how many services, errno of the look-up)"""
    count: int = peer.call("service_get_count").ret
    return count, peer.call("service_get_by_name", name=NAME).errno


@both_roles
def test_service_is_its_processes_own(scene: Scene, role: str):
    """A service that one process registers is found by this process alone; the other one has none, and
    may register one of the same name, which stays when the first one goes.

    Source: rte_service.h, rte_service_get_count: "Return the number of services registered";
        rte_service_get_by_name: "-ENODEV No such service registered"; of processes, nothing
    Since: 20.11   Strength: measured
    """
    one, other = pair(scene, role)
    service = _register(one)
    before = [_known(peer) for peer in (one, other)]
    _register(other)
    one.call("service_component_unregister", service_id=service)
    after = [_known(peer) for peer in (one, other)]
    assert (before, after) == ([(1, None), (0, "ENODEV")], [(0, "ENODEV"), (1, None)])


@both_roles
def test_service_is_run_by_its_process(scene: Scene, role: str):
    """A service is run by the process that has registered it; another one that runs the same id is
    refused with EINVAL, and nothing is run.

    Source: rte_service.h, rte_service_run_iter_on_app_lcore: "-EINVAL Invalid service id"; of processes,
        nothing
    Since: 20.11   Strength: measured
    """
    one, other = pair(scene, role)
    service = _register(one)
    refused = _run(other, service)
    assert (refused, _run(one, service)) == (("EINVAL", 0), (None, 1))


@observed
def _in_use(peer: Peer) -> int:
    """Bytes of the shared heap that somebody has."""
    stats = peer.call("malloc_get_socket_stats", socket=0)
    total: int = stats.heap_totalsz_bytes - stats.heap_freesz_bytes
    return total


def test_services_of_a_killed_process_stay_in_the_heap(scene: Scene):
    """A secondary that ends by rte_eal_cleanup gives back what it took of the shared heap; one that is
    killed leaves its tables of services there.

    Source: rte_eal.h, rte_eal_cleanup: "must be called to release any internal resources"; of death,
        nothing
    Since: 20.11   Strength: measured
    """
    primary = scene.primary()
    alone = _in_use(primary)
    leaving = scene.secondary()
    beside = _in_use(primary)
    leaving.call("eal_cleanup")
    left = _in_use(primary)
    victim = scene.secondary()
    with Killed(victim):
        killed = _in_use(primary)
    assert (left - alone, killed - left == beside - alone) == (0, True)
