# SPDX-License-Identifier: BSD-3-Clause
"""dpdk-testpmd as a secondary that forwards, beside a primary that does."""

import pytest

from conformance.ethdev import testpmd
from conformance.ethdev.started import exact
from conformance.ethdev.testpmd import EACH, FLOWS, forward, statistics, stop
from targets.scene import Scene
from traffic.ports.port import Port

ALL = FLOWS * EACH


def test_each_process_forwards_its_queues(scene: Scene, port: Port):
    """Two dpdk-testpmd, a primary and a secondary, share the queues of a port: each frame is forwarded
    by one of them, once and intact, and each has its part.

    Source: guide, "Testpmd Multi-Process Command-line Options": "All queues are allocated to different
        processes based on proc_num and proc_id"
    Since: 21.08   Strength: documented
    """
    pair = testpmd.pair(scene, port)
    both = (pair.primary, pair.secondary)
    forward(*both)
    told = pair.carry(0)
    parts = [stop(one) for one in both]
    assert (told, all(parts), sum(parts)) == (exact(ALL), True, ALL)


@pytest.mark.parametrize("way", ["quit", "kill"])
def test_secondary_is_replaced(scene: Scene, port: Port, way: str):
    """When a forwarding secondary has quit or was killed, the port's statistics stay, and with another
    one in its place every frame is forwarded.

    Source: guide, "Testpmd Multi-Process Command-line Options": "stats will not change when one quits
        and starts, as they share the same buffer to store the stats"
    Since: 21.08   Strength: documented
    """
    pair = testpmd.pair(scene, port)
    forward(pair.primary, pair.secondary)
    first = pair.carry(0)
    counted = [statistics(one) for one in (pair.primary, pair.secondary)]
    if way == "kill":
        pair.secondary.kill()
    else:
        pair.secondary.type("quit")
        assert pair.secondary.ends() == "exit 0"
    pair.replace()
    counted += [statistics(one) for one in (pair.primary, pair.secondary)]
    forward(pair.secondary)
    found = (first, pair.carry(1), set(counted))
    assert found == (exact(ALL), exact(ALL), {ALL})


def test_secondary_that_stops_the_port_stops_nobody(scene: Scene, port: Port):
    """The commands "port stop" and "port start" of a secondary dpdk-testpmd leave the port as it was:
    both forward afterwards.

    Source: guide, "Testpmd Multi-Process Command-line Options": "any command from testpmd which calls
        those APIs will not be supported in secondary process"
    Since: 21.08   Strength: documented
    """
    pair = testpmd.pair(scene, port)
    for command in ("port stop 0", "port start 0"):
        pair.secondary.asked(command, "^Done")
    forward(pair.primary, pair.secondary)
    assert pair.carry(0) == exact(ALL)
