# SPDX-License-Identifier: BSD-3-Clause
"""Devices that are attached and detached while all run: everybody has them, or nobody."""

import pytest

from conformance.roles import both_roles, each_of_three, pair, three
from conformance.ipc_users.device import on_bus, port_ids, ports
from conformance.ipc_users.serve import serve_devices
from faults.ghost import Ghost
from faults.process import Killed
from targets.scene import Scene

TIMES = 200


# -- everybody has it, or nobody --------------------------------------------------------------------


@each_of_three
def test_attached_device_is_everybodys(scene: Scene, who: str):
    """A device that one process attaches is attached in every process, as the same port.

    Source: rte_dev.h, rte_dev_probe: "In multi-process, it will request other processes to add the
    same device"
    Since: 18.11   Strength: must
    """
    one, *others = three(scene, who, "--vdev=net_null0")
    r = one.call("dev_probe", devargs="net_null1")
    assert (r.ret, ports(one, *others)) == (0, [2, 2, 2])
    assert port_ids("net_null1", one, *others) == [1, 1, 1]


@each_of_three
@pytest.mark.parametrize("attached_by", ["start", "primary", "secondary"])
def test_detached_device_is_nobodys(scene: Scene, who: str, attached_by: str):
    """A device that one process detaches is detached in every process, whoever had attached it.

    Source: rte_dev.h, rte_dev_remove: "In multi-process, it will request other processes to remove the
    same device"
    Since: 18.11   Strength: must
    """
    one, *others = three(scene, who, *(["--vdev=net_null0"] if attached_by == "start" else []))
    if attached_by != "start":
        next(p for p in (one, *others) if attached_by in p.name).call(
            "dev_probe", devargs="net_null0"
        )
    before = ports(one, *others)
    r = one.call("dev_remove", dev="net_null0")
    assert (before, r.ret, ports(one, *others)) == ([1, 1, 1], 0, [0, 0, 0])
    assert [on_bus(peer) for peer in (one, *others)] == [{}, {}, {}]


@both_roles
def test_older_calls_do_the_same(scene: Scene, role: str):
    """rte_eal_hotplug_add and rte_eal_hotplug_remove attach and detach a device in every process.

    Source: rte_dev.h, rte_eal_hotplug_add: "it will request other processes to add the same device"
    Since: 18.11   Strength: must
    """
    one, *others = three(scene, role)
    added = one.call("eal_hotplug_add", busname="vdev", devname="net_null1", drvargs="size=128")
    had = port_ids("net_null1", one, *others)
    removed = one.call("eal_hotplug_remove", busname="vdev", devname="net_null1")
    assert (added.ret, had, removed.ret, ports(one, *others)) == (0, [0, 0, 0], 0, [0, 0, 0])


@both_roles
def test_device_can_be_attached_again(scene: Scene, role: str):
    """A device that was detached can be attached again, by either side.

    Source: rte_dev.h, rte_dev_probe
    Since: 18.11   Strength: must
    """
    one, other = pair(scene, role)
    for _ in range(3):
        assert one.call("dev_probe", devargs="net_null1").ret == 0
        assert other.call("dev_remove", dev="net_null1").ret == 0
    assert ports(one, other) == [0, 0]


@each_of_three
def test_attaching_twice_changes_nothing(scene: Scene, who: str):
    """Attaching a device that is attached succeeds and leaves one port, in every process.

    Source: eal_common_dev.c: "for -EEXIST case, we still need to sync with secondary process"
    Since: 18.11   Strength: observed
    """
    one, *others = three(scene, who, "--vdev=net_null0")
    r = one.call("dev_probe", devargs="net_null0")
    assert (r.ret, ports(one, *others)) == (0, [1, 1, 1])


@each_of_three
def test_who_lacks_a_device_gets_it(scene: Scene, who: str):
    """A secondary that has given up a device gets it again when anybody attaches it.

    Source: eal_common_dev.c: "it is possible that secondary process failed to attached a device that
    primary process have"
    Since: 18.11   Strength: observed
    """
    one, *others = three(scene, who, "--vdev=net_null0")
    without = one if who == "other" else others[-1]
    without.call("vdev_uninit", name="net_null0")
    lacked = port_ids("net_null0", without)
    r = one.call("dev_probe", devargs="net_null0")
    assert (lacked, r.ret, port_ids("net_null0", one, *others)) == ([None], 0, [0, 0, 0])


@both_roles
def test_detaching_from_who_lacks_it(scene: Scene, role: str):
    """A device that one secondary has given up already can be detached from all.

    Source: eal_common_dev.c: "if -ENOENT, we don't need to rollback, since devices is already detached
    on secondary process"
    Since: 18.11   Strength: observed
    """
    one, *others = three(scene, role, "--vdev=net_null0")
    others[-1].call("vdev_uninit", name="net_null0")
    assert (one.call("dev_remove", dev="net_null0").ret, ports(one, *others)) == (0, [0, 0, 0])


@both_roles
def test_device_without_driver_is_refused(scene: Scene, role: str):
    """A device that nothing drives cannot be attached, and no process keeps a port of it.

    Source: rte_dev.h, rte_dev_probe: "0 on success, negative on error"
    Since: 18.11   Strength: must
    """
    one, other = pair(scene, role)
    r = one.call("dev_probe", devargs="net_nosuch0")
    assert (r.ret < 0, ports(one, other)) == (True, [0, 0])


