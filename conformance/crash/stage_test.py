# SPDX-License-Identifier: BSD-3-Clause
"""Proves the walk: which calls are points, in which words, and that a victim's end is judged."""

from __future__ import annotations

import signal
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Generator

import pytest

from conformance.verdicts import run
from conformance.crash import key
from conformance.crash.activity import ACTIVITIES
from conformance.crash.processes import LOST, Processes
from conformance.crash.point import Point, points
from conformance.crash.stage import Stage
from faults.steps import Call
from targets.process import Ending
from targets.root import Root


@pytest.mark.parametrize(
    "target, words",
    [
        ("/var/run/dpdk/rte/mp_socket_37_1e5903c3c50b", "/run/dpdk/rte/mp_socket_PID_TSC"),
        ("/run/dpdk/rte/fbarray_memseg-2048k-0-0_37", "/run/dpdk/rte/fbarray_memseg-2048k-0-0_PID"),
        ("/run/dpdk/rte/fbarray_memzone", "/run/dpdk/rte/fbarray_memzone"),
        ("/run/huge/rtemap_12 LOCK_EX|LOCK_NB", "/run/huge/rtemap_N LOCK_EX|LOCK_NB"),
        ("/sys/devices/system/node/node0/cpu11", "/sys/devices/system/node/nodeN/cpuN"),
        ("/usr/lib/x86_64-linux-gnu/dpdk/pmds-23.0/librte_net_tap.so.23.0", "a library"),
        ("socket:[8384691]", "socket"),
        ("/somewhere/secondary3/output", "the log"),
        ("anonymous", "anonymous"),
    ],
)
def test_words_hold_nothing_of_this_run(target: str, words: str) -> None:
    assert key.normalised(target) == words


def test_words_hold_nothing_of_the_root() -> None:
    root = Root(Path("/build/roots/24.11/root"))
    assert (
        key.normalised("/build/roots/24.11/root/var/run/dpdk/rte/config", root)
        == "/run/dpdk/rte/config"
    )
    assert key.normalised("/build/roots/24.11/root/proc/25/pagemap", root) == "/proc/N/pagemap"
    assert key.normalised("/run/dpdk/rte LOCK_EX", root) == "/run/dpdk/rte LOCK_EX"


@pytest.mark.parametrize(
    ("target", "is_there"),
    [
        ("/root/run/dpdk/rte/config", True),
        ("/run/dpdk/rte/config", True),
        ("/root/run/dpdk", False),
    ],
)
def test_call_in_a_root_is_met_where_it_was_recorded(target: str, is_there: bool) -> None:
    calls = [_call("main", n, target="/root/run/dpdk/rte/config") for n in (1, 2)]
    root = Root(Path("/root"))
    (point,) = points("secondary asks", calls, {}, root)
    bite = {"call": "read", "caller": "rte_eal_init", "target": target}
    assert point.is_where(bite, root) == is_there


@pytest.mark.parametrize(
    ("now", "then"),
    [("dpdk-mp-msg", "rte_mp_handle"), ("dpdk-intr", "eal-intr-thread"), ("x", "x")],
)
def test_thread_of_another_release_has_one_name(now: str, then: str) -> None:
    calls = [_call(now, 1), _call(now, 2)]
    (point,) = points("secondary asks", calls, {})
    assert (point.thread, point.role) == (then, now)


def _call(thread: str, n: int, k: int = 0, call: str = "read", target: str = "") -> Call:
    return Call(thread, call, n, n, k, target, "rte_eal_init")


def _numbers(activity: str, *calls: Call) -> list[tuple[str, int, int, int]]:
    found = points(activity, list(calls), {"main>1": "eal-intr-thread"})
    return [(point.thread, point.n, point.k, point.occurrence) for point in found]


def test_the_call_that_a_thread_waited_in_is_no_point() -> None:
    calls = [_call("rte_mp_handle", 1), _call("rte_mp_handle", 2), _call("main>1", 1)]
    assert _numbers("secondary asks", *calls) == [
        ("rte_mp_handle", 2, 0, 1),
        ("eal-intr-thread", 1, 0, 1),
    ]


def test_threads_of_the_peer_itself_are_no_points() -> None:
    calls = [_call("peer-reader", 1), _call("peer-reader", 2), _call("peer-reader>1", 1)]
    assert _numbers("secondary asks", *calls) == [("verb", 1, 0, 1)]


def test_calls_that_depend_on_timing_are_one_point_in_each_place() -> None:
    calls = [_call("peer-reader>1", 1), *(_call("peer-reader>1", 1, k, "futex") for k in (1, 2))]
    assert _numbers("secondary asks", *calls) == [("verb", 1, 0, 1), ("verb", 1, 1, 1)]


def test_nothing_is_touched_before_the_runtime_directory() -> None:
    calls = [
        _call("main", 0, 1, "futex"),
        _call("main", 1, call="mkdir", target="/run/dpdk"),
        _call("main", 2, target="/run/dpdk/rte/config"),
        _call("main", 3),
    ]
    found = points("secondary attaches", calls, {})
    assert [point.touched for point in found] == [False, True, True]


@pytest.fixture
def stage(tmp_path: Path) -> Generator[Stage, None, None]:
    made = Stage(run.make("net_tap", tmp_path, None), tmp_path / "scenes")
    yield made
    made.leave()


def _point(stage: Stage, activity: str, call: str) -> Point:
    return next(point for point in stage.record(activity) if point.call == call)


def test_a_death_that_costs_something_is_told(stage: Stage) -> None:
    """The request under way is what is lost, besides what every death does."""
    point = _point(stage, "secondary is asked", "sendmsg")
    found = stage.take(point).found or {}
    found.pop(LOST)
    assert found == {"mp_request_sync of the primary": "fails with ETIMEDOUT"}


def test_a_death_that_costs_nothing_is_told(stage: Stage) -> None:
    assert stage.take(_point(stage, "secondary attaches", "access")).found == {}


def test_a_death_after_another_one_costs_no_more(stage: Stage) -> None:
    point = _point(stage, "secondary asks", "sendmsg")
    assert stage.take(point).found == stage.take(point).found


def test_a_point_that_is_not_reached_is_inconclusive(stage: Stage) -> None:
    point = replace(_point(stage, "secondary asks", "sendmsg"), i=1000)
    assert stage.take(point).found is None


def test_a_point_where_another_call_stands_is_inconclusive(stage: Stage) -> None:
    point = replace(_point(stage, "secondary asks", "sendmsg"), caller="rte_malloc")
    assert stage.take(point).found is None


@pytest.mark.parametrize(
    ("ending", "told"),
    [
        (Ending(signal=signal.SIGSEGV), {"bystander": "died: SIGSEGV"}),
        (Ending(signal=signal.SIGKILL), {}),
        (None, {}),
    ],
)
def test_another_one_that_dies_is_told(ending: Ending | None, told: dict[str, str]) -> None:
    victim, other = SimpleNamespace(ending=Ending(signal=signal.SIGABRT)), SimpleNamespace(
        ending=ending
    )
    processes = SimpleNamespace(primary=victim, bystander=other, victim=victim)
    assert Processes.killed(processes) == told  # type: ignore[arg-type]


def test_both_roles_do_what_can_be_done_in_both() -> None:
    ours = {name.partition(" ")[2] for name in ACTIVITIES if name.startswith("primary")}
    theirs = {name.partition(" ")[2] for name in ACTIVITIES if name.startswith("secondary")}
    assert theirs - ours == {"attaches", "registers an action", "cleans up"}
