# SPDX-License-Identifier: BSD-3-Clause
"""The symmetric topology: every process polls its own queue, and a frame may go through a ring from the
process that received it to the one that sends it."""

import pytest

from conformance.ethdev import rings, symmetric
from conformance.ethdev.started import exact, flows, told
from conformance.ethdev.symmetric import ways
from targets.scene import Scene
from traffic.ports.port import Port

# So many that the kernel's hash hardly leaves a queue without any.
FLOWS = 64
EACH = 5

MODES = [None, "SP-SC", *rings.modes(2, 2)]
# Without rings a process sends what it receives, and in a loop the next one does.
STEPS = {None: 0, "SP-SC": 1}


@pytest.mark.parametrize("secondaries", [1, 2, 3, 4])
def test_every_frame_is_delivered(scene: Scene, port: Port, secondaries: int):
    """Every frame that a process receives from its queue is sent by the queue of that process, or of the
    one that takes it from a ring, once and intact, in every mode; where its way is one, in order.

    Source: guide, "Multi-process Sample Application", "Symmetric"; guide, "Ring Library"
    Since: 20.08   Strength: documented
    """
    deployment = symmetric.start(scene, port, secondaries)
    count = len(deployment.processes)
    before = deployment.free_buffers()
    found = {}
    for number, mode in enumerate(MODES):
        deployment.connect(mode)
        deployment.poll_all()
        frames = flows(range(FLOWS), number * EACH, EACH)
        with deployment.pump(tunnel=True) as pump:
            arrivals = pump.run(frames)
        counted = deployment.stop()
        went = ways(arrivals, count)
        steps = None if went is None else {(sent - received) % count for received, sent in went}
        found[mode] = (
            told(arrivals, in_order=mode in STEPS),
            steps == {STEPS[mode] % count} if mode in STEPS else steps is not None,
            sum(each.received for each in counted),
            sum(each.sent for each in counted),
        )
    total = FLOWS * EACH
    all_there = exact(total)
    assert found == {mode: (all_there, True, total, total) for mode in MODES}
    assert deployment.free_buffers() == before
