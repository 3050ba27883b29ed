# SPDX-License-Identifier: BSD-3-Clause
"""The state of each socket is told, and whose files a runtime directory has."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from faults.deployment import mailbox


def _bound(path: Path) -> socket.socket:
    one = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    one.bind(str(path))
    return one


def test_each_state_is_told(tmp_path: Path) -> None:
    path = tmp_path / "mp_socket"
    assert mailbox.look(str(path)).state == "absent"
    with _bound(path) as reader, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as writer:
        assert mailbox.look(str(path)).state == "empty"
        writer.setblocking(False)
        room = mailbox.limit()
        assert room is not None
        for number in range(room):
            writer.sendto(b"x", str(path))
            state = mailbox.look(str(path)).state
            assert state == ("full" if number == room - 1 else "unread")
        assert reader.recv(8) == b"x"
        assert mailbox.look(str(path)).state == "unread"
    assert mailbox.look(str(path)).state == "dead"


def test_looking_sends_nothing(tmp_path: Path) -> None:
    with _bound(tmp_path / "mp_socket") as reader:
        mailbox.look(str(tmp_path / "mp_socket"))
        reader.setblocking(False)
        try:
            assert reader.recv(8) is None
        except BlockingIOError:
            pass


def test_only_ipc_sockets_are_looked_at(tmp_path: Path) -> None:
    with _bound(tmp_path / "mp_socket"), _bound(tmp_path / "other"):
        assert [one.path for one in mailbox.sockets_in(str(tmp_path))] == [
            str(tmp_path / "mp_socket")
        ]
    assert mailbox.sockets_in(str(tmp_path / "nowhere")) == []
    assert mailbox.names_in(str(tmp_path / "nowhere")) == []
    assert set(mailbox.names_in(str(tmp_path))) == set(os.listdir(tmp_path))


def test_files_tell_whose_they_are() -> None:
    names = [
        "config",
        "mp_socket",
        "mp_socket_12_314e104f50f",
        "fbarray_memseg-2048k-0-0",
        "fbarray_memseg-2048k-0-0_13",
        "fbarray_memseg-2048k-0-0_14_5ab17",
        "fbarray_memzone",
    ]
    assert mailbox.left_by(names) == {12, 13, 14}
