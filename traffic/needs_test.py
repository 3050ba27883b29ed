# SPDX-License-Identifier: BSD-3-Clause
"""Each need says in one line what is missing and what to do."""
from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from traffic.needs import driver_folders, lacks_capabilities, lacks_driver, lacks_tun, lacks_xdp


def status(folder: Path, mask: int) -> Path:
    path = folder / "status"
    path.write_text(f"Name:\tpeer\nCapEff:\t{mask:016x}\nCapBnd:\t{2**41 - 1:016x}\n")
    return path


def test_a_driver_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "librte_net_tap.so.23").touch()
    assert lacks_driver("net_tap", [Path("/nowhere"), tmp_path]) is None


def test_a_driver_that_is_not(tmp_path: Path) -> None:
    (tmp_path / "librte_net_tap.so.23").touch()
    assert lacks_driver("net_pcap", [tmp_path]) == (
        f"librte_net_pcap.so is not in {tmp_path}; install librte-net-pcap*"
    )


def test_no_dpdk_at_all() -> None:
    found = lacks_driver("net_tap", [])
    assert found is not None and "driver folder, of which there is none; install" in found


def pkg_config_says(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, 0 if said else 1, said, "")

    monkeypatch.setattr(subprocess, "run", run)


def test_the_folder_is_the_one_pkg_config_names(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pmds = tmp_path / "dpdk" / "pmds-26.2"
    pmds.mkdir(parents=True)
    pkg_config_says(monkeypatch, f"{tmp_path}\n")
    assert driver_folders() == [pmds]


def test_without_libdpdk_every_folder_of_debians_layout(monkeypatch: pytest.MonkeyPatch) -> None:
    pkg_config_says(monkeypatch, "")
    assert all(str(found).startswith("/usr/lib/") for found in driver_folders())


def test_without_pkg_config_too(monkeypatch: pytest.MonkeyPatch) -> None:
    pkg_config_says(monkeypatch, "")
    expected = driver_folders()

    def run(*_: object, **__: object) -> None:
        raise FileNotFoundError("pkg-config")

    monkeypatch.setattr(subprocess, "run", run)
    assert driver_folders() == expected


def test_all_capabilities(tmp_path: Path) -> None:
    assert lacks_capabilities(status(tmp_path, 1 << 12 | 1 << 13)) is None


@pytest.mark.parametrize(
    "mask, named",
    [
        (0, "needs CAP_NET_ADMIN and CAP_NET_RAW; run as root"),
        (1 << 12, "needs CAP_NET_RAW; run as root"),
        (1 << 13, "needs CAP_NET_ADMIN; run as root"),
        (2**41 - 1 - (1 << 13), "needs CAP_NET_RAW; run as root"),
    ],
)
def test_a_lacking_capability_is_named(tmp_path: Path, mask: int, named: str) -> None:
    assert lacks_capabilities(status(tmp_path, mask)) == named


def test_no_tun_node(tmp_path: Path) -> None:
    assert lacks_tun(tmp_path / "tun") == (
        f"{tmp_path}/tun does not open: No such file or directory;"
        " load the kernel's tun (modprobe tun)"
    )


def test_a_node_that_opens(tmp_path: Path) -> None:
    (tmp_path / "tun").touch()
    assert lacks_tun(tmp_path / "tun") is None


def test_a_kernel_without_xdp_sockets() -> None:
    # A family that no kernel has.
    found = lacks_xdp(family=63)
    assert found is not None and found.startswith("an AF_XDP socket does not open: ")
