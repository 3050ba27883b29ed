# SPDX-License-Identifier: BSD-3-Clause
"""A call that did not do what it said, or returned what nobody lists, is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from conformance.ethdev import control, controls
from conformance.ethdev.control import ALL_FORWARDED, AS_TOLD, NONE, REFUSED, Made, Seen
from targets.outcome import Unavailable
from targets.protocol import Facts
from traffic.ports.pcap import Pcap

OFF, ON = Seen((0,), False), Seen((1,), True)
OWNERS = Made(NONE, OFF, ON, (1,), ALL_FORWARDED)
LISTED = frozenset({"ENOTSUP"})


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({}, AS_TOLD),
        ({"error": "ENOTSUP", "after": OFF, "read": (0,)}, AS_TOLD),
        ({"error": "ENOTSUP"}, f"{ON} instead of {OFF}"),
        ({"after": OFF, "read": (0,)}, f"{OFF} instead of {ON}"),
        ({"after": Seen((1,), False)}, f"{Seen((1,), False)} instead of {ON}"),
        ({"read": (0,)}, "the caller reads (0,), the owner (1,)"),
        ({"read": (REFUSED,)}, AS_TOLD),
    ],
)
def test_what_a_call_did(change: dict[str, Any], told: str) -> None:
    assert replace(OWNERS, **change).did(OWNERS) == told


@pytest.mark.parametrize(
    ("error", "errors", "may_return"),
    [
        (NONE, LISTED, NONE),
        ("ENOTSUP", LISTED, "ENOTSUP"),
        ("E_RTE_SECONDARY", LISTED, "E_RTE_SECONDARY"),
        ("ENOTTY", LISTED, "one of ENOTSUP, E_RTE_SECONDARY, none"),
        ("ENOTTY", None, "ENOTTY"),
    ],
)
def test_what_a_call_may_return(error: str, errors: frozenset[str] | None, may_return: str) -> None:
    assert replace(OWNERS, error=error).may_return(OWNERS, errors) == may_return


def test_success_is_not_promised_where_the_owner_has_none() -> None:
    owners = replace(OWNERS, error="ENOTSUP")
    assert OWNERS.may_return(owners, None) == "one of ENOTSUP, E_RTE_SECONDARY"
    assert OWNERS.may_return(owners, LISTED) == "one of ENOTSUP, E_RTE_SECONDARY"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"ret": 0, "errno": None}, NONE),
        ({"ret": 1, "errno": None}, NONE),
        ({"ret": -95, "errno": "ENOTSUP"}, "ENOTSUP"),
        ({"ret": -1, "rte_errno": "EINVAL"}, "EINVAL"),
    ],
)
def test_the_error_of_an_answer(answer: dict[str, Any], error: str) -> None:
    assert control.error_of(Facts(answer)) == error


def test_a_port_that_does_not_restart_is_not_restarted() -> None:
    with pytest.raises(Unavailable, match="net_pcap: rte_eth_dev_start"):
        control.trial(None, Pcap("x"), controls.SET_UP["eth_dev_stop"])  # type: ignore[arg-type]


def test_each_call_has_its_own_name() -> None:
    table = {**controls.RUNNING, **controls.SET_UP}
    assert [one.call.verb for one in table.values()] == list(table)
    assert all(one.undo for one in table.values() if one.restores)
