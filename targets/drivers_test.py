# SPDX-License-Identifier: BSD-3-Clause
"""Proves that a scene loads the used drivers and no others, and what happens where it cannot."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from conftest import PEER, MakeScene
from targets import drivers, isolation
from targets.dpdk import Dpdk
from targets.drivers import USED, Drivers, NotUsed
from targets.root import Root
from targets.scene import Scene


@pytest.fixture
def installed(scene: Scene) -> Drivers:
    """The drivers of the DPDK that is installed; skipped where it has no folder of them."""
    if scene.drivers is None or scene.isolation.no_secondary:
        pytest.skip("needs a DPDK with a plugin folder, and namespaces")
    return scene.drivers


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A plugin folder as Debian lays it out, with one driver that is used and one that is not."""
    for driver in ("net_null", "net_ice"):
        (tmp_path / f"librte_{driver}.so.23.0").touch()
        (tmp_path / f"librte_{driver}.so.23").symlink_to(f"librte_{driver}.so.23.0")
        (tmp_path / f"librte_{driver}.so").symlink_to(f"librte_{driver}.so.23")
    return tmp_path


def test_used_drivers_are_loaded_and_no_others(scene: Scene, installed: Drivers) -> None:
    peer = scene.primary()
    assert drivers.loaded(peer.pid) & installed.installed == set(USED) & installed.installed
    scene.close()


def test_all_drivers_are_loaded_where_asked_for(make_scene: MakeScene, installed: Drivers) -> None:
    with make_scene(all_drivers=True) as scene:
        assert drivers.loaded(scene.primary().pid) >= installed.installed


def test_more_drivers_are_loaded_where_asked_for(make_scene: MakeScene, installed: Drivers) -> None:
    more = min(name for name in installed.installed if name.startswith("crypto_n"))
    with make_scene(more_drivers=frozenset({more})) as scene:
        loaded = drivers.loaded(scene.primary().pid)
    assert loaded & installed.installed == {*USED, more} & installed.installed


def test_drivers_are_covered_for_the_scene_only(scene: Scene, installed: Drivers) -> None:
    here = len(os.listdir(installed.folder))
    there = scene.isolation.inside(os.listdir, installed.folder)
    assert len(there) < here == len(os.listdir(installed.folder))
    scene.close()


def test_program_linked_to_an_unused_driver_finds_it(scene: Scene, installed: Drivers) -> None:
    testpmd = shutil.which("dpdk-testpmd")
    if testpmd is None:
        pytest.skip("dpdk-testpmd is not installed")
    argv = ["ldd", testpmd]
    listed = scene.isolation.inside(lambda: subprocess.run(argv, capture_output=True, text=True))
    assert "librte_net_ice" in listed.stdout and "not found" not in listed.stdout
    scene.close()


def test_names_that_eal_loads_are_those_of_used_drivers(folder: Path) -> None:
    assert Drivers(folder).covering == {
        "librte_net_ice.so.23": "all/librte_net_ice.so.23",
        "librte_net_null.so": "librte_net_null.so.23",
        "librte_net_null.so.23": "librte_net_null.so.23.0",
        "librte_net_null.so.23.0": None,
    }


@pytest.mark.parametrize("word", ["--vdev=net_ice0", "net_ice7,x=1", "net_ice"])
def test_driver_that_is_not_loaded_is_refused_by_name(folder: Path, word: str) -> None:
    with pytest.raises(NotUsed, match=r"net_ice.*targets/drivers\.py"):
        Drivers(folder).need(["--no-pci", word])


def test_used_and_unknown_drivers_are_dpdks_business(folder: Path) -> None:
    Drivers(folder).need(["--vdev=net_null0", "net_nosuch0", "pci:0000:00:00.0", None, "--no-pci"])


def test_clause_learns_of_a_driver_that_is_not_loaded(scene: Scene, installed: Drivers) -> None:
    unused = min(name for name in installed.installed if name.startswith("net_b"))
    with pytest.raises(NotUsed, match=unused):
        scene.start("primary", f"--vdev={unused}0")
    peer = scene.primary()
    with pytest.raises(NotUsed, match=unused):
        peer.tell("dev_probe", devargs=f"{unused}0")
    scene.close()


