# SPDX-License-Identifier: BSD-3-Clause
"""Proves what is asked of a device, and that a clause which needs more than it has is not run."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.ethdev import hardware
from targets import host_network
from targets.outcome import Hang, Unavailable
from targets.peer import Peer
from targets.protocol import Facts
from targets.scene import Scene
from traffic.ports.tap import Tap


class Owner:
    """A primary whose device has these queues, this hash, and no link until it is asked so often."""

    def __init__(self, queues: int = 4, spreads: int = hardware.SPREADS_UDP, link: int = 0) -> None:
        self.queues, self.spreads, self.link = queues, spreads, link

    def call(self, verb: str, **keys: Any) -> Facts:
        if verb == "eth_dev_info_get":
            about = {"max_rx_queues": self.queues, "max_tx_queues": 9, "driver_name": "net_x"}
            return Facts({**about, "flow_type_rss_offloads": self.spreads})
        if verb == "eth_link_get":
            self.link -= 1
            return Facts({"link_status": int(self.link < 0)})
        assert verb == "eth_dev_adjust_nb_rx_tx_desc"
        return Facts({"nb_rx_desc": keys["nb_rx_desc"], "nb_tx_desc": 512})


def _limits(owner: Owner, queues: int) -> dict[str, int]:
    peer: Any = owner
    return hardware.limits(peer, 0, queues, 256)


def test_the_driver_says_how_many_descriptors() -> None:
    assert _limits(Owner(spreads=0), 1) == {"rss_hf": 0, "nb_rx_desc": 256, "nb_tx_desc": 512}
    assert _limits(Owner(), 4)["rss_hf"] == hardware.SPREADS_UDP


@pytest.mark.parametrize(
    ("owner", "why"),
    [
        (Owner(queues=1), "needs 2 queues each way: net_x has 1 here"),
        (Owner(spreads=hardware.SPREADS_UDP << 1), "net_x does not spread flows over queues"),
    ],
)
def test_a_device_that_has_not_what_is_needed_is_told(owner: Owner, why: str) -> None:
    with pytest.raises(Unavailable, match=why):
        _limits(owner, 2)


class _Waiting:
    """A scene that looks three times."""

    def wait_until(self, holds: Any, what: str) -> None:
        if not any(holds() for _ in range(3)):
            raise Hang(what, "it did not")


def test_both_ends_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[Any] = []
    monkeypatch.setattr(host_network, "inside", lambda do: done.append(do.__name__))
    scene: Any = _Waiting()
    slow: Any = Owner(link=2)
    hardware.wait_for_link(scene, Tap("t"), slow, 0)
    assert done == ["carrying"]
    never: Any = Owner(link=3)
    with pytest.raises(Hang, match="the link of net_tap0 to come up"):
        hardware.wait_for_link(scene, Tap("t"), never, 0)


def test_a_peer_says_what_its_port_is(scene: Scene) -> None:
    owner: Peer = scene.primary("--vdev=net_null0")
    info = owner.call("eth_dev_info_get", port_id=0)
    assert (info.ret, info.driver_name, info.max_rx_queues > 1) == (0, "net_null", True)
    fit = owner.call("eth_dev_adjust_nb_rx_tx_desc", port_id=0, nb_rx_desc=100, nb_tx_desc=0)
    assert (fit.ret, fit.nb_rx_desc) == (0, 100)
    missing = owner.call("eth_dev_info_get", port_id=7)
    assert (missing.errno, missing.driver_name) == ("ENODEV", "")
    scene.close()
