# SPDX-License-Identifier: BSD-3-Clause
"""Reads the file of ci/hosts: which hosts there are, and which ports each of them has."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ci import every_port
from ci.host.say import CannotRun
from traffic.far import address
from traffic.far.address import SshAddress
from traffic.ports import named
from traffic.ports.port import PortError

DEFAULT_FOLDER = "gauntlet"
KEYS = ("name", "ssh", "folder", "ports", "arguments")

_NAME = re.compile(r"[A-Za-z0-9_\[][A-Za-z0-9_.@:%\[\]-]*")


@dataclass(frozen=True)
class Host:
    """A host of the file. folder: where Gauntlet is put, from the home of its user on. arguments: of
    ci/validate, beside the port."""

    name: str
    ssh: SshAddress
    folder: str
    ports: tuple[str, ...]
    arguments: tuple[str, ...]


def read(path: Path) -> list[Host]:
    """The hosts of a file. CannotRun, in one line, where something in it is wrong."""
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise CannotRun(f"{path} cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise CannotRun(f"{path} is no TOML: {error}") from error
    try:
        return _hosts(told)
    except (ValueError, PortError) as error:
        raise CannotRun(f"{path}: {error}; see ci/examples/hosts.toml") from error


def _hosts(told: dict[str, Any]) -> list[Host]:
    unknown = sorted(set(told) - {"host"})
    if unknown:
        raise ValueError(f"unknown key {unknown[0]!r}; expected [[host]] and nothing beside it")
    tables = told.get("host", [])
    if not isinstance(tables, list) or not all(isinstance(one, dict) for one in tables):
        raise ValueError("host is no list of tables; expected [[host]] for each host")
    if not tables:
        raise ValueError("it has no host; expected [[host]], with ssh and ports, for each one")
    hosts = [_host(number, table) for number, table in enumerate(tables, 1)]
    names = [host.name for host in hosts]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"two hosts are called {twice[0]!r}; give each a name of its own")
    at: dict[tuple[SshAddress, str], str] = {}
    for host in hosts:
        other = at.setdefault((host.ssh, host.folder.rstrip("/")), host.name)
        if other != host.name:
            raise ValueError(
                f"{other} and {host.name} are one folder of one host; name its ports in one"
            )
    return hosts


def _host(number: int, table: dict[str, Any]) -> Host:
    who = f"host {number}"
    unknown = [key for key in table if key not in KEYS]
    if unknown:
        raise ValueError(f"{who}: unknown key {unknown[0]!r}; expected {', '.join(KEYS)}")
    login = _text(who, "ssh", table.get("ssh"))
    name = _text(who, "name", table.get("name", login))
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"{who}: name {name!r} is no name; expected letters, digits, '_', '.', '-'"
        )
    try:
        ssh = address.parse(login)
    except ValueError as error:
        raise ValueError(f"{name}: ssh: {error}") from error
    folder = _text(name, "folder", table.get("folder", DEFAULT_FOLDER))
    if folder.rstrip("/") in ("", ".", "..", "~") or not folder.isprintable():
        raise ValueError(f"{name}: folder {folder!r} cannot be Gauntlet's own; name another one")
    ports = _texts(name, "ports", table.get("ports"))
    for port in ports:
        _check_port(name, port)
    if len(set(ports)) < len(ports):
        raise ValueError(f"{name}: a port is named twice; name each once")
    arguments = _texts(name, "arguments", table.get("arguments", [every_port.CLAUSES]))
    return Host(name, ssh, folder, ports, arguments)


def _check_port(name: str, port: str) -> None:
    try:
        named.parse(port)
    except PortError as error:
        raise ValueError(f"{name}: {error}") from error


def _text(who: str, key: str, value: Any) -> str:
    if not isinstance(value, str) or not value:
        found = "is missing" if value is None else f"is {value!r}"
        raise ValueError(f"{who}: {key} {found}; expected a text")
    return value


def _texts(who: str, key: str, value: Any) -> tuple[str, ...]:
    right = isinstance(value, list) and all(isinstance(each, str) and each for each in value)
    if not right or not value:
        found = "is missing" if value is None else f"is {value!r}"
        raise ValueError(f"{who}: {key} {found}; expected a list of texts")
    return tuple(value)
