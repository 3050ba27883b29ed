# SPDX-License-Identifier: BSD-3-Clause
"""What is seen becomes the right case, of deployments that are rare or slow to make for real."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from faults.deployment.find import Process
from faults.deployment.mailbox import Mailbox
from faults.deployment.mem_config import Config, SharedLock
from faults.deployment.proc import Abi
from faults.deployment.rings import UnderWay
from faults.deployment.waiting import FileLock, Mutex, Other, Send
from faults.report import judge, words
from faults.report.case import Case
from faults.report.seen import ProcessSeen, Seen, ThreadSeen

EPOLL = Other("do_epoll_wait")
RECEIVES = Other("__skb_wait_for_more_packets")
HEAP = SharedLock("heap", "of socket 0", True, 0)
PAGES = SharedLock("pages", "", True, 0)


def _process(pid: int, role: str, *threads: ThreadSeen, **facts: Any) -> ProcessSeen:
    name = "mp_socket" if role == "primary" else f"mp_socket_{pid}_1"
    process = Process(pid, 1, role, "app", f"/run/{name}", Abi(23))
    of_eal = (
        ThreadSeen(pid + 1, "eal-intr-thread", "S", False, EPOLL, ("librte_eal",), "epoll_wait"),
        ThreadSeen(pid + 2, "rte_mp_handle", "S", False, RECEIVES, ("librte_eal",), "recvmsg"),
    )
    whole = ProcessSeen(process, "app", 9.0, False, 0, (20, 1024), (*of_eal, *threads))
    return replace(whole, **facts)


def _seen(*processes: ProcessSeen, **facts: Any) -> Seen:
    config = Config((22, 11, 11), True, ())
    boxes = tuple(Mailbox(one.process.address, "empty") for one in processes)
    whole = Seen(0.5, config, (), processes, boxes, 11, ())
    return replace(whole, **facts)


def _main(pid: int, *calls: str, spins: bool = False, **facts: Any) -> ThreadSeen:
    whole = ThreadSeen(pid, "app", "R" if spins else "S", spins, None, calls)
    return replace(whole, **facts)


def _only(seen: Seen) -> Case:
    (case,) = judge.cases(seen)
    return case


PRIMARY = _process(10, "primary", _main(10))


def test_nothing_hangs_in_a_healthy_deployment() -> None:
    polling = _process(20, "secondary", _main(20, spins=True))
    assert judge.cases(_seen(PRIMARY, polling)) == []


def test_dead_holder_is_sure_only_with_all_stacks() -> None:
    waiter = _process(20, "secondary", _main(20, "rte_malloc", spins=True))
    sure = _only(_seen(PRIMARY, waiter, held=(HEAP,), dead=(7,)))
    assert sure.verdict and sure.verdict.known.name == "B-4" and sure.verdict.sure
    assert "by nobody who lives" in sure.headline
    unseen = _process(20, "secondary", ThreadSeen(20, "app", "R", True, None, None))
    likely = _only(_seen(PRIMARY, unseen, held=(HEAP,), dead=(7,)))
    assert likely.verdict and likely.verdict.known.name == "B-4" and not likely.verdict.sure
    assert "secondary 20 (app)" in likely.doubt


def test_dead_holder_is_only_likely_if_nobody_is_known_to_have_died() -> None:
    case = _only(_seen(PRIMARY, held=(HEAP,)))
    assert case.verdict and not case.verdict.sure
    assert case.verdict.missing == {"a process has died"}


def test_living_holder_is_no_dead_one() -> None:
    inside = _main(20, "rte_malloc", wait=Other("futex_do_wait", 3.0))
    case = _only(_seen(PRIMARY, _process(20, "secondary", inside), held=(HEAP,), dead=(7,)))
    assert "by secondary 20 (app) (app 20, in rte_malloc) as it seems" in case.headline
    assert case.verdict is None


def test_function_without_a_name_may_hold() -> None:
    inside = _main(20, "librte_eal", wait=Other("futex_do_wait", 3.0))
    case = _only(_seen(PRIMARY, _process(20, "secondary", inside), held=(HEAP,), dead=(7,)))
    assert "app 20, in librte_eal" in case.headline


def test_holder_that_is_at_work_hangs_not() -> None:
    inside = _main(20, "rte_malloc", state="R")
    assert judge.cases(_seen(PRIMARY, _process(20, "secondary", inside), held=(HEAP,))) == []


def test_waiter_for_the_pages_has_the_heap() -> None:
    waiter = _process(20, "secondary", _main(20, "rte_malloc", spins=True))
    pages = replace(PAGES, writer_waits=True)
    case = _only(_seen(PRIMARY, waiter, held=(HEAP, pages), dead=(7,)))
    assert case.headline.startswith("memory_hotplug_lock") and "heap" not in case.headline
    assert case.verdict and "rte_eal_cleanup" in case.verdict.known.row


def test_descriptors_that_are_used_up_name_the_tap() -> None:
    gone = _process(20, "secondary", _main(20), descriptors=(64, 64), command="app --vdev=net_tap0")
    silent = replace(gone, threads=gone.threads[2:])
    case = _only(_seen(PRIMARY, silent))
    assert case.verdict and (case.verdict.known.name, case.verdict.sure) == ("B-11", True)


def test_process_that_ends_has_no_ipc_thread_and_hangs_not() -> None:
    leaving = _process(20, "secondary", _main(20, "rte_eal_cleanup"))
    assert judge.cases(_seen(PRIMARY, replace(leaving, threads=leaving.threads[2:]))) == []


def test_stopped_secondary_and_dead_primary() -> None:
    stopped = _process(20, "secondary", _main(20), stopped=True)
    waits = _main(30, "rte_malloc", wait=Other("futex_do_wait", 1.0))
    found = judge.cases(_seen(stopped, _process(30, "secondary", waits)))
    dead = next(case for case in found if case.kind == "primary dead")
    assert dead.verdict and (dead.verdict.known.name, dead.verdict.sure) == ("B-1", True)


@pytest.mark.parametrize(
    "mode, stopped, dead, sure, means",
    [
        ("MT", False, (7,), True, "a process died inside it"),
        ("MT", False, (), False, "a process died inside it"),
        ("HTS", False, (7,), True, "a process died inside it"),
        ("MT", True, (), True, "a process was stopped inside it"),
    ],
)
def test_ring_operation_that_does_not_go_on(
    mode: str, stopped: bool, dead: tuple[int, ...], sure: bool, means: str
) -> None:
    ring = UnderWay("r", "dequeue", mode, 2, (5, 3))
    user = _process(20, "secondary", _main(20), stopped=stopped)
    found = judge.cases(_seen(PRIMARY, user, rings=(ring,), dead=dead))
    (case,) = [case for case in found if case.kind == "ring"]
    assert case.headline == "dequeue on ring r has begun, and does not go on"
    assert case.verdict and case.verdict.sure == sure and case.verdict.known.means.startswith(means)
    assert bool(case.doubt) == (mode == "HTS")


def test_circle_of_mutexes_is_told_once() -> None:
    first = _main(21, wait=Mutex(0x1000, 22))
    second = _main(22, wait=Mutex(0x2000, 21))
    third = _main(23, wait=Mutex(0x1000, 22))
    circle = _process(20, "secondary", replace(first), second, third)
    threads = tuple(one for one in circle.threads if one.name == "app")
    case = _only(_seen(PRIMARY, replace(circle, threads=(*PRIMARY.threads[1:2], *threads))))
    assert case.kind == "deadlock" and "21 and 22" in case.signs[0].text


def test_full_queue_of_somebody_unknown_is_told_by_its_path() -> None:
    box = Mailbox("/run/mp_socket_9_1", "full")
    case = _only(_seen(PRIMARY, mailboxes=(box,)))
    assert case.headline == "the queue of /run/mp_socket_9_1 is full (11 datagrams)"
    assert case.verdict is None


def test_primary_that_is_not_done_is_waited_for() -> None:
    waits = _process(20, "secondary", _main(20, "rte_eal_init", spins=True))
    config = Config((22, 11, 11), False, ())
    case = _only(_seen(PRIMARY, waits, config=config))
    assert case.headline == "secondary 20 (app) waits for the end of the primary's rte_eal_init"


@pytest.mark.parametrize(
    "wait, told",
    [
        (
            Send("/run/mp_socket", b"x"),
            "waits for room in the queue of primary 10 (app), to send 1",
        ),
        (Mutex(1, None), "waits for a mutex whose thread has ended"),
        (Mutex(1, 21), "waits for a mutex that eal-intr-thread 21 has"),
        (FileLock("/run", (10,)), "waits for the lock of /run, which primary 10 (app) has"),
        (FileLock("/run", ()), "which nobody that is to be seen has"),
    ],
)
def test_who_waits_is_told(wait: object, told: str) -> None:
    seen = _seen(PRIMARY, _process(20, "secondary", _main(20, wait=wait)))
    (line,) = words.who_waits(seen, None)
    assert told in line


def test_stacks_without_names_are_told() -> None:
    unseen = ThreadSeen(20, "app", "S", False, EPOLL, None)
    nameless = replace(_process(20, "secondary"), threads=(unseen,))
    seen = _seen(PRIMARY, nameless, stacks={10: "TID 10:", 20: "TID 20:"})
    lines = words.report(seen, [], None)
    told = "    its stacks have no names: its files are not seen here, or are stripped"
    assert lines.count(told) == 1 and lines.index(told) > lines.index("processes:") + 3
    assert told not in words.report(replace(seen, stacks={}), [], None)


def test_doubt_is_told() -> None:
    seen = _seen(PRIMARY, held=(HEAP,), config=Config(None, True, (), "the locks cannot be seen"))
    lines = words.report(seen, judge.cases(seen), None)
    assert "  the locks cannot be seen" in lines
    assert any(line.startswith("HANGS, likely: this is B-4") for line in lines)
    assert "  not seen: a process has died" in lines
