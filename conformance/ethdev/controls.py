# SPDX-License-Identifier: BSD-3-Clause
"""The calls of ethdev that change a running port, each with the errors that rte_ethdev.h or rte_flow.h
lists for it."""

from __future__ import annotations

from conformance.ethdev.control import Call, Control, Reading
from conformance.ethdev.hardware import SPREADS_UDP
from traffic.frame import ETHERTYPE

_UNSUPPORTED = frozenset({"ENOTSUP", "ENODEV"})
_REMOVED = _UNSUPPORTED | {"EIO"}
_INVALID = _REMOVED | {"EINVAL"}
_FLOW = frozenset({"ENOSYS", "EINVAL", "ENOTSUP", "ENOMEM", "EEXIST", "EIO", "EBUSY", "ENODEV"})

_ADDRESS = {"mac_addr": "020000000002"}
_QUEUE = {"queue_id": 0}
_STRIP = 1  # RTE_ETH_VLAN_STRIP_OFFLOAD, 20.11 to 26.07
# To the queue that they come to anyhow: no frame of the account has this type.
_RULE = {"ether_type": ETHERTYPE + 1, "queue_id": 0}


def _mode(name: str) -> dict[str, Control]:
    """A mode that is switched on and off."""
    on, off = Call(f"eth_{name}_enable"), Call(f"eth_{name}_disable")
    reads = (Reading(Call(f"eth_{name}_get"), "ret"),)
    return {
        on.verb: Control(on, _UNSUPPORTED, prepare=off, undo=off, reads=reads, kernel=name),
        off.verb: Control(off, _UNSUPPORTED, prepare=on, undo=off, reads=reads, kernel=name),
    }


def _addresses() -> dict[str, Control]:
    add, remove = Call("eth_dev_mac_addr_add", _ADDRESS), Call("eth_dev_mac_addr_remove", _ADDRESS)
    all_of_them = (Reading(Call("eth_macaddrs_get", {"num": 4}), "mac_addrs"),)
    default = Call("eth_dev_default_mac_addr_set", _ADDRESS)
    return {
        add.verb: Control(add, _INVALID | {"ENOSPC"}, undo=remove, reads=all_of_them),
        remove.verb: Control(
            remove,
            _UNSUPPORTED | {"EADDRINUSE", "EINVAL"},
            prepare=add,
            undo=remove,
            reads=all_of_them,
        ),
        default.verb: Control(
            default,
            _UNSUPPORTED | {"EINVAL", "EEXIST"},
            undo=Call(default.verb),
            restores="mac_addr",
            reads=(Reading(Call("eth_macaddr_get"), "mac_addr"),),
            kernel="address",
        ),
    }


def _link() -> dict[str, Control]:
    up, down = Call("eth_dev_set_link_up"), Call("eth_dev_set_link_down")
    reads = (Reading(Call("eth_link_get"), "link_status"),)
    return {
        down.verb: Control(down, None, undo=up, reads=reads, kernel="up"),
        up.verb: Control(up, None, prepare=down, undo=up, reads=reads, kernel="up"),
    }


def _statistics() -> dict[str, Control]:
    reads = tuple(Reading(Call("eth_stats_get"), name) for name in ("ipackets", "opackets"))
    return {
        verb: Control(Call(verb), None, reads=reads)
        for verb in ("eth_stats_reset", "eth_xstats_reset")
    }


def _offloads() -> dict[str, Control]:
    mtu = Call("eth_dev_set_mtu", {"mtu": 1400})
    vlan = Call("eth_dev_set_vlan_offload", {"offload_mask": _STRIP})
    rss = Call("eth_dev_rss_hash_update", {"rss_hf": SPREADS_UDP})
    return {
        mtu.verb: Control(
            mtu,
            _INVALID | {"EBUSY"},
            undo=Call(mtu.verb),
            restores="mtu",
            reads=(Reading(Call("eth_dev_get_mtu"), "mtu"),),
            kernel="mtu",
        ),
        vlan.verb: Control(
            vlan,
            _REMOVED,
            undo=Call(vlan.verb, {"offload_mask": 0}),
            reads=(Reading(Call("eth_dev_get_vlan_offload"), "ret"),),
        ),
        rss.verb: Control(
            rss,
            _INVALID,
            undo=Call(rss.verb),
            restores="rss_hf",
            reads=(Reading(Call("eth_dev_rss_hash_conf_get"), "rss_hf"),),
            spreads=True,
        ),
    }


def _flows() -> dict[str, Control]:
    create, flush = Call("flow_create", _RULE), Call("flow_flush")
    return {
        "flow_validate": Control(Call("flow_validate", _RULE), _FLOW),
        create.verb: Control(create, _FLOW, undo=flush),
        flush.verb: Control(flush, None, prepare=create),
    }


def _queues() -> dict[str, Control]:
    on, off = Call("eth_dev_rx_intr_enable", _QUEUE), Call("eth_dev_rx_intr_disable", _QUEUE)
    start, stop = Call("eth_dev_rx_queue_start", _QUEUE), Call("eth_dev_rx_queue_stop", _QUEUE)
    reads = (Reading(Call("eth_rx_queue_info_get", _QUEUE), "queue_state"),)
    return {
        on.verb: Control(on, _REMOVED, undo=off),
        off.verb: Control(off, _REMOVED, prepare=on),
        stop.verb: Control(stop, _INVALID, undo=start, reads=reads),
        start.verb: Control(start, _INVALID, prepare=stop, undo=start, reads=reads),
    }


RUNNING = {
    **_mode("promiscuous"),
    **_mode("allmulticast"),
    **_addresses(),
    **_link(),
    **_statistics(),
    **_offloads(),
    **_flows(),
    **_queues(),
}


def _set_up() -> dict[str, Control]:
    configure = Call("eth_dev_configure", {"nb_rx_queue": 1, "nb_tx_queue": 1})
    rx = Call("eth_rx_queue_setup", {**_QUEUE, "nb_desc": 512, "pool": "mbufs"})
    tx = Call("eth_tx_queue_setup", {**_QUEUE, "nb_desc": 512})
    start, stop = Call("eth_dev_start"), Call("eth_dev_stop")
    return {
        configure.verb: Control(configure, None),
        rx.verb: Control(rx, None),
        tx.verb: Control(tx, None),
        stop.verb: Control(stop, None, undo=start, restarts=True),
        start.verb: Control(start, None, prepare=stop, undo=start, restarts=True),
    }


SET_UP = _set_up()
