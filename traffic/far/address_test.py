# SPDX-License-Identifier: BSD-3-Clause
"""The address of a wire on another host: what it means to ssh, and what is no such address."""
from __future__ import annotations

import pytest

from traffic.far.address import SshAddress, parse, split


@pytest.mark.parametrize(
    ("text", "address", "last"),
    [
        ("lab1", SshAddress("lab1"), ["lab1"]),
        ("root@lab1", SshAddress("lab1", "root"), ["-l", "root", "lab1"]),
        ("root@lab1:2222", SshAddress("lab1", "root", 2222), ["2222", "-l", "root", "lab1"]),
        ("10.0.0.7:22", SshAddress("10.0.0.7", None, 22), ["-p", "22", "10.0.0.7"]),
        ("[2001:db8::1]:22", SshAddress("2001:db8::1", None, 22), ["-p", "22", "2001:db8::1"]),
        ("me@[fe80::1%eth0]", SshAddress("fe80::1%eth0", "me"), ["-l", "me", "fe80::1%eth0"]),
    ],
)
def test_a_host_is_what_ssh_is_told(text: str, address: SshAddress, last: list[str]) -> None:
    assert parse(text) == address
    assert str(address) == text
    assert address.arguments[-len(last) :] == last
    assert address.arguments[:2] == ["-o", "BatchMode=yes"]


@pytest.mark.parametrize(
    "text",
    ["", "-oProxyCommand=x", "a@-x", "a b", "a;b", "a@b@c", "a:", "a:x", "a:123456", "[x]", "$(x)"],
)
def test_what_ssh_or_a_shell_could_mistake_is_no_host(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no \[USER@\]HOST\[:PORT\]"):
        parse(text)


@pytest.mark.parametrize("port", [0, 65536])
def test_what_is_no_port_is_told(port: int) -> None:
    with pytest.raises(ValueError, match=f"port {port} is not one of 1..65535"):
        parse(f"lab1:{port}")


def test_a_wire_has_a_host_and_an_interface() -> None:
    assert split("ssh://root@lab1:22/eth1") == (SshAddress("lab1", "root", 22), "eth1")


@pytest.mark.parametrize("text", ["ssh://lab1", "ssh://lab1/", "eth1", "ssh:/lab1/eth1"])
def test_what_names_no_interface_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="names no interface of a host"):
        split(text)