def test_program_without_a_plugin_folder_has_no_drivers(tmp_path: Path) -> None:
    program = tmp_path / "static"
    program.write_bytes(b"\x7fELF")
    assert drivers.of(Dpdk(program)) is None
    for told in (b"", str(tmp_path / "nowhere").encode()):
        program = tmp_path / f"program{len(told)}"
        program.write_bytes(b"\x7fELF\0DPDK_PLUGIN_PATH=" + told + b"\0")
        assert drivers.of(Dpdk(program)) is None


def test_program_with_eal_inside_tells_its_folder(tmp_path: Path) -> None:
    program = tmp_path / "static"
    program.write_bytes(b"\x7fELF\0DPDK_PLUGIN_PATH=" + str(tmp_path).encode() + b"\0")
    assert drivers.of(Dpdk(program)) == Drivers(tmp_path)


def test_peer_has_the_drivers_of_its_own_librte_eal() -> None:
    found = drivers.of(Dpdk(PEER))
    assert found is None or {"bus_vdev", "mempool_ring"} <= found.installed


def test_mount_that_is_refused_leaves_a_directory(
    make_scene: MakeScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.ENOMEM, "Cannot allocate memory")

    monkeypatch.setattr(isolation, "mount", refuse)
    with make_scene() as scene:
        assert "Cannot allocate memory" in (scene.isolation.no_secondary or "")
        scene.primary()


def test_driver_that_is_a_link_to_nothing_is_not_installed(folder: Path) -> None:
    (folder / "librte_net_mlx5.so").symlink_to("librte_net_mlx5.so.23")
    assert Drivers(folder).installed == {"net_null", "net_ice"}


def test_drivers_of_another_root_are_found_outside(tmp_path: Path) -> None:
    root = Root(tmp_path)
    library = root.outside("usr/lib/x86_64-linux-gnu/librte_eal.so.23.0")
    library.parent.mkdir(parents=True)
    library.write_bytes(b"\0DPDK_PLUGIN_PATH=/usr/lib/pmds\0")
    pmds = root.outside("/usr/lib/pmds")
    assert drivers.of(Dpdk(Path("peer"), root)) is None
    pmds.mkdir()
    drivers._of.cache_clear()
    assert drivers.of(Dpdk(Path("peer"), root)) == Drivers(pmds)


def _says(folder: Path, driver: str, told: str) -> None:
    (folder / f"librte_{driver}.so").write_bytes(
        b"\x7fELF\0PMD_INFO_STRING= " + told.encode() + b"\0behind"
    )


def test_driver_of_a_pci_device_is_found_by_what_it_says(tmp_path: Path) -> None:
    ids = "[[32902, 4307, 65535, 65535], [32902, 4297, 65535, 65535]]"
    _says(tmp_path, "net_e1000", f'{{"name" : "net_e1000_em", "pci_ids" : {ids}}}')
    _says(tmp_path, "net_null", '{"name" : "net_null", "params" : "size=<int>"}')
    found = Drivers(tmp_path)
    assert found.serving(0x8086, 0x10D3) == {"net_e1000"}
    assert found.serving(0x8086, 0x1572) == found.serving(0x10D3, 0x8086) == frozenset()


def test_driver_of_the_port_under_test_is_seen_too(folder: Path) -> None:
    seen = Drivers(folder, frozenset({"net_ice"}))
    assert seen.covering["librte_net_ice.so.23"] != "all/librte_net_ice.so.23"
    seen.need(["net_ice0"])


def test_scene_loads_the_driver_of_a_pci_device(tmp_path: Path) -> None:
    program, pmds = tmp_path / "peer", tmp_path / "pmds"
    pmds.mkdir()
    program.write_bytes(b"\x7fELF\0DPDK_PLUGIN_PATH=" + str(pmds).encode() + b"\0")
    _says(pmds, "net_e1000", '{"name" : "x", "pci_ids" : [[32902, 4307, 65535, 65535]]}')
    found = drivers.of(Dpdk(program), (0x8086, 0x10D3))
    assert found == Drivers(pmds, frozenset({"net_e1000"}))
