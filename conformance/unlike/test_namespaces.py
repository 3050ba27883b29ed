# SPDX-License-Identifier: BSD-3-Clause
"""A secondary in namespaces of its own, as in a container: who attaches and talks, what a death costs."""

import pytest

from conformance.unlike.start import all_talk, outcome
from faults.process import Killed
from targets.scene import Scene

every_namespace = pytest.mark.parametrize("kind", ["ipc", "mount", "net", "pid", "user", "uts"])


@every_namespace
def test_secondary_in_a_namespace_of_its_own_talks(scene: Scene, kind: str):
    """A secondary that has a namespace of its own, and shares the runtime directory and the hugepages,
    attaches, and requests are answered both ways.

    Source: guide, "Multi-process Support": processes "work together in a simple transparent manner"
    Since: 18.05   Strength: observed
    """
    scene.primary()
    scene.secondary(namespaces=[kind])
    assert all_talk(scene) == []


@every_namespace
def test_memory_is_the_same_in_a_namespace_of_its_own(scene: Scene, kind: str):
    """What a secondary in a namespace of its own writes into shared memory, the primary reads, memory
    that comes later included.

    Source: guide, "Memory Sharing": "all pointers to that memory are valid, and point to the same
        objects"
    Since: 18.05   Strength: documented
    """
    primary, secondary = scene.primary(), scene.secondary(namespaces=[kind])
    read = []
    for number, size in enumerate((64, 4 << 20), 1):
        memory = primary.call("malloc", size=size).ret
        secondary.call("write_memory", ptr=memory, data=bytes([number]))
        read.append(primary.call("read_memory", ptr=memory, count=1).data)
    assert read == ["01", "02"]


@every_namespace
def test_death_in_a_namespace_of_its_own_costs_nobody_else(scene: Scene, kind: str):
    """A secondary that is killed in a namespace of its own keeps nobody from attaching or talking.

    Source: guide, "Sending requests": "how many peer processes were active at the time of the request"
    Since: 18.05   Strength: observed
    """
    scene.primary()
    with Killed(scene.secondary(namespaces=[kind])):
        scene.secondary()
        assert all_talk(scene) == []


def test_processes_of_equal_pids_attach(scene: Scene):
    """Two secondaries, each process 1 of a PID namespace of its own, attach beside each other.

    Source: guide, "Deployment Models": "a set of peer processes"; containers give each its own pid 1
    Since: 18.05   Strength: observed
    """
    scene.primary()
    scene.secondary(namespaces=["pid"])
    assert all_talk(scene) == []  # The control: one alone is served.
    scene.secondary(namespaces=["pid"])
    assert all_talk(scene) == []


def test_second_process_of_a_pid_harms_nobody(scene: Scene):
    """After a second process of one pid has come, or was refused, all others allocate, attach and talk.

    Source: guide, "Multi-process Support": processes "work together in a simple transparent manner"
    Since: 18.05   Strength: observed
    """
    primary, first = scene.primary(), scene.secondary(namespaces=["pid"])
    outcome(scene, namespaces=["pid"])
    alike = scene.secondary()
    memory = primary.call("malloc", size=4 << 20).ret
    seen = [peer.call("write_memory", ptr=memory, data=b"x").ret for peer in (first, alike)]
    assert (seen, all_talk(scene)) == ([1, 1], [])
