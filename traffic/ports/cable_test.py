# SPDX-License-Identifier: BSD-3-Clause
"""An interface on which frames would disturb somebody is refused."""
from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from traffic.ports.cable import Cable
from traffic.private_net import in_private_network

ROUTES = "Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT\n"
LINK = "eth1 0002000A 00000000 0001 0 0 0 00FFFFFF 0 0 0\n"
DEFAULT = "eth1 00000000 0102000A 0003 0 0 0 00000000 0 0 0\n"
ZERO = "0" * 32
DEFAULT_6 = f"{ZERO} 00 {ZERO} 00 {ZERO} 00000400 00000001 00000000 00000003 eth1\n"
LOCAL_6 = f"fe80{'0' * 28} 40 {ZERO} 00 {ZERO} 00000100 00000001 00000000 00000001 eth1\n"


@pytest.fixture
def cable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cable:
    """eth1, up, with an address, and no route but that of its own network."""
    monkeypatch.delenv("SSH_CONNECTION", raising=False)
    monkeypatch.setattr(Cable, "_addresses", lambda _: {"10.0.2.1", "2001:db8::1"})
    made = Cable("eth1", tmp_path / "class", tmp_path / "proc")
    (made.net / "eth1").mkdir(parents=True)
    (made.net / "eth1" / "flags").write_text("0x1003\n")
    (made.net / "eth1" / "operstate").write_text("up\n")
    (made.net / "eth1" / "address").write_text("02:00:00:00:00:09\n")
    made.proc.mkdir()
    (made.proc / "route").write_text(ROUTES + LINK)
    (made.proc / "ipv6_route").write_text(LOCAL_6)
    return made


def test_a_cable_that_is_nobodys_is_taken(cable: Cable) -> None:
    assert cable.why_not() is None
    assert cable.describe() == "eth1, 02:00:00:00:00:09, link up"


def test_one_that_is_not_there_is_refused_with_those_that_are(cable: Cable) -> None:
    why = Cable("eth2", cable.net, cable.proc).why_not()
    assert why == "there is no such interface; there are: eth1"


def test_one_that_is_down_is_refused(cable: Cable) -> None:
    (cable.net / "eth1" / "flags").write_text("0x1002\n")
    assert cable.why_not() == "it is down: ip link set eth1 up"


@pytest.mark.parametrize(
    ("name", "text"), [("route", ROUTES + LINK + DEFAULT), ("ipv6_route", LOCAL_6 + DEFAULT_6)]
)
def test_the_way_to_everywhere_is_refused(cable: Cable, name: str, text: str) -> None:
    (cable.proc / name).write_text(text)
    assert "the default route goes through it" in str(cable.why_not())
    (cable.proc / name).write_text(text.replace("eth1", "eth0"))
    assert cable.why_not() is None


def test_a_route_that_rejects_leads_nowhere(cable: Cable) -> None:
    (cable.proc / "ipv6_route").write_text(DEFAULT_6.replace("00000003 eth1", "00200200 eth1"))
    assert cable.why_not() is None


def _connection(address: str, port: int, state: str) -> str:
    heading = "sl local_address rem_address st tx_queue rx_queue tr tm->when\n"
    return f"{heading}0: {address}:{port:04X} 0A000001:D431 {state} 00:00 00:00 0 0\n"


V4, MAPPED = "0102000A", "0000000000000000FFFF00000102000A"
V6 = "B80D0120000000000000000001000000"


@pytest.mark.parametrize(("name", "address"), [("tcp", V4), ("tcp6", MAPPED), ("tcp6", V6)])
def test_an_ssh_session_is_refused(cable: Cable, name: str, address: str) -> None:
    (cable.proc / name).write_text(_connection(address, 22, "01"))
    assert cable.why_not() == "an SSH session comes through it: frames would disturb it"


@pytest.mark.parametrize(
    ("address", "port", "state"), [(V4, 22, "0A"), (V4, 80, "01"), ("0202000A", 22, "01")]
)
def test_what_is_no_ssh_session_is_none(cable: Cable, address: str, port: int, state: str) -> None:
    (cable.proc / "tcp").write_text(_connection(address, port, state))
    assert cable.why_not() is None


def test_our_own_ssh_session_is_known_by_its_variable(
    cable: Cable, monkeypatch: pytest.MonkeyPatch
) -> None:
    for address in ("10.0.2.1", "2001:db8::1%eth1"):
        monkeypatch.setenv("SSH_CONNECTION", f"10.0.2.9 50000 {address} 2222")
        assert "an SSH session comes through it" in str(cable.why_not())


def addresses_are_those_of_the_interface() -> None:
    """In a network namespace of its own."""
    os.environ.pop("SSH_CONNECTION", None)
    lo = Cable("lo", Path("/sys/class/net"), Path("/proc/net"))
    from pyroute2 import IPRoute

    with IPRoute() as netlink:
        index = netlink.link_lookup(ifname="lo")[0]
        netlink.link("set", index=index, state="up")
        netlink.addr("add", index=index, address="192.0.2.7", prefixlen=32)
    assert "192.0.2.7" in lo._addresses() and Cable("nowhere")._addresses() == set()
    with socket.create_server(("192.0.2.7", 22)) as server:
        assert not lo.has_ssh_session()
        with socket.create_connection(("192.0.2.7", 22)), server.accept()[0]:
            assert lo.has_ssh_session()


def test_addresses_are_those_of_the_interface() -> None:
    in_private_network(addresses_are_those_of_the_interface)
