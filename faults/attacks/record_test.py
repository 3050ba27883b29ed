# SPDX-License-Identifier: BSD-3-Clause
"""What was said becomes the lines that say it again, and what has no words is named."""

from __future__ import annotations

import pytest

from faults.attacks.record import Recording
from faults.attacks.record_file import vdevs
from faults.relay import Passed
from traffic.datagram import Layout, MpType, encode
from traffic.eal_param import DEV_REQUEST, Dev, DevType

LAYOUT = Layout.from_greeting(
    {
        "size": 332,
        "type": {"offset": 0, "size": 4},
        "name": {"offset": 4, "size": 64},
        "len_param": {"offset": 68, "size": 4},
        "num_fds": {"offset": 72, "size": 4},
        "param": {"offset": 76, "size": 256},
    }
)
P, A, B = "/run/mp_socket", "/run/mp_socket_1_a", "/run/mp_socket_2_b"
MSG, REQ, REP = MpType.MP_MSG, MpType.MP_REQ, MpType.MP_REP
ATTACH = bytes(Dev(DevType.ATTACH, "net_null7"))
BACK = bytes(Dev(DevType.ATTACH_ROLLBACK, "net_null7"))

Told = tuple[str, str, MpType, str, bytes]


def _passed(told: Told, number: int, fds: int = 0) -> Passed:
    sender, to, kind, name, param = told
    data = encode(LAYOUT, kind, name, param=param)
    return Passed(number * 1_000_000, "pass", None, to, sender, data, fds)


def _recording(*all_told: Told) -> Recording:
    recording = Recording(LAYOUT)
    for number, told in enumerate(all_told):
        recording.add(_passed(told, number))
    return recording


def _lines(*all_told: Told) -> list[str]:
    """The lines between the first and the last, without their times."""
    lines = _recording(*all_told).text([], [], {}).splitlines()
    steps = [line.partition("    #")[0] for line in lines if not line.startswith("#")]
    assert steps[:2] == ["promise What was recorded happens again.", "primary1 starts"]
    assert steps[-1] == "primary1 lives"
    return steps[2:-1]


def test_request_of_a_secondary_and_each_other_reply() -> None:
    assert _lines(
        (A, P, REQ, "ping", b"1"),
        (P, A, REP, "ping", b"x"),
        (A, P, REQ, "ping", b"2"),
        (P, A, REP, "ping", b"y"),
        (A, P, REQ, "ping", b"3"),
    ) == [
        "ghost1 appears",
        "primary1 does mp_action_register name=ping manner=reply reply_param=78",
        "ghost1 sends request ping to=primary1 param=31",
        "ghost1 gets reply ping",
        "primary1 unregisters ping",
        "primary1 does mp_action_register name=ping manner=reply reply_param=79",
        "ghost1 sends request ping to=primary1 param=32",
        "ghost1 gets reply ping",
        "primary1 unregisters ping",
        "primary1 does mp_action_register name=ping manner=silent",
        "ghost1 sends request ping to=primary1 param=33",
    ]


def test_request_to_all_one_after_another_is_one_call() -> None:
    assert _lines(
        (P, A, REQ, "ask", b""),
        (A, P, REP, "ask", b""),
        (P, B, REQ, "ask", b""),
        (B, P, REP, "ask", b""),
        (P, A, REQ, "ask", b""),
    ) == [
        "ghost1 appears",
        "r1: primary1 begins mp_request_sync name=ask timeout=ample",
        "b2: ghost1 gets request ask",
        "ghost1 answers b2 reply",
        "ghost2 appears",
        "b3: ghost2 gets request ask",
        "ghost2 answers b3 reply",
        "expect r1 ret=0 nb_received=2",
        "r4: primary1 begins mp_request_sync name=ask timeout=brief",
        "b5: ghost1 gets request ask",
        "expect r4 ret=-1 rte_errno=ETIMEDOUT",
    ]


