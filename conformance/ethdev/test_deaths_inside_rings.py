# SPDX-License-Identifier: BSD-3-Clause
"""A process is killed inside an operation on a ring that frames go through: its head has moved, and its
tail has not. What comes of the frames behind."""

from __future__ import annotations

import signal

import pytest

from conformance.ethdev import client_server, symmetric
from conformance.ethdev.client_server import ClientServer
from conformance.ethdev.death import Death, hangs, works_or_waits
from conformance.ethdev.started import accounted, exact, flows, told
from conformance.ethdev.steering import of_each_queue
from conformance.ethdev.symmetric import Symmetric
from conformance.rte_ring.api import alike
from targets.outcome import Inconclusive
from targets.scene import Scene
from traffic.account import Account
from traffic.frame import build
from traffic.ports.port import Port
from traffic.pump import Arrivals

BURST = 4
# When the victim dies: in its ring's first lap, or when every slot has held a frame.
DIES_AT = {"first-lap": 100, "later": 600}
MORE = 300

# In the symmetric topology: of each queue so many flows with so many frames; all are under way at once.
FLOWS, EACH = 2, 40
# And when the victim dies, or stands still.
DIES = 4 * BURST
FRAMES = 400

NONE_HANG = "none comes, survivors hang"
# RTS lets heads be 63, an eighth of the ring, ahead of the tail; the victim's are 4 of them.
FEW_HANG = "60 to 66 come, survivors hang"
AGAIN = "all come, as many of the lap before again as died with it, nobody hangs"


def _judged(arrivals: Arrivals, death: Death) -> Account:
    if arrivals.inconclusive:
        raise Inconclusive(arrivals.inconclusive)
    if not death.held:
        raise Inconclusive("the victim had nothing in hand")
    return accounted(arrivals, death.windows)


def _outcome(found: Account, before: int, hanging: list[bool]) -> str:
    """In words; `before`: how many had come when the victim died."""
    who = "survivors hang" if all(hanging) else "nobody hangs"
    if any(hanging) != all(hanging) or found.corrupted or found.invented:
        return f"{found}, hanging: {hanging}"
    if found.doubled and len(found.doubled) == len(found.excused):
        # The slots that the dead one had taken hold what they held a lap ago.
        return f"all come, as many of the lap before again as died with it, {who}"
    if found.doubled:
        return f"all come, {len(found.doubled)} of the lap before again, {who}"
    if not found.lost:
        return f"all come, {who}"
    came = found.received - before
    if came == 0:
        return f"none comes, {who}"
    return f"60 to 66 come, {who}" if 60 <= came <= 66 else f"{came} come, {who}"


def _worker_dies(deployment: ClientServer, place: str, dies: int) -> str:
    """Kills a worker inside an operation; a second worker goes on in its place."""
    survivor = deployment.scene.secondary()
    victim = deployment.work(0, burst=BURST, hold=place, hold_after=dies)
    death = Death(victim)

    def kill() -> None:
        death.wait()
        with death.now(pump):
            deployment.lose(victim)
        deployment.work(0, survivor, burst=BURST)
        works_or_waits(survivor)

    with deployment.pump(silence_s=deployment.scene.speed.patience_s) as pump:
        arrivals = pump.run(build(0, 0, dies + MORE), {dies - BURST: kill})
    hanging = [hangs(peer, loop) for peer, loop in deployment.working.values()]
    if hanging == [True]:
        deployment.lose(survivor)
    if not deployment.server.alive:
        return f"the server dies of {deployment.server.ending}"
    deployment.stop()
    found = _judged(arrivals, death)
    # One worker and one ring: the frames before the victim's have all come.
    return _outcome(found, death.held[0][1], hanging)


WORKER = {
    ("SP-SC", "taking", "first-lap"): "all come, nobody hangs",
    ("SP-SC", "putting", "first-lap"): "the server dies of SIGSEGV",
    ("SP-SC", "putting", "later"): AGAIN,
    ("MP-MC", "taking", "first-lap"): NONE_HANG,
    ("MP-MC", "putting", "first-lap"): NONE_HANG,
    ("RTS-RTS", "taking", "first-lap"): FEW_HANG,
    ("RTS-RTS", "putting", "first-lap"): NONE_HANG,
    ("HTS-HTS", "taking", "first-lap"): NONE_HANG,
    ("HTS-HTS", "putting", "first-lap"): NONE_HANG,
}


