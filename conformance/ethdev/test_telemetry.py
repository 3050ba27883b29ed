# SPDX-License-Identifier: BSD-3-Clause
"""The telemetry of a primary, asked for a port while a process detaches the port."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Iterator

import pytest

from conformance.cases import ALL_HOLD, cases
from conformance.ethdev.telemetry import Question
from conformance.ipc_users.device import ports
from conformance.roles import both_roles
from faults.call import CallHeld, breakable
from targets.outcome import Unavailable, need_release
from targets.peer import Peer
from targets.scene import Scene

_DEVICE = "net_null0"


@dataclass(frozen=True)
class Held:
    """A call that the telemetry thread makes when it has seen that the port is there, and before it
    reads what is known of the port.

    library: whose call it is. rte_tel_data_alloc ends with its malloc, so that the compiler may let it
    be its caller's.  first: the first release with the command.
    """

    function: str
    library: str
    first: tuple[int, int]


COMMANDS = {
    # Source: eth_dev_handle_port_info: rte_tel_data_alloc, between the check and the first reading
    "info": Held("malloc", "librte_", (21, 11)),
    # Source: eth_basic_stats_get_names: the first name, between the check and dev->data->dev_flags
    "xstats": Held("strlcpy", "librte_ethdev", (20, 11)),
}


@contextmanager
def _asked(scene: Scene, primary: Peer, which: str) -> Iterator[Question]:
    """A block in which telemetry is asked, and has come to that call and no further."""
    held = COMMANDS[which]
    need_release(primary.greeting.version, held.first, f", which has /ethdev/{which}")
    with CallHeld(primary, held.function, library=held.library) as fault:
        question = Question(scene, f"/ethdev/{which},0")
        scene.wait_until(
            lambda: fault.bites > 0 or question.answered, f"{held.function} of {which}"
        )
        if not fault.bites:
            raise Unavailable(f"needs a DPDK whose {held.library} calls {held.function}")
        yield question


@both_roles
@pytest.mark.parametrize("which", COMMANDS)
def test_port_that_goes_while_telemetry_reads(scene: Scene, which: str, role: str):
    """The telemetry of a primary is asked for a port, and a process detaches the port meanwhile: the
    answer is what is answered while the port is left alone, or nothing, and nobody dies.

    Source: guide, "DPDK Telemetry User Guide": "the ability to query DPDK for telemetry information,
    currently including information such as ethdev stats"
    Since: 20.11   Strength: documented
    """
    primary, secondary = breakable(scene).primary(f"--vdev={_DEVICE}"), scene.secondary()
    with _asked(scene, primary, which) as question:
        pass  # Nothing happens meanwhile.
    whole: Any = question.answer().copy()
    one = primary if role == "primary" else secondary
    with _asked(scene, primary, which) as question:
        detach = one.tell("dev_remove", dev=_DEVICE)
        detach.comes(scene.speed.patience_s)  # Or it waits until the answer is made.
    told, error = question.answer(), detach.answer().errno
    seen = ALL_HOLD if told is None else cases(told, whole)
    assert (seen, error, ports(primary, secondary)) == (ALL_HOLD, None, [0, 0])
