# SPDX-License-Identifier: BSD-3-Clause
"""Each kind: what makes it, what a secondary may do with it, and why it is not available."""
from __future__ import annotations

from pathlib import Path

import pytest

from traffic import needs
from traffic.ports.af_packet import AfPacket
from traffic.ports.af_xdp import AfXdp
from traffic.ports.bonding import Bonding, OverNulls
from traffic.ports.bridged import Bridged
from traffic.ports.kinds import KINDS
from traffic.ports.memif import Memif
from traffic.ports.named import parse
from traffic.ports.no_wire import NoWire, Null, Ring
from traffic.ports.pcap import Pcap
from traffic.ports.port import Port, PortError
from traffic.ports.tap import Tap
from traffic.ports.vhost import Vhost
from traffic.ports.vhost_user import SOCKET
from traffic.ports.virtio_user import VirtioUser


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
        (
            "net_af_xdp,iface=a",
            "net_af_xdp0",
            "aw",
            ["--vdev=net_af_xdp0,iface=a,queue_count=1"],
        ),
        ("net_memif,iface=a", "net_memif0", "a", ["--vdev=net_memif0,role=server"]),
        (
            "net_virtio_user,iface=a",
            "net_virtio_user0",
            "a",
            [f"--vdev=net_virtio_user0,path={SOCKET},queues=1", "--single-file-segments"],
        ),
        (
            "net_vhost,iface=a",
            "net_vhost0",
            "a",
            [f"--vdev=net_vhost0,iface={SOCKET},queues=1"],
        ),
        (
            "net_bonding,iface=a",
            "net_bonding0",
            "a",
            [
                "--vdev=net_bonding0,mode=1,slave=net_tap0,slave=net_tap1,primary=net_tap0",
                "--vdev=net_tap0,iface=a",
                "--vdev=net_tap1,iface=ab",
            ],
        ),
    ],
)
def test_what_a_port_is(text: str, device: str, wire: str, eal_args: list[str]) -> None:
    port = parse(text)
    assert (port.device, port.wire, port.eal_args()) == (device, wire, eal_args)


def test_two_queues() -> None:
    assert Tap("t").eal_args(2) == ["--vdev=net_tap0,iface=t"]
    assert AfPacket("a").eal_args(2) == ["--vdev=net_af_packet0,iface=a,qpairs=2"]
    both = ",rx_iface_in=a,tx_iface=a" * 2
    assert AfXdp("a").eal_args(2) == ["--vdev=net_af_xdp0,iface=a,queue_count=2"]
    assert Pcap("a").eal_args(2) == [f"--vdev=net_pcap0{both}"]


def test_the_other_side_is_a_port_of_another_process() -> None:
    port = Memif("a")
    assert (port.far_device, port.far_args()) == ("net_memif1", ["--vdev=net_memif1,role=client"])
    assert port.outlet == Tap("a")


def test_each_of_virtio_user_and_vhost_is_the_other_side_of_the_other() -> None:
    user, vhost = VirtioUser("a"), Vhost("a")
    for queues in (1, 2):
        assert user.eal_args(queues) == vhost.far_args(queues)
        assert vhost.eal_args(queues) == user.far_args(queues)
    assert (user.device, vhost.device) == (vhost.far_device, user.far_device)
    assert "queues=2" in user.eal_args(2)[0]
    # The socket is made by net_vhost, so that process comes first.
    assert (user.far_first, vhost.far_first) == (True, False)


@pytest.mark.parametrize("port", [Bonding("a"), OverNulls()])
def test_members_are_named_as_the_release_does(port: Port) -> None:
    for version, key in (((22, 11, 11), "slave"), ((23, 11, 0), "member"), ((26, 7), "member")):
        made, *members = port.on(version).eal_args()
        assert made.count(f",{key}=") == len(members) == port.ports - 1 == 2
    assert Tap("a").on((26, 7)) == Tap("a")


def test_members_of_a_long_name_have_two() -> None:
    first, second = Bonding("fifteen_letters").members
    assert (first.iface, second.iface) == ("fifteen_letters", "fifteen_letter_")


@pytest.mark.parametrize(("kind", "lacking"), [(VirtioUser, "net_vhost"), (Vhost, "net_virtio")])
def test_either_needs_both_drivers(
    kind: type[Port], lacking: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(needs, "lacks_capabilities", lambda: None)
    monkeypatch.setattr(needs, "lacks_tun", lambda: None)
    for name in {"net_virtio", "net_vhost", "net_tap"} - {lacking}:
        (tmp_path / f"librte_{name}.so").touch()
    assert kind.unavailable([tmp_path]) == needs.lacks_driver(lacking, [tmp_path])
    (tmp_path / f"librte_{lacking}.so").touch()
    assert kind.unavailable([tmp_path]) is None


def test_what_a_secondary_may_do() -> None:
    able = {kind.kind for kind in KINDS if kind.secondary_data_path}
    assert able == {
        *("net_tap", "net_pcap", "net_memif", "net_virtio_user", "net_ring", "net_null", "PCI")
    }
    assert "SIGSEGV" in str(AfPacket.secondary_data_path.why_not)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_without_its_driver_is_unavailable(kind: type[Port], tmp_path: Path) -> None:
    assert kind.unavailable([tmp_path]) == needs.lacks_driver(kind.driver or kind.kind, [tmp_path])


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_without_capabilities_is_unavailable(
    kind: type[Port], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / f"librte_{kind.driver or kind.kind}.so").touch()
    monkeypatch.setattr(needs, "lacks_capabilities", lambda: "needs everything")
    assert kind.unavailable([tmp_path]) == "needs everything"


@pytest.mark.parametrize("kind", KINDS)
def test_only_a_kind_with_a_tap_needs_tun(
    kind: type[Port], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in {kind.driver or kind.kind, Tap.kind, "net_virtio", "net_vhost"}:
        (tmp_path / f"librte_{name}.so").touch()
    monkeypatch.setattr(needs, "lacks_capabilities", lambda: None)
    monkeypatch.setattr(needs, "lacks_tun", lambda: "no tun")
    monkeypatch.setattr(needs, "lacks_xdp", lambda: None)
    has_tap = issubclass(kind, (Tap, Bridged, Bonding))
    assert kind.unavailable([tmp_path]) == ("no tun" if has_tap else None)


def test_the_other_side_and_members_need_the_driver_of_a_tap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(needs, "lacks_capabilities", lambda: None)
    kinds: tuple[type[Port], ...] = (Memif, Bonding)
    for kind in kinds:
        (tmp_path / f"librte_{kind.driver or kind.kind}.so").touch()
        assert kind.unavailable([tmp_path]) == needs.lacks_driver("net_tap", [tmp_path])


def test_af_xdp_needs_a_kernel_that_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "librte_net_af_xdp.so").touch()
    monkeypatch.setattr(needs, "lacks_capabilities", lambda: None)
    monkeypatch.setattr(needs, "lacks_xdp", lambda: "no XDP")
    assert AfXdp.unavailable([tmp_path]) == "no XDP"


@pytest.mark.parametrize("kind", [Ring, Null])
def test_a_port_without_a_wire_says_so(kind: type[NoWire]) -> None:
    port = parse(kind.kind)
    assert (port, port.eal_args(2)) == (kind(), [f"--vdev={kind.kind}0"])
    port.prepare()
    port.link_up()
    with pytest.raises(PortError, match=f"port {kind.kind}: what is sent .*; name another kind"):
        port.wire
    assert [other for other in KINDS if not other.has_wire] == [Ring, Null]