@pytest.mark.parametrize(("mode", "place", "when"), WORKER)
def test_death_of_a_worker(scene: Scene, port: Port, mode: str, place: str, when: str):
    """When a secondary is killed inside a ring operation, the effect on the frames behind its own is as
    published, and so is whether the secondary that takes its place hangs.

    Source: rte_ring*.h; the guide speaks of preemption, and of death nowhere
    Since: 20.08   Strength: measured
    """
    producer, consumer = mode.split("-")
    deployment = client_server.start(scene, port, workers=0)
    if (mode, place, when) == ("SP-SC", "putting", "first-lap"):
        # The slots that the next tail publishes have never held a frame.
        deployment.server.may_end(signal=signal.SIGSEGV)
    deployment.share(f"SP-{consumer}", f"{producer}-SC")
    deployment.serve()
    assert _worker_dies(deployment, place, DIES_AT[when]) == WORKER[mode, place, when]


@pytest.mark.parametrize("mode", ["MP-MC", "RTS-RTS", "HTS-HTS"])
def test_worker_that_goes_on_costs_nothing(scene: Scene, port: Port, mode: str):
    """A secondary that stands still inside a ring operation while another one works loses nothing once
    it goes on: every frame comes, once and intact.

    Source: guide, "Ring Library": RTS and HTS are for threads that are preempted inside an operation
    Since: 20.08   Strength: documented
    """
    producer, consumer = mode.split("-")
    deployment = client_server.start(scene, port, workers=0)
    deployment.share(f"SP-{consumer}", f"{producer}-SC")
    deployment.serve()
    still, other = scene.secondary(), scene.secondary()
    before = deployment.free_buffers()
    found = {}
    for flow, place in enumerate(["taking", "putting"]):
        deployment.work(0, still, burst=BURST, hold=place, hold_after=DIES)
        _, loop = deployment.working[still.name]

        def go_on() -> None:
            still.expect("holding")
            deployment.work(0, other, burst=BURST)
            works_or_waits(other)
            still.call("release", of=loop.id)

        with deployment.pump() as pump:
            arrivals = pump.run(build(flow, 0, FRAMES), {DIES - BURST: go_on})
        for peer in (still, other):
            deployment.rest(peer)
        found[place] = told(arrivals, in_order=False)
    deployment.stop()
    assert found == alike(["taking", "putting"], exact(FRAMES))
    assert deployment.free_buffers() == before


def _process_dies(deployment: Symmetric, place: str) -> str:
    """The last process, alone so far, dies inside, and then the others begin."""
    victim = len(deployment.processes) - 1
    queues = of_each_queue(deployment, FLOWS)
    deployment.poll(victim, hold=place, hold_after=DIES)
    death = Death(deployment.processes[victim])

    def kill() -> None:
        death.wait()
        with death.now(pump):
            deployment.lose(victim)
        for number in range(victim):
            deployment.poll(number)
        for peer in deployment.processes[:victim]:
            works_or_waits(peer)

    frames = flows([flow for those in queues for flow in those], 1, EACH)
    silence_s = deployment.scene.speed.patience_s
    with deployment.pump(len(frames), tunnel=True, silence_s=silence_s) as pump:
        arrivals = pump.run(frames, {DIES - BURST: kill})
    hanging = []
    for number, loop in list(deployment.running.items()):
        hanging.append(hangs(deployment.processes[number], loop))
        if hanging[-1]:
            deployment.lose(number)
    deployment.stop()
    # It is between two bursts of its own that it dies: what it received before, it has sent.
    return _outcome(_judged(arrivals, death), death.worked - len(death.held), hanging)


PROCESS = {
    ("MP-MC", "taking"): NONE_HANG,
    ("MP-MC", "putting"): NONE_HANG,
    ("RTS-RTS", "taking"): FEW_HANG,
    ("RTS-RTS", "putting"): NONE_HANG,
    ("HTS-HTS", "taking"): NONE_HANG,
    ("HTS-HTS", "putting"): NONE_HANG,
}


@pytest.mark.parametrize(("mode", "place"), PROCESS)
def test_death_of_a_process(scene: Scene, port: Port, mode: str, place: str):
    """When a process is killed inside an operation on the ring that all share, the effect on the frames
    of all other processes is as published, and so is whether they hang, the primary too.

    Source: rte_ring*.h; the guide speaks of preemption, and of death nowhere
    Since: 22.03   Strength: measured
    """
    deployment = symmetric.start(scene, port, 2)
    deployment.connect(mode)
    assert _process_dies(deployment, place) == PROCESS[mode, place]
