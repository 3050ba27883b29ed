# SPDX-License-Identifier: BSD-3-Clause
"""A scenario of somebody's own: ci/reproduce runs it."""

from __future__ import annotations

import pytest

from conformance.scenario.play import play
from conformance.scenario.text import parse
from conformance.verdicts.run import verbs


@pytest.mark.only_with("--scenario")
def test_scenario(request, run, scene):
    """What the scenario expects is what happens.

    Source: the scenario that --scenario names
    Since: 18.02   Strength: observed
    """
    text = request.config.getoption("--scenario")
    scenario = parse(text, verbs(run.dpdk))
    if scenario.promise:
        request.node.user_properties.append(("promise", scenario.promise))
    play(scenario, scene)