@pytest.mark.parametrize("devargs", ["net_nosuch0", "net_null1,nosuch=1", "pci:0000:00:00.0"])
def test_refusal_is_the_same_in_both_roles(scene: Scene, devargs: str):
    """A device that cannot be attached is refused with the same error in primary and secondary.

    Source: hotplug_mp.c: the primary's error is the result of the secondary's request
    Since: 18.11   Strength: observed
    """
    primary, secondary = scene.primary(), scene.secondary()
    answers = [peer.call("dev_probe", devargs=devargs) for peer in (primary, secondary)]
    first, second = [answer.errno for answer in answers]
    assert (first is None, second) == (False, first)


@both_roles
def test_removing_what_is_not_there(scene: Scene, role: str):
    """Removing a device of a bus or a name that does not exist fails, and changes nothing.

    Source: rte_dev.h, rte_eal_hotplug_remove: "0 on success, negative on error"
    Since: 18.11   Strength: must
    """
    scene.primary("--vdev=net_null0")
    peers = [*scene.peers, scene.secondary()]
    one = peers[0] if role == "primary" else peers[1]
    errors = [
        one.call("eal_hotplug_remove", busname=bus, devname=name).errno
        for bus, name in (("nosuch", "net_null0"), ("vdev", "net_null7"))
    ]
    assert (errors, ports(*peers)) == (["ENOENT", "EINVAL"], [1, 1])


def test_primary_without_ipc_can_attach(scene: Scene):
    """A primary without IPC attaches and detaches devices of its own.

    Source: hotplug_mp.c: "if IPC is not supported, behave as if the call succeeded"
    Since: 19.08   Strength: observed
    """
    primary = scene.primary("--no-shconf")
    added = primary.call("dev_probe", devargs="net_null1").ret
    had = ports(primary)
    assert (added, had, primary.call("dev_remove", dev="net_null1").ret) == (0, [1], 0)


def test_orphan_cannot_attach(scene: Scene):
    """Without its primary a secondary's request to attach or detach fails at once: ENOMSG.

    Source: eal_common_dev.c: the request to the primary failed
    Since: 18.11   Strength: observed
    """
    primary = scene.primary("--vdev=net_null0")
    secondary = scene.secondary()
    with Killed(primary):
        attach = secondary.call("dev_probe", devargs="net_null1")
        detach = secondary.call("dev_remove", dev="net_null0")
    quick = attach.took_ns / 1e9 < scene.speed.late_s
    assert (attach.errno, detach.errno, quick, ports(secondary)) == ("ENOMSG", "ENOMSG", True, [1])


@both_roles
def test_attaching_and_detaching_keep_nothing(scene: Scene, role: str):
    """Attaching and detaching a device again and again costs no process a byte of its own heap.

    Source: hotplug_mp.c (29bf7e93baa3, 95781f4c6441, 04854a39e6f6)
    Since: 18.11   Strength: observed
    """
    one, *others = three(scene, role)

    def turns() -> None:
        for _ in range(TIMES):
            one.call("dev_probe", devargs="net_null1")
            one.call("dev_remove", dev="net_null1")

    def heaps() -> list[int]:
        return [peer.call("heap_in_use").bytes for peer in (one, *others)]

    turns()
    before = heaps()
    turns()
    # What a process allocates meanwhile for other things is far less than a leak in every turn.
    grown = [(after - first) / TIMES for first, after in zip(before, heaps())]
    assert ["memory" if each > 50 else "nothing" for each in grown] == ["nothing"] * 3


# -- devargs ----------------------------------------------------------------------------------------


def test_devargs_reach_the_secondary(scene: Scene):
    """Arguments that a driver refuses are refused from a secondary too: they reach the driver.

    Source: rte_dev.h, rte_dev_probe: "Device arguments including bus, class and driver properties"
    Since: 18.11   Strength: must
    """
    primary, secondary = scene.primary(), scene.secondary()
    refused = secondary.call("dev_probe", devargs="net_null1,size=64,nosuch=1")
    taken = secondary.call("dev_probe", devargs="net_null1,size=64,copy=1")
    assert (refused.ret < 0, taken.ret, ports(primary, secondary)) == (True, 0, [1, 1])


def _long(length: int) -> str:
    """Arguments of this length that mean something else when they are cut: 1 becomes 0."""
    return "net_null1,copy=".ljust(length - 1, "0") + "1"


@both_roles
@pytest.mark.parametrize("length", [127, 128, 200])
def test_long_devargs_are_not_cut(scene: Scene, role: str, length: int):
    """Device arguments reach every process whole; what is too long to be passed on is refused: E2BIG.

    Source: rte_dev.h, rte_dev_probe: "Device arguments including bus, class and driver properties";
    26b05e42e19b (26.07) refuses them
    Since: 18.11   Strength: must
    """
    one, _ = pair(scene, role)
    with Ghost(scene, idle=True) as ghost:
        pending = one.tell("dev_probe", devargs=_long(length))
        passed = [request.devargs for request in serve_devices(ghost, pending)]
    outcome = "whole" if passed == [_long(length)] else "cut"
    outcome = "refused" if pending.answer().errno == "E2BIG" else outcome
    assert outcome in (["whole"] if length < 128 else ["whole", "refused"])


def test_long_devargs_of_a_lone_primary(scene: Scene):
    """A primary without secondaries takes device arguments of any length.

    Source: rte_dev.h, rte_dev_probe: no limit is given
    Since: 18.11   Strength: must
    """
    primary = scene.primary()
    assert (primary.call("dev_probe", devargs=_long(200)).errno, ports(primary)) == (None, [1])
