# SPDX-License-Identifier: BSD-3-Clause
"""Ports: what is named is found, what is not is refused in one line, and wires are silent."""
from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traffic import needs
from traffic.port import KINDS, AfPacket, Pcap, Port, PortError, Tap, parse
from traffic.private_net import in_private_network
from traffic.wire import Wire


def refusal(text: str) -> str:
    with pytest.raises(PortError) as caught:
        parse(text)
    line = str(caught.value)
    assert "\n" not in line
    assert line.startswith(f"port {text!r}: ")
    return line


# Names


@pytest.mark.parametrize(
    "text, port",
    [
        ("net_tap", Tap("gtap0")),
        ("net_tap,iface=t1", Tap("t1")),
        ("net_af_packet", AfPacket("gaf0")),
        ("net_pcap,iface=x", Pcap("x")),
        ("net_pcap,iface=fifteen_letters", Pcap("fifteen_letters")),
    ],
)
def test_what_is_named_is_found(text: str, port: Port) -> None:
    assert parse(text) == port


@pytest.mark.parametrize(
    "text, device, wire, eal_args",
    [
        ("net_tap,iface=t1", "net_tap0", "t1", ["--vdev=net_tap0,iface=t1"]),
        (
            "net_af_packet,iface=a",
            "net_af_packet0",
            "aw",
            ["--vdev=net_af_packet0,iface=a,qpairs=1"],
        ),
        ("net_pcap,iface=a", "net_pcap0", "aw", ["--vdev=net_pcap0,rx_iface_in=a,tx_iface=a"]),
    ],
)
def test_what_a_port_is(text: str, device: str, wire: str, eal_args: list[str]) -> None:
    port = parse(text)
    assert (port.device, port.wire, port.eal_args()) == (device, wire, eal_args)


def test_two_queues() -> None:
    assert Tap("t").eal_args(2) == ["--vdev=net_tap0,iface=t"]
    assert AfPacket("a").eal_args(2) == ["--vdev=net_af_packet0,iface=a,qpairs=2"]
    both = ",rx_iface_in=a,tx_iface=a" * 2
    assert Pcap("a").eal_args(2) == [f"--vdev=net_pcap0{both}"]


@given(st.from_regex(r"\A[a-z][a-z0-9w]{0,14}\Z"))
def test_the_far_end_has_a_name_of_its_own_that_fits(iface: str) -> None:
    wire = Pcap(iface).wire
    assert wire != iface
    assert len(wire) <= 15


def test_what_a_secondary_may_do() -> None:
    able = {kind.kind: bool(kind.secondary_data_path) for kind in KINDS}
    assert able == {"net_tap": True, "net_af_packet": False, "net_pcap": True}
    assert "SIGSEGV" in str(AfPacket.secondary_data_path.why_not)


# Refusals


@pytest.mark.parametrize(
    "text, named",
    [
        ("net_tap,", "an empty option; expected KIND[,iface=NAME]; give net_tap or"),
        ("net_tap,foo=1", "unknown key 'foo'; expected KIND[,iface=NAME]"),
        ("net_pcap,tx_iface=a", "unknown key 'tx_iface'"),
        ("net_tap,iface", "iface is empty"),
        ("net_tap,iface=", "iface is empty"),
        ("net_tap,iface=a,iface=a", "iface is given twice"),
        ("net_tap,iface=sixteen__letters", "has 16 characters; the kernel allows 15; give a sho"),
        ("net_tap,iface=a/b", "cannot be an interface's name"),
        ("net_tap,iface=a=b", "cannot be an interface's name"),
        ("net_tap,iface=dtap%d", "cannot be an interface's name"),
        ("net_tap,iface=all", "not 'all' or 'default'"),
        ("net_tap,iface=a\n", "cannot be an interface's name"),
    ],
)
def test_wrong_options_are_refused(text: str, named: str) -> None:
    assert named in refusal(text)


@pytest.mark.parametrize(
    "text, named",
    [
        ("", "no kind is given"),
        ("net_foo", "unknown kind 'net_foo'"),
        ("net_tap0", "unknown kind 'net_tap0'"),
        ("net_null", "net_null has no wire that the kernel sees: no frame can be accounted for"),
        ("net_ring,iface=x", "net_ring has no wire that the kernel sees"),
        ("net_af_xdp", "net_af_xdp is not supported by this version of Gauntlet"),
        ("net_memif", "net_memif is not supported"),
        ("net_virtio_user", "net_virtio_user is not supported"),
        ("net_vhost", "net_vhost is not supported"),
        ("0000:00:04.0", "a PCI address is not supported by this version of Gauntlet"),
        ("00:04.0", "a PCI address is not supported"),
    ],
)
def test_other_kinds_are_refused_with_the_reason(text: str, named: str) -> None:
    assert named in refusal(text)


