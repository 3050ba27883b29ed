# SPDX-License-Identifier: BSD-3-Clause
"""Proves that /proc is read as the kernel writes it, about DPDK's processes and no others."""

from __future__ import annotations

import os
import resource
import subprocess

import pytest

from faults.deployment import proc
from faults.deployment.proc import Abi, FileId
from targets import threads

NOBODY = 2**22 + 1  # Above every pid_max.

MAPS = """\
7f10-7f20 r--p 00000000 fe:00 1234    /usr/lib/x86_64-linux-gnu/librte_eal.so.23.0
100000000-100021000 rw-s 00000000 00:2a 57                     /run/dpdk/web/config
7f30-7f40 rw-p 00000000 00:00 0       [heap]
"""


def test_config_and_release_are_found_in_maps() -> None:
    config = proc.shared_config(MAPS)
    assert config is not None
    assert (config.file, config.path, config.prefix) == (
        FileId("00:2a", 57),
        "/run/dpdk/web/config",
        "web",
    )
    assert proc.abi(MAPS) == Abi(23, 0)


@pytest.mark.parametrize(
    "maps",
    [
        "",
        "1-2 rw-s 0 00:2a 57 /etc/other/config\n",
        "1-2 rw-s 0 00:2a 57 /run/dpdk/web/config (deleted)\n",
        "1-2 rw-s 0 00:2a 57 /run/dpdk/web/fbarray_memzone\n",
    ],
)
def test_what_is_no_config_is_none(maps: str) -> None:
    assert proc.shared_config(maps) is None
    assert proc.abi(maps) is None


@pytest.mark.parametrize(
    "release, abi, series",
    [
        ((20, 11), "21.0", "20.11"),
        ((22, 11), "23.0", "22.11"),
        ((23, 7), "23.2", "22.11"),
        ((26, 7), "26.2", "25.11"),
    ],
)
def test_a_release_has_an_abi(release: tuple[int, int], abi: str, series: str) -> None:
    found = Abi.of_release(*release)
    assert (str(found), found.series) == (abi, series)


def test_who_holds_the_write_lock_is_known() -> None:
    table = (
        "1: POSIX  ADVISORY  WRITE 812 00:2a:57 0 EOF\n"
        "2: POSIX  ADVISORY  READ 813 00:2a:58 0 EOF\n"
        "3: FLOCK  ADVISORY  WRITE 814 00:2a:59 0 EOF\n"
        "3: -> POSIX  ADVISORY  WRITE 815 00:2a:57 0 EOF\n"
    )
    assert proc.lock_holders(table) == {FileId("00:2a", 57): 812}


def test_who_is_gone_has_nothing() -> None:
    gone = 2**22 - 1
    assert (proc.maps_of(gone), proc.started(gone), proc.state(gone)) == (None, None, "")
    assert (threads.names(gone), proc.bound(gone), proc.hidden(gone)) == ({}, "", False)


def test_we_are_no_dpdk_process() -> None:
    assert proc.started(os.getpid()) is not None
    assert not threads.has_ipc_thread(os.getpid())
    assert not proc.stopped(os.getpid())
    assert proc.same_namespace(os.getpid(), "mnt")


def test_address_of_the_config_is_that_of_its_begin() -> None:
    assert proc.config_address(MAPS) == 0x100000000
    assert proc.config_address(MAPS.replace("rw-s 00000000", "rw-s 00001000")) is None


def test_options_end_with_their_values() -> None:
    command = [
        "sh",
        "-c",
        "echo; read -r end",
        "--proc-type=secondary",
        "--file-prefix",
        "web",
        "--in-memory",
    ]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()  # A process has no command line yet when Popen comes back.
        found = proc.options(child.pid)
        age_s, opened = proc.age_s(child.pid), proc.descriptors(child.pid)[0]
        seen = proc.files_are_seen(child.pid)
    assert found == {"proc-type": "secondary", "file-prefix": "web", "in-memory": ""}
    assert age_s is not None and age_s < 60 and opened >= 3 and seen


def test_process_that_is_gone_has_none_of_it() -> None:
    assert (proc.words(NOBODY), proc.options(NOBODY), proc.command(NOBODY)) == ([], {}, "")
    assert (proc.age_s(NOBODY), proc.tracer(NOBODY)) == (None, 0)
    assert proc.descriptors(NOBODY) == (0, 1024)
    assert not proc.files_are_seen(NOBODY)


def test_limit_of_descriptors_is_the_soft_one() -> None:
    assert proc.descriptors(os.getpid())[1] == resource.getrlimit(resource.RLIMIT_NOFILE)[0]