def test_request_to_all_at_once_is_asynchronous() -> None:
    lines = _lines(
        (P, A, REQ, "ask", b""),
        (P, B, REQ, "ask", b""),
        (B, P, REP, "ask", b""),
    )
    assert "r1: primary1 begins mp_request_async name=ask timeout=brief" in lines
    assert lines[-1] == "primary1 says async_reply nb_received=1"


def test_message_to_all_is_one_call() -> None:
    lines = _lines((P, A, MSG, "note", b"n"), (P, B, MSG, "note", b"n"), (P, A, MSG, "note", b"n"))
    assert lines.count("primary1 does mp_sendmsg name=note param=6e") == 2
    assert lines.count("ghost1 gets message note") == 2


def test_message_of_a_secondary_comes_to_the_action() -> None:
    assert _lines((A, P, MSG, "two words", b""))[1:] == [
        'primary1 does mp_action_register name="two words" manner=silent',
        'ghost1 sends message "two words" to=primary1',
        'primary1 says action action="two words"',
    ]


def test_what_dpdk_does_by_itself_is_not_told_to_the_peer() -> None:
    lines = _lines(
        (A, P, REQ, DEV_REQUEST, ATTACH),
        (P, B, REQ, DEV_REQUEST, ATTACH),
        (B, P, REP, DEV_REQUEST, ATTACH),
        (P, A, REP, DEV_REQUEST, ATTACH),
        (P, A, MSG, "bus_vdev_mp", b""),
    )
    assert [line for line in lines if line.startswith("primary1") or "begins" in line] == []


def test_device_of_the_primary_is_attached_and_taken_back() -> None:
    lines = _lines(
        (P, A, REQ, DEV_REQUEST, ATTACH),
        (P, A, REQ, DEV_REQUEST, BACK),
        (A, P, REP, DEV_REQUEST, BACK),
    )
    assert [line for line in lines if "primary1" in line] == [
        "r1: primary1 begins dev_probe devargs=net_null7",
    ]
    assert lines[-1] == "r1 ends"


def test_reply_to_nothing_is_sent_as_it_was() -> None:
    assert _lines((A, P, REP, "late", b"")) == [
        "ghost1 appears",
        "ghost1 sends reply late to=primary1",
    ]


@pytest.mark.parametrize(
    "passed, lack",
    [
        (_passed((A, P, MSG, "fds", b""), 0, fds=1), "1 datagrams with descriptors (fds)"),
        (
            _passed((A, P, MSG, "mp_malloc_request", b""), 0),
            "1 datagrams of one run only (mp_malloc_request)",
        ),
        (_passed((A, B, MSG, "x", b""), 0), "1 datagrams from or to a socket that is no process's"),
        (
            _passed(("", P, MSG, "x", b""), 0),
            "1 datagrams from or to a socket that is no process's",
        ),
        (Passed(0, "pass", None, P, A, b"x", 0), "1 datagrams malformed"),
    ],
)
def test_what_has_no_words_is_named(passed: Passed, lack: str) -> None:
    recording = Recording(LAYOUT)
    recording.add(passed)
    assert recording.lacks == [lack]
    assert f"# It lacks: {lack}" in recording.text([], [], {})


def test_who_was_there_and_when_is_told() -> None:
    recording = _recording((A, P, MSG, "x", b""), (A, P, MSG, "x", b""))
    names = {"mp_socket": "primary 7", "mp_socket_1_a": "secondary 1", "mp_socket_3_c": "silent"}
    text = recording.text(["--vdev=a b"], ["mp_socket_1_a", "mp_socket_3_c"], names)
    assert "# primary1: primary 7\n# ghost1: secondary 1\n# ghost2: silent\n" in text
    assert 'primary1 starts "--vdev=a b"\nghost1 appears\nghost2 appears\n' in text
    assert "ghost1 sends message x to=primary1    # 1.000\n" in text


def test_nothing_that_was_said_is_a_scenario_too() -> None:
    assert _lines() == []


def test_only_virtual_devices_are_taken_over() -> None:
    words = ["testpmd", "-l", "0", "--vdev", "net_a,x=1", "--no-pci", "--vdev=net_b"]
    assert vdevs(words) == ["--vdev=net_b", "--vdev=net_a,x=1"]
