# SPDX-License-Identifier: BSD-3-Clause
"""What is named is found, and what is not is refused in one line."""
from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from traffic import needs
from traffic.ports.af_packet import AfPacket
from traffic.ports.named import parse
from traffic.ports.pcap import Pcap
from traffic.ports.port import Port, PortError
from traffic.ports.tap import Tap


def refusal(text: str) -> str:
    with pytest.raises(PortError) as caught:
        parse(text)
    line = str(caught.value)
    assert "\n" not in line
    assert line.startswith(f"port {text!r}: ")
    return line


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
        ("net_ring,iface=x", "unknown key 'iface'; expected KIND; give net_ring"),
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
        ("net_ixgbe", "unknown kind 'net_ixgbe'"),
        ("00:04.8", "unknown kind '00:04.8'; give KIND[,iface=NAME] or ADDRESS,wire=IFACE"),
    ],
)
def test_other_kinds_are_refused_with_the_reason(text: str, named: str) -> None:
    assert named in refusal(text)


def test_a_refusal_lists_what_is_available_here_and_why_the_rest_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(needs, "lacks_capabilities", lambda: None)
    monkeypatch.setattr(needs, "lacks_tun", lambda: "no tun")
    monkeypatch.setattr(needs, "lacks_xdp", lambda: "no XDP")
    monkeypatch.setattr(
        needs, "lacks_driver", lambda kind, _: "no pcap" if kind == "net_pcap" else None
    )
    line = refusal("net_foo")
    assert "available here: net_af_packet, PCI, net_ring, net_null; not: net_tap, net_memif" in line
    assert "net_bonding (no tun); net_pcap (no pcap); net_af_xdp (no XDP)" in line


def test_naming_a_port_needs_the_standard_library_only() -> None:
    code = "import sys, traffic.ports.named as p; p.parse('net_tap'); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert not {"pyroute2", "scapy", "numpy"} & set(done.stdout.split())


def test_the_keys_are_those_of_the_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Tap, "keys", {"iface": "NAME", "wire": "FAR"})
    assert parse("net_tap,wire=x,iface=a") == Tap("a")
    line = refusal("net_tap,wire=")
    assert "wire is empty; expected KIND[,iface=NAME][,wire=FAR]; give net_tap or " in line
    assert line.endswith("net_tap,iface=NAME or net_tap,wire=FAR")
    assert "unknown key 'wire'" in refusal("net_pcap,wire=x")