def test_a_refusal_lists_what_is_available_here_and_why_the_rest_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(needs, "lacks_capabilities", lambda: None)
    monkeypatch.setattr(needs, "lacks_tun", lambda: "no tun")
    monkeypatch.setattr(
        needs, "lacks_driver", lambda kind, _: "no pcap" if kind == "net_pcap" else None
    )
    line = refusal("net_foo")
    assert "available here: net_af_packet; not: net_tap (no tun); net_pcap (no pcap); " in line
    assert "net_ring, net_null (has no wire that the kernel sees: " in line


# Availability


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_without_its_driver_is_unavailable(kind: type[Port], tmp_path: Path) -> None:
    assert kind.unavailable([tmp_path]) == needs.lacks_driver(kind.kind, [tmp_path])


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_without_capabilities_is_unavailable(
    kind: type[Port], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / f"librte_{kind.kind}.so").touch()
    monkeypatch.setattr(needs, "lacks_capabilities", lambda: "needs everything")
    assert kind.unavailable([tmp_path]) == "needs everything"


@pytest.mark.parametrize("kind", KINDS)
def test_only_a_tap_needs_tun(
    kind: type[Port], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / f"librte_{kind.kind}.so").touch()
    monkeypatch.setattr(needs, "lacks_capabilities", lambda: None)
    monkeypatch.setattr(needs, "lacks_tun", lambda: "no tun")
    assert kind.unavailable([tmp_path]) == ("no tun" if kind is Tap else None)


def test_naming_a_port_needs_the_standard_library_only() -> None:
    code = "import sys, traffic.port as p; p.parse('net_tap'); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    assert not {"pyroute2", "scapy", "numpy"} & set(done.stdout.split())


# Wires: what runs inside the namespace


def strangers(interface: str, listen_s: float) -> int:
    with Wire(interface) as wire:
        return len(wire.receive(time.monotonic_ns() + int(listen_s * 1e9)))


def a_prepared_wire_is_silent() -> None:
    port = parse("net_pcap")
    port.prepare()
    port.link_up()
    assert strangers(port.wire, 2.0) == 0


def a_wire_with_ipv6_is_not() -> None:
    from pyroute2 import IPRoute

    with IPRoute() as netlink:
        netlink.link("add", ifname="a", kind="veth", peer="b")
        for name in ("a", "b"):
            netlink.link("set", index=netlink.link_lookup(ifname=name)[0], state="up")
    assert strangers("b", 30.0) > 0


def says(function: Callable[[], None], *named: str) -> None:
    with pytest.raises(PortError) as caught:
        function()
    line = str(caught.value)
    assert "\n" not in line
    assert all(part in line for part in named), line


def a_pair_that_is_there_already() -> None:
    parse("net_pcap,iface=a").prepare()
    says(parse("net_af_packet,iface=a").prepare, "wire aw: the kernel refuses", "File exists")


def a_veth_that_was_not_prepared() -> None:
    says(parse("net_pcap,iface=a").link_up, "interface 'a' is expected", "call prepare() first")


def a_tap_whose_primary_did_not_start() -> None:
    port = parse("net_tap,iface=t")
    port.prepare()
    says(port.link_up, "interface 't' is expected", "start the primary first")


def a_tap_is_set_up_and_silent() -> None:
    from pyroute2 import IPRoute

    port = parse("net_tap,iface=t")
    with IPRoute() as netlink:
        netlink.link("add", ifname="t", kind="tuntap", mode="tap")
        port.link_up()
        assert netlink.get_links(ifname="t")[0]["flags"] & 1
    assert Path("/proc/sys/net/ipv6/conf/t/disable_ipv6").read_text() == "1\n"


def a_wire_that_cannot_be_silenced() -> None:
    import traffic.port

    port = parse("net_pcap,iface=a")
    port.prepare()
    traffic.port._IPV6 = Path("/proc/self")  # nothing in it takes 1
    says(port.link_up, "disable_ipv6 is expected to take 1 and does not", "writable /proc/sys")


def a_wire_that_does_not_carry() -> None:
    import traffic.carrier

    traffic.carrier.carries = lambda names, wait_s: False
    says(parse("net_pcap,iface=a").prepare, "a and aw are expected to carry frames and do not")


@pytest.mark.parametrize(
    "function",
    [
        a_prepared_wire_is_silent,
        a_wire_with_ipv6_is_not,
        a_pair_that_is_there_already,
        a_veth_that_was_not_prepared,
        a_tap_whose_primary_did_not_start,
        a_tap_is_set_up_and_silent,
        a_wire_that_cannot_be_silenced,
        a_wire_that_does_not_carry,
    ],
)
def test_wires(function: Callable[[], None]) -> None:
    in_private_network(function)
