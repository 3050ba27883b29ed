# SPDX-License-Identifier: BSD-3-Clause
"""The form of a step in C: the lines that take it, and what it tells of its outcome."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Mapping

from conformance.scenario.steps import Reference
from faults.text import TextError

# What is a pointer that an earlier answer has given.
_POINTERS = ("ptr", "ring", "tim", "v")


def part(name: str) -> str:
    """A part of the C file, which stands beside this one."""
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def string(text: str) -> str:
    """A C string literal."""
    return json.dumps(text, ensure_ascii=True)


def array(data: bytes) -> str:
    """The bytes of a C array."""
    return ", ".join(f"0x{byte:02x}" for byte in data)


@dataclass(frozen=True)
class Form:
    """body: the lines of a step.  helpers: functions that stand before it.  headers: of DPDK.  told: the
    keys of its answer."""

    body: list[str]
    told: tuple[str, ...] = ("ret", "rte_errno")
    helpers: tuple[str, ...] = ()
    headers: tuple[str, ...] = ("rte_eal.h", "rte_errno.h")


def only(keys: Mapping[str, Any], line: int, verb: str, *known: str) -> None:
    for key in keys:
        if key not in known:
            raise TextError(line, 1, f"{verb} {key}=", f"in C it takes {', '.join(known)}")


def answer(number: int, *values: tuple[str, str, str]) -> str:
    """The line that tells the director: (key, format, expression) of each value."""
    text = "".join(f" {key}={form}" for key, form, _ in values)
    given = "".join(f", {expression}" for _, _, expression in values)
    return f'tell("answer={number}{text}"{given});'


RET = (("ret", "%d", "ret"), ("rte_errno", "%s", "errno_name(rte_errno)"))


def plain(
    call: str,
    keys: str = "",
    *,
    headers: tuple[str, ...] = (),
    declare: tuple[str, ...] = (),
    told: tuple[tuple[str, str, str], ...] = RET,
) -> Callable[..., Form]:
    """A call that takes these keys, whose values stand in it as {key}. declare: variables of the step.
    told: of the answer, (key, format, expression)."""
    known = tuple(keys.split())

    def form(given: Mapping[str, Any], number: int, line: int) -> Form:
        only(given, line, call.partition("(")[0], *known)
        values = {key: expression(key, given.get(key, 0), line) for key in known}
        declared = [_filled(each, values) for each in declare]
        body = [*declared, "", "rte_errno = 0;", f"{call.format(**values)};"]
        body.append(answer(number, *told))
        names = tuple(key for key, _, _ in told)
        return Form(body, names, headers=("rte_eal.h", "rte_errno.h", *headers))

    return form


def _filled(text: str, values: Mapping[str, str]) -> str:
    """The declaration, in which a key in braces stands for its value."""
    for key, value in values.items():
        text = text.replace(f"{{{key}}}", value)
    return text


def expression(key: str, value: Any, line: int) -> str:
    """A value in C."""
    if isinstance(value, Reference):
        number = f'given(order, "{key}")'
        return f"(void *)(uintptr_t){number}" if key in _POINTERS else number
    if isinstance(value, bytes):
        return f"(const uint8_t[]){{{array(value)}}}"
    if isinstance(value, str):
        return string(value)
    if isinstance(value, list) and all(
        re.fullmatch("[A-Z][A-Z0-9_]*", str(flag)) for flag in value
    ):
        return " | ".join(value) or "0"
    if value is None or isinstance(value, int):
        return "NULL" if value is None else str(int(value))
    raise TextError(line, 1, f"{key}={value}", "this has no form in C")


def ret(call: str, keys: str = "", *headers: str, declare: tuple[str, ...] = ()) -> Any:
    """A function that returns 0, or -1 and rte_errno."""
    return plain(f"ret = {call}", keys, headers=headers, declare=("int ret;", *declare))


def errno(call: str, keys: str = "", *headers: str, declare: tuple[str, ...] = ()) -> Any:
    """A function of ethdev: 0, or a negative errno."""
    told = (("ret", "%d", "ret"), ("errno", "%s", "errno_name(ret < 0 ? -ret : 0)"))
    everything = ("rte_ethdev.h", *headers)
    return plain(
        f"ret = {call}", keys, headers=everything, declare=("int ret;", *declare), told=told
    )


def made(key: str, kind: str, call: str, keys: str, *headers: str) -> Any:
    """A function that returns a pointer, NULL with rte_errno."""
    told = ((key, "%s", "pointer_text(made)"), ("rte_errno", "%s", "errno_name(rte_errno)"))
    return plain(
        f"made = {call}", keys, headers=headers, declare=(f"const {kind} *made;",), told=told
    )
