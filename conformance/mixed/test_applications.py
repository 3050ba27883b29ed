# SPDX-License-Identifier: BSD-3-Clause
"""DPDK's own applications of one release at a primary of another."""

from typing import Callable, Mapping

import pytest

from conformance.applications import tools
from conformance.mixed.other import Other
from conformance.mixed.refusal import MISMATCH
from targets.application import Application
from targets.scene import Scene

Tool = Callable[[Scene], Application]


def _testpmd(scene: Scene) -> Application:
    return tools.started_testpmd(scene, "secondary")


PANICKING = {"proc-info": tools.proc_info, "pdump": tools.pdump}
EXITING = {"dumpcap": tools.dumpcap, "testpmd": _testpmd}


def _each(tools_by_name: Mapping[str, Tool]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("tool", tools_by_name.values(), ids=tools_by_name)


@_each(PANICKING | EXITING)
def test_application_says_that_the_versions_differ(scene: Scene, other: Other, tool: Tool):
    """An application of DPDK that is started at a primary of another release says that the versions
    differ, and ends.

    Source: tools guide, dpdk-proc-info: "should run alongside primary process with same DPDK version";
        eal.c, rte_config_init
    Since: 19.08   Strength: documented
    """
    scene.primary(dpdk=other.dpdk)
    started = tool(scene)
    started.ends()
    assert MISMATCH in started.output


@_each(EXITING)
def test_application_that_is_refused_returns_its_exit_code(scene: Scene, other: Other, tool: Tool):
    """An application that a primary of another release refuses, and that calls rte_exit then, returns
    the code that it gives to rte_exit.

    Source: rte_common.h, rte_exit: "returning the exit_code back to the shell"; main.c of each tool
    Since: 19.08   Strength: must
    """
    scene.primary(dpdk=other.dpdk)
    assert tool(scene).ends() == "exit 1"


@_each(PANICKING)
def test_application_that_is_refused_panics(scene: Scene, other: Other, tool: Tool):
    """dpdk-proc-info and dpdk-pdump abort, and leave a core, where a primary of another release refuses
    them.

    Source: main.c of either: rte_panic where rte_eal_init fails
    Since: 19.08   Strength: measured
    """
    scene.primary(dpdk=other.dpdk)
    assert tool(scene).ends() == "SIGABRT"
