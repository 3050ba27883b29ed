# SPDX-License-Identifier: BSD-3-Clause
"""Ghosts in C: sockets in the runtime directory that send DPDK's private datagram as it is."""

from __future__ import annotations

from typing import Any

from conformance.scenario.c.form import array, string
from conformance.scenario.steps import (
    GhostAnswers,
    GhostAppears,
    GhostGets,
    GhostGoes,
    GhostSends,
    GhostSendsBytes,
)
from faults.rule import TYPES


def lines(step: Any, ghosts: list[str], processes: list[str]) -> list[str]:
    """The lines of main() that take a step of a ghost."""
    ghost = f"&ghost[{ghosts.index(step.who)}]"
    if isinstance(step, GhostAppears):
        how = "WITH_ADDRESS" if step.bound else "WITHOUT_ADDRESS"
        how = "WITH_ABSTRACT_ADDRESS" if step.abstract else how
        return [f"appears({ghost}, {string(step.who)}, &processes[0], {how});"]
    if isinstance(step, GhostGoes):
        return [f"goes({ghost});"]
    if isinstance(step, GhostGets):
        return [f"ghost_gets({ghost}, {step.line}, {int(TYPES[step.type])}, {string(step.name)});"]
    if isinstance(step, GhostAnswers):
        given = f"(const uint8_t[]){{{array(step.param or bytes(1))}}}, {len(step.param)}"
        return [f"ghost_answers({ghost}, {int(TYPES[step.type])}, {given});"]
    if isinstance(step, GhostSendsBytes):
        to = f"&processes[{processes.index(step.to)}]"
        raw = f"(const uint8_t[]){{{array(step.data)}}}, {len(step.data)}"
        return [f"ghost_sends_bytes({ghost}, {to}, {raw});"]
    assert isinstance(step, GhostSends)
    param: bytes = step.keys.get("param", b"")
    told = f"(const uint8_t[]){{{array(param or bytes(1))}}}, {len(param)}"
    numbers = f"{step.keys.get('len_param', len(param))}, {step.keys.get('num_fds', 0)}"
    to = f"&processes[{processes.index(step.to)}]"
    kind = int(TYPES[step.type])
    return [f"ghost_sends({ghost}, {to}, {kind}, {string(step.name)}, {told}, {numbers});"]
