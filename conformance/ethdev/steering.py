# SPDX-License-Identifier: BSD-3-Clause
"""The queue of a port to which the kernel steers each flow: the hash is another one after each boot."""

from __future__ import annotations

from conformance.ethdev.started import flows
from conformance.ethdev.symmetric import Symmetric, hands
from targets.outcome import Inconclusive

# So many that the hash hardly leaves a queue without any.
FLOWS = 64


def of_each_queue(deployment: Symmetric, count: int) -> list[list[int]]:
    """`count` flows of each queue. One frame of each flow, numbered 0, says who received it."""
    deployment.poll_all()
    with deployment.pump(tunnel=True) as pump:
        arrivals = pump.run(flows(range(FLOWS), 0, 1))
    deployment.stop()
    found: list[list[int]] = [[] for _ in deployment.processes]
    for frame in arrivals.received:
        way = hands(frame)
        if way is not None and frame.flow is not None:
            found[way[0]].append(frame.flow)
    if min(map(len, found)) < count:
        raise Inconclusive(f"of {FLOWS} flows the queues get {list(map(len, found))}")
    return [those[:count] for those in found]
