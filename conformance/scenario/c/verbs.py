# SPDX-License-Identifier: BSD-3-Clause
"""The verbs that have a form in C: plain calls of DPDK, and what they tell of their outcome."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Mapping

from conformance.scenario.steps import Reference, Tells
from faults.text import TextError

_TIMES_MS = {"brief": "BRIEF_MS", "patience": "PATIENCE_MS", "ample": "AMPLE_MS"}
MANNERS = ("reply", "silent", "late", "hold", "twice", "die")


def _part(name: str) -> str:
    """Functions in C that a step needs."""
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


TELL_REPLY, ON_ASYNC, SEND_REPLY = (_part(name) for name in ("reply.c", "async.c", "action.c"))


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
    helpers: str = ""
    headers: tuple[str, ...] = ("rte_eal.h", "rte_errno.h")


def of(step: Tells, number: int) -> Form:
    """The form of a step; `number` is what its answer is called by. TextError where it has none."""
    make = _FORMS.get(step.verb)
    if make is None:
        raise TextError(step.line, 1, step.verb, f"in C there are {', '.join(_FORMS)}")
    for key, value in step.keys.items():
        if isinstance(value, Reference):
            raise TextError(
                step.line, 1, f"{key}={value}", "what another step has given has no form in C"
            )
    form = make(step.keys, number, step.line)
    return form


def _only(keys: Mapping[str, Any], line: int, verb: str, *known: str) -> None:
    for key in keys:
        if key not in known:
            raise TextError(line, 1, f"{verb} {key}=", f"in C it takes {', '.join(known)}")


def _answer(number: int, *values: tuple[str, str, str]) -> str:
    """The line that tells the director: (key, format, expression) of each value."""
    text = "".join(f" {key}={form}" for key, form, _ in values)
    given = "".join(f", {expression}" for _, _, expression in values)
    return f'tell("answer={number}{text}"{given});'


RET = (("ret", "%d", "ret"), ("rte_errno", "%s", "errno_name(rte_errno)"))


def message(keys: Mapping[str, Any], line: int, verb: str, *more: str) -> list[str]:
    """Fills `struct rte_mp_msg msg`."""
    _only(keys, line, verb, "name", "param", "len_param", "num_fds", *more)
    param = keys.get("param", b"")
    lines = ["struct rte_mp_msg msg;", "", "memset(&msg, 0, sizeof(msg));"]
    lines.append(f'snprintf(msg.name, sizeof(msg.name), "%s", {string(keys.get("name", ""))});')
    if param:
        lines.append(f"memcpy(msg.param, (const uint8_t[]){{{array(param)}}}, {len(param)});")
    lines.append(f"msg.len_param = {keys.get('len_param', len(param))};")
    if keys.get("num_fds"):
        lines.append(f"msg.num_fds = {keys['num_fds']};")
    return lines


def timespec(value: Any) -> str:
    """A C initialiser of struct timespec."""
    if isinstance(value, str):
        ms = _TIMES_MS[value]
        return f"{{.tv_sec = {ms} / 1000, .tv_nsec = {ms} % 1000 * 1000000L}}"
    return f"{{.tv_sec = {value['sec']}, .tv_nsec = {value['nsec']}L}}"


def _mp_sendmsg(keys: Mapping[str, Any], number: int, line: int) -> Form:
    body = ["int ret;", *message(keys, line, "mp_sendmsg")]
    return Form([*body, "rte_errno = 0;", "ret = rte_mp_sendmsg(&msg);", _answer(number, *RET)])


def _mp_request_sync(keys: Mapping[str, Any], number: int, line: int) -> Form:
    body = ["int ret;", "struct rte_mp_reply reply;"]
    if keys["timeout"] is not None:
        body.append(f"struct timespec timeout = {timespec(keys['timeout'])};")
    body += message(keys, line, "mp_request_sync", "timeout")
    timeout = "NULL" if keys["timeout"] is None else "&timeout"
    body += [
        "memset(&reply, 0, sizeof(reply));",
        "rte_errno = 0;",
        f"ret = rte_mp_request_sync(&msg, &reply, {timeout});",
        f"tell_reply({number}, ret, rte_errno, &reply);",
        "free(reply.msgs);",
    ]
    return Form(body, ("ret", "rte_errno", "nb_sent", "nb_received", "msgs"), TELL_REPLY)


def _mp_request_async(keys: Mapping[str, Any], number: int, line: int) -> Form:
    body = ["int ret;"]
    if keys["timeout"] is not None:
        body.append(f"struct timespec timeout = {timespec(keys['timeout'])};")
    body += message(keys, line, "mp_request_async", "timeout")
    timeout = "NULL" if keys["timeout"] is None else "&timeout"
    body += [
        "rte_errno = 0;",
        f"ret = rte_mp_request_async(&msg, {timeout}, on_async);",
        _answer(number, *RET),
    ]
    return Form(body, helpers=ON_ASYNC)


def _mp_action_register(keys: Mapping[str, Any], number: int, line: int) -> Form:
    _only(keys, line, "mp_action_register", "name", "manner", "reply_param", "returns")
    manner = keys.get("manner") or "silent"
    if manner not in MANNERS:
        raise TextError(line, 1, f"manner={manner}", f"expected one of {', '.join(MANNERS)}")
    name = keys["name"]
    body = ["int ret;", "", "rte_errno = 0;"]
    body.append(f"ret = rte_mp_action_register({string(name)}, on_action_{number});")
    helpers = _action(name, manner, keys.get("reply_param"), keys.get("returns", 0), number)
    return Form([*body, _answer(number, *RET)], helpers=SEND_REPLY + helpers)


def _action(name: str, manner: str, param: bytes | None, returns: int, number: int) -> str:
    waits = manner in ("hold", "late")
    lines = []
    if waits:
        lines += [f"static sem_t may_{number};", ""]
    given = f"param_{number}, sizeof(param_{number}), {int(param is not None)}"
    reply = f"send_reply(&at->msg, at->peer, {given});"
    if manner not in ("silent", "die"):
        lines.append(f"static const uint8_t param_{number}[] = {{{array(param or bytes(1))}}};")
    if manner == "late":
        lines += [
            "",
            f"static void *reply_late_{number}(void *argument)",
            "{",
            "\tstruct asked *at = argument;",
            "",
            f"\tsem_wait(&may_{number});",
            f"\t{reply}",
            "\tfree(at);",
            "\treturn NULL;",
            "}",
        ]
    lines += [
        "",
        f"static int on_action_{number}(const struct rte_mp_msg *msg, const void *peer)",
        "{",
        "\tstruct asked *at = note(msg, peer);",
    ]
    lines += ["\tpthread_t thread;"] if manner == "late" else []
    lines.append("")
    if manner == "late":
        lines.append(f"\tpthread_create(&thread, NULL, reply_late_{number}, at);")
    elif manner == "die":
        lines.append("\tkill(getpid(), SIGKILL);")
    else:
        lines += [f"\tsem_wait(&may_{number});"] if waits else []
        lines += [f"\t{reply}"] * {"silent": 0, "twice": 2}.get(manner, 1)
        lines.append("\tfree(at);")
    return "\n".join([*lines, f"\treturn {returns};", "}", ""])


def _release_action(keys: Mapping[str, Any], number: int, line: int) -> Form:
    del line
    # The director knows which registration this name is of: see program.py.
    return Form([f"sem_post(&may_{keys['registration']});", f'tell("answer={number}");'], ())


def _call(expression: str, *known: str, headers: tuple[str, ...] = ()) -> Callable[..., Form]:
    """A function that takes strings and returns an int."""

    def form(keys: Mapping[str, Any], number: int, line: int) -> Form:
        _only(keys, line, expression.partition("(")[0], *known)
        given = {
            key: string(value)
            if isinstance(value, str)
            else "NULL"
            if value is None
            else str(value)
            for key, value in keys.items()
        }
        body = ["int ret;", "", "rte_errno = 0;", f"ret = {expression.format(**given)};"]
        return Form([*body, _answer(number, *RET)], headers=("rte_eal.h", "rte_errno.h", *headers))

    return form


def _void(expression: str, *known: str) -> Callable[..., Form]:
    def form(keys: Mapping[str, Any], number: int, line: int) -> Form:
        _only(keys, line, expression.partition("(")[0], *known)
        given = {key: string(value) for key, value in keys.items()}
        return Form([f"{expression.format(**given)};", f'tell("answer={number}");'], ())

    return form


def _memzone_reserve(keys: Mapping[str, Any], number: int, line: int) -> Form:
    return _call(
        "rte_memzone_reserve({name}, {len}, SOCKET_ID_ANY, 0) == NULL ? -1 : 0",
        "name",
        "len",
        headers=("rte_memzone.h",),
    )(keys, number, line)


_FORMS: dict[str, Callable[..., Form]] = {
    "mp_action_register": _mp_action_register,
    "mp_action_unregister": _void("rte_mp_action_unregister({name})", "name"),
    "release_action": _release_action,
    "mp_sendmsg": _mp_sendmsg,
    "mp_request_sync": _mp_request_sync,
    "mp_request_async": _mp_request_async,
    "mp_disable": _void("rte_mp_disable()"),
    "eal_cleanup": _call("rte_eal_cleanup()"),
    "dev_probe": _call("rte_dev_probe({devargs})", "devargs", headers=("rte_dev.h",)),
    "eal_hotplug_add": _call(
        "rte_eal_hotplug_add({busname}, {devname}, {drvargs})",
        *("busname", "devname", "drvargs"),
        headers=("rte_dev.h",),
    ),
    "eal_hotplug_remove": _call(
        "rte_eal_hotplug_remove({busname}, {devname})", "busname", "devname", headers=("rte_dev.h",)
    ),
    "eal_primary_proc_alive": _call(
        "rte_eal_primary_proc_alive({config_file_path})", "config_file_path"
    ),
    "memzone_reserve": _memzone_reserve,
    "pdump_init": _call("rte_pdump_init()", headers=("rte_pdump.h",)),
    "pdump_uninit": _call("rte_pdump_uninit()", headers=("rte_pdump.h",)),
}
