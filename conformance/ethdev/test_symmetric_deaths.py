# SPDX-License-Identifier: BSD-3-Clause
"""A process that polls a queue of its own is killed while frames flow, and replaced."""

from __future__ import annotations

import pytest

from conformance.ethdev import symmetric
from conformance.ethdev.death import Death
from conformance.ethdev.started import flows, told
from conformance.ethdev.steering import of_each_queue
from conformance.ethdev.symmetric import BURST, Symmetric
from targets.outcome import Inconclusive
from targets.scene import Scene
from traffic.ports.port import Port

# Of each queue, so many flows with so many frames; all of them may be under way at once.
CHOSEN, EACH = 4, 15
WINDOW = 4 * CHOSEN * EACH
# The victim dies when it has received so many.
DIES = 4 * BURST

# The mode of the ring, if there is one, and how many secondaries.
CASTS = [
    (None, 2),
    ("SP-SC", 3),
    ("MP-MC", 1),
    ("RTS-RTS", 4),
    ("HTS-HTS", 2),
    ("MP-HTS", 3),
]


class _Killing:
    """Kills the last process of a deployment, and replaces it once all that the others can do is done."""

    def __init__(self, deployment: Symmetric, mode: str | None, queues: list[list[int]]) -> None:
        self.deployment = deployment
        self.mode = mode
        self.queues = queues
        self.victim = len(queues) - 1
        # Where one ring is for all, others might leave the victim nothing to hold: they begin later.
        self.alone = mode not in (None, "SP-SC")
        # In a loop what the one before it receives waits for the victim, too.
        self.wait_for_it = {self.victim} | ({self.victim - 1} if mode == "SP-SC" else set())

    def run(self, hold: str, first: int) -> tuple[str, str, int]:
        """(account, what it is to be, how many frames it had in hand); `first`: their first number."""
        deployment, victim = self.deployment, self.victim
        death = Death(deployment.processes[victim])
        deployment.poll(victim, hold=hold, hold_after=DIES)
        if not self.alone:
            deployment.poll_all()

        def kill() -> None:
            death.wait()
            deployment.poll_all()
            with death.now(pump):
                deployment.lose(victim)

        def replace() -> None:
            deployment.processes[victim] = deployment.scene.secondary()
            deployment.poll(victim)

        frames = flows([flow for those in self.queues for flow in those], first, EACH)
        others = (len(self.queues) - len(self.wait_for_it)) * CHOSEN * EACH
        passed = DIES - BURST
        with deployment.pump(WINDOW, tunnel=True) as pump:
            arrivals = pump.run(frames, {passed: kill, passed + others: replace})
        deployment.stop()
        account = told(arrivals, in_order=not self.alone, may_lose=death.windows)
        return account, death.only(len(frames)), len(death.held)


@pytest.mark.parametrize(("mode", "secondaries"), CASTS)
def test_killed_process_loses_what_it_held(
    scene: Scene, port: Port, mode: str | None, secondaries: int
):
    """A process killed between two operations loses the burst in its hands and nothing else: the others'
    frames all arrive meanwhile, and those of its own queue reach the process that takes its place.

    Source: guide, "Tun|Tap Poll Mode Driver", "Multi-process sharing"; silent on death
    Since: 22.03   Strength: measured
    """
    deployment = symmetric.start(scene, port, secondaries)
    before = deployment.free_buffers()
    deployment.connect(mode)
    killing = _Killing(deployment, mode, of_each_queue(deployment, CHOSEN))
    holds = ["idle", "received", "taken"] if mode else ["idle", "received"]
    found, expected, held = {}, {}, {}
    for number, hold in enumerate(holds):
        found[hold], expected[hold], held[hold] = killing.run(hold, 1 + number * EACH)
    if [count == 0 for count in held.values()] != [hold == "idle" for hold in holds]:
        raise Inconclusive(f"how many frames it had in hand: {held}")
    assert found == expected
    assert deployment.free_buffers() == before - sum(held.values())
