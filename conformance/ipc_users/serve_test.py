# SPDX-License-Identifier: BSD-3-Clause
"""Proves that a ghost that serves answers every request, only requests, and the first one as told."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Callable

from conformance.ipc_users.serve import serve_devices, serve_growth
from traffic.datagram import MpType
from traffic.eal_param import DEV_REQUEST, MALLOC_SYNC, VDEV, Dev, DevType, Malloc, MallocType


class Mail:
    """Stands in for a ghost and for the call that is served: it returns when all mail is read."""

    def __init__(self, *mail: tuple[str, MpType, bytes]) -> None:
        self.mail = [SimpleNamespace(name=n, type=t, param=p) for n, t, p in mail]
        self.answers: list[bytes | str] = []
        self.scene = SimpleNamespace(wait_until=self._wait_until)

    @property
    def has_mail(self) -> bool:
        return bool(self.mail)

    @property
    def answered(self) -> bool:
        return not self.mail

    def _wait_until(self, done: Callable[[], bool], what: str) -> None:
        assert done(), what

    def expect(self) -> Any:
        return self.mail.pop(0)

    def reply(self, _asked: Any, param: bytes) -> None:
        self.answers.append(param)

    def ignore(self, _asked: Any) -> None:
        self.answers.append("ignored")


def _told(*mail: tuple[str, MpType, bytes]) -> Any:
    return Mail(*mail)


SYNC = Malloc(MallocType.SYNC, 7)
ATTACH = Dev(DevType.ATTACH, "net_null1")
UNDO = Dev(DevType.ATTACH_ROLLBACK, "net_null1")


def test_growth_fails_once_and_only_requests_are_answered() -> None:
    asked = (MALLOC_SYNC, MpType.MP_REQ, bytes(SYNC))
    ghost = _told((MALLOC_SYNC, MpType.MP_MSG, b""), asked, asked)
    serve_growth(ghost, ghost, result=Malloc.FAIL)
    assert ghost.answers == [bytes(SYNC.but(result=Malloc.FAIL)), bytes(SYNC)]


def test_devices_fail_once_and_others_are_not_heard() -> None:
    requests = [(DEV_REQUEST, MpType.MP_REQ, bytes(dev)) for dev in (ATTACH, UNDO)]
    ghost = _told((VDEV, MpType.MP_REQ, b""), *requests)
    assert serve_devices(ghost, ghost, result=-5) == [ATTACH, UNDO]
    assert ghost.answers == [bytes(ATTACH.but(result=-5)), bytes(UNDO)]


def test_first_device_request_can_be_ignored() -> None:
    ghost = _told(*[(DEV_REQUEST, MpType.MP_REQ, bytes(dev)) for dev in (ATTACH, UNDO)])
    serve_devices(ghost, ghost, ignore=True)
    assert ghost.answers == ["ignored", bytes(UNDO)]


def test_nothing_is_served_when_the_call_has_returned() -> None:
    ghost = _told()
    serve_growth(ghost, ghost)
    assert (serve_devices(ghost, ghost), ghost.answers) == ([], [])
