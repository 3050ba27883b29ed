# SPDX-License-Identifier: BSD-3-Clause
"""dpdk-dumpcap and dpdk-pdump whose primary is silent, dead, ignoring or lying."""

from __future__ import annotations

import errno
import os
import signal
from typing import Callable

import pytest

from conformance.applications import tools
from conformance.applications.tools import EMPTY, IGNORED, NO_SUCH_DEVICE, SILENT
from faults.attacks.attack_process import Attack
from faults.relay import Relay
from targets.application import Application
from targets.scene import Scene

each_tool = pytest.mark.parametrize("tool", [tools.dumpcap, tools.pdump], ids=["dumpcap", "pdump"])
Tool = Callable[[Scene], Application]


@each_tool
def test_it_captures(scene: Scene, tool: Tool):
    """dpdk-dumpcap and dpdk-pdump capture from a port of a running testpmd.

    Source: tools guide: "used in conjunction with a primary application"
    Since: 21.11   Strength: documented
    """
    tools.testpmd(scene)
    assert tools.captures_or_ends(tool(scene)) == "captures"


@each_tool
@pytest.mark.parametrize("rule", [IGNORED, EMPTY], ids=["ignoring", "lying"])
def test_it_ends_without_devices(scene: Scene, tool: Tool, rule: str):
    """A capture tool whose primary does not tell it the virtual devices says so and ends with an error.

    Source: main.c of either: "No Ethernet ports"
    Since: 21.11   Strength: observed
    """
    primary = tools.testpmd(scene)
    with Relay(scene, scene.socket_of(primary), rule.format("bus_vdev_mp")):
        started = tool(scene)
        seen = tools.captures_or_ends(started), "No Ethernet ports" in started.output
    assert seen == ("exit 1", True)


@each_tool
def test_ignored_request_is_an_error(scene: Scene, tool: Tool):
    """A capture tool whose request is answered MP_IGN ends with an error, and not by a signal.

    Source: guide, "Sending requests": the number of replies can be less than that of requests
    Since: 21.11   Strength: documented
    """
    primary = tools.testpmd(scene)
    with Relay(scene, scene.socket_of(primary), IGNORED.format("mp_pdump")):
        assert tools.captures_or_ends(tool(scene)) == "exit 1"


@each_tool
def test_silence_is_an_error(scene: Scene, tool: Tool):
    """A capture tool whose request is not answered ends with an error.

    Source: rte_pdump.h, rte_pdump_enable: "0 on success, -1 on error, rte_errno is set accordingly"
    Since: 21.11   Strength: must
    """
    primary = tools.testpmd(scene)
    # Only once: on its way out it asks for the end of the capture, and would wait again.
    with Relay(scene, scene.socket_of(primary), SILENT.format("mp_pdump") + " times 1"):
        assert tools.captures_or_ends(tool(scene)) == "exit 1"


@each_tool
def test_reason_of_a_refusal_is_told(scene: Scene, tool: Tool):
    """A capture tool whose request is refused says why, and ends with an error.

    Source: rte_pdump.h, rte_pdump_enable: "rte_errno is set accordingly"; both tools print a cause
    Since: 21.11   Strength: observed
    """
    primary = tools.testpmd(scene)
    with Relay(scene, scene.socket_of(primary), NO_SUCH_DEVICE):
        started = tool(scene)
        how = tools.captures_or_ends(started)
    assert (how, _cause(started)) == ("exit 1", "No such device")


def _cause(tool: Application) -> str:
    """The reason that a line about its end ends with: what rte_exit is given, with "Cause:" before it up
    to DPDK 22.11."""
    said = tool.output.rpartition("exiting with code: ")[2].rstrip()
    reasons = [os.strerror(number) for number in errno.errorcode]
    return next((reason for reason in reasons if said.endswith(reason)), "no cause")


@each_tool
def test_answer_without_a_result_is_taken_for_success(scene: Scene, tool: Tool):
    """A capture tool whose request is answered with nothing in it believes that it captures.

    Source: rte_pdump.c, pdump_prepare_client_request: nobody looks at the answer's length
    Since: 21.11   Strength: measured
    """
    primary = tools.testpmd(scene)
    with Relay(scene, scene.socket_of(primary), EMPTY.format("mp_pdump")):
        assert tools.captures_or_ends(tool(scene)) == "captures"


@each_tool
def test_it_ends_with_its_primary(scene: Scene, tool: Tool):
    """A capture tool whose primary dies while it captures ends too, and not by a signal.

    Source: tools guide: "It exits when the primary application exits."
    Since: 21.11   Strength: documented
    """
    primary = tools.testpmd(scene)
    started = tool(scene)
    assert tools.captures_or_ends(started) == "captures"
    with Attack(scene, "kill", "primary", pid=primary.pid) as attack:
        primary.may_end(signal=signal.SIGKILL)
        attack.done()
    assert started.ends() == "exit 0"
