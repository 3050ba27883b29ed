# SPDX-License-Identifier: BSD-3-Clause
"""Proves that a process has of its own what it is given, and nothing else; and that it is ours all the
same."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from targets.own import FLAGS, Own
from targets.peer import Peer
from targets.root import Root
from targets.scene import Scene


def test_namespaces_and_what_they_bring() -> None:
    assert Own().flags == 0 and Own().prefix == ()
    assert Own(namespaces=["pid"]).kinds == {"pid", "mount"}
    assert Own(namespaces=["ipc", "net"]).flags == FLAGS["ipc"] | FLAGS["net"]
    assert Own(hugetlbfs=True).kinds == Own(read_only=["/run"]).kinds == {"mount"}
    assert Own(namespaces=["user"]).flags == 0
    with pytest.raises(ValueError, match="disk is no namespace; there are ipc, mount"):
        Own(namespaces=["disk"]).flags


def test_command_begins_with_what_it_has_of_its_own() -> None:
    own = Own(user=7, environment={"A": "b"}, limits={"nofile": 9}, closed=[0, 2])
    assert own.prefix == (
        *("prlimit", "--nofile=9", "env", "A=b", "setpriv", "--reuid=7", "--clear-groups"),
        *("sh", "-c", 'exec "$@" 0>&- 2>&-', "sh"),
    )
    mounts = Own(namespaces=["pid"]).mounts("/run/huge", Root(Path("/root22")))
    assert mounts[-2:] == ("/proc /root22/proc", "mount -t proc proc")
    assert Own(hugetlbfs=True).mounts(None, None) == ()
    read_only = Own(read_only=["/run"]).mounts(None, None)
    assert read_only[-2:] == ("/run", "mount -o remount,bind,ro")
    users = Own(namespaces=["user"], read_only=["/run"]).mounts(None, Root(Path("/root22")))
    assert users[-3:] == ("unshare", "--user", "--map-root-user")


def test_process_lives_in_its_own_namespaces_and_in_the_others_of_the_scene(scene: Scene) -> None:
    primary = scene.primary()
    secondary = scene.secondary(namespaces=["ipc", "pid"])

    def same(kind: str) -> bool:
        one, other = (os.readlink(f"/proc/{peer.pid}/ns/{kind}") for peer in (primary, secondary))
        return one == other

    assert [same(kind) for kind in ("ipc", "mnt", "net", "pid", "uts")] == [
        *(False, False, True, False, True)
    ]
    assert secondary.greeting.pid == 1 and secondary.pid != 1
    assert scene.socket_of(secondary) == f"{scene.runtime}/{scene.sockets()[0]}"
    secondary.pause()
    assert secondary.states().strip("T") == ""
    secondary.resume()
    secondary.kill()
    scene.close()


def test_users_and_what_it_may_only_read_are_its_own(scene: Scene) -> None:
    primary = scene.primary()
    assert os.path.realpath(scene.isolation.base) == "/run"
    held = scene.start("secondary", hold=True, namespaces=["user"], read_only=["/run"])
    user, theirs = (os.readlink(f"/proc/{peer.pid}/ns/user") for peer in (held, primary))
    assert user != theirs

    def mounted(peer: Peer) -> set[str]:
        lines = Path(f"/proc/{peer.pid}/mounts").read_text().splitlines()
        return {line.split()[3][:2] for line in lines if line.split()[1] == "/run"}

    assert (mounted(primary), mounted(held)) == ({"rw"}, {"ro"})
    held.kill()
    scene.close()


def test_what_it_mounts_nobody_else_sees(scene: Scene) -> None:
    primary = scene.primary()
    before = Path(f"/proc/{primary.pid}/mounts").read_text()
    held = scene.start("secondary", hold=True, hugetlbfs=True)
    assert Path(f"/proc/{primary.pid}/mounts").read_text() == before
    assert Path(f"/proc/{held.pid}/mounts").read_text().count("/run/huge ") == 2
    held.kill()
    scene.close()


def test_limits_and_descriptors_are_its_own(scene: Scene) -> None:
    primary = scene.primary()
    held = scene.start("secondary", hold=True, limits={"nofile": 50}, closed=[0])
    assert "Max open files            50 " in Path(f"/proc/{held.pid}/limits").read_text()
    # The first file that it opens gets the number.
    first = [os.readlink(f"/proc/{peer.pid}/fd/0") for peer in (primary, held)]
    assert first[0] == "/dev/null" != first[1]
    held.kill()
    scene.close()
