# SPDX-License-Identifier: BSD-3-Clause
"""The verbs that have a form in C: plain calls of DPDK, and what they tell of their outcome."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Mapping

from conformance.scenario.steps import Reference, Tells
from faults.text import TextError

_TIMES_MS = {"brief": "BRIEF_MS", "patience": "PATIENCE_MS", "ample": "AMPLE_MS"}
MANNERS = ("reply", "silent", "late", "hold", "twice", "die")


def part(name: str) -> str:
    """A part of the C file, which stands beside this one."""
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


MESSAGE, TELL_REPLY, ON_ASYNC, SEND_REPLY = (
    part(name) for name in ("message.c", "reply.c", "async.c", "action.c")
)


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


def of(step: Tells, number: int) -> Form:
    """The form of a step; `number` is what its answer is called by. TextError where it has none."""
    make = _FORMS.get(step.verb)
    if make is None:
        raise TextError(step.line, 1, step.verb, f"in C there are {', '.join(_FORMS)}")
    return make(step.keys, number, step.line)


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


def _timed(timeout: Any) -> tuple[list[str], str]:
    """The declaration of a timeout, if it is one, and the argument that a request has for it."""
    if timeout is None:
        return [], "NULL"
    if isinstance(timeout, str):
        ms = _TIMES_MS[timeout]
        value = f"{{.tv_sec = {ms} / 1000, .tv_nsec = {ms} % 1000 * 1000000L}}"
    else:
        value = f"{{.tv_sec = {timeout['sec']}, .tv_nsec = {timeout['nsec']}L}}"
    return [f"struct timespec timeout = {value};"], "&timeout"


def _mp_sendmsg(keys: Mapping[str, Any], number: int, line: int) -> Form:
    body = ["int ret;", *message(keys, line, "mp_sendmsg")]
    return Form([*body, "rte_errno = 0;", "ret = rte_mp_sendmsg(&msg);", _answer(number, *RET)])


def _mp_request_sync(keys: Mapping[str, Any], number: int, line: int) -> Form:
    declared, timeout = _timed(keys["timeout"])
    body = ["int ret;", "struct rte_mp_reply reply;", *declared]
    body += message(keys, line, "mp_request_sync", "timeout")
    body += [
        "memset(&reply, 0, sizeof(reply));",
        "rte_errno = 0;",
        f"ret = rte_mp_request_sync(&msg, &reply, {timeout});",
        f"tell_reply({number}, ret, rte_errno, &reply);",
        "free(reply.msgs);",
    ]
    return Form(body, ("ret", "rte_errno", "nb_sent", "nb_received", "msgs"), (TELL_REPLY,))


def _mp_request_async(keys: Mapping[str, Any], number: int, line: int) -> Form:
    declared, timeout = _timed(keys["timeout"])
    body = ["int ret;", *declared, *message(keys, line, "mp_request_async", "timeout")]
    body += [
        "rte_errno = 0;",
        f"ret = rte_mp_request_async(&msg, {timeout}, on_async);",
        _answer(number, *RET),
    ]
    return Form(body, helpers=(ON_ASYNC,))


def _mp_action_register(keys: Mapping[str, Any], number: int, line: int) -> Form:
    _only(keys, line, "mp_action_register", "name", "manner", "reply_param", "returns")
    manner = keys.get("manner") or "silent"
    if manner not in MANNERS:
        raise TextError(line, 1, f"manner={manner}", f"expected one of {', '.join(MANNERS)}")
    name = keys["name"]
    body = ["int ret;", "", "rte_errno = 0;"]
    body.append(f"ret = rte_mp_action_register({string(name)}, on_action_{number});")
    helpers = _action(name, manner, keys.get("reply_param"), keys.get("returns", 0), number)
    return Form([*body, _answer(number, *RET)], helpers=(SEND_REPLY, helpers))


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
    return Form(
        [f"sem_post(&may_{keys['registration']});", f'tell("answer={number} ret=true");'], ("ret",)
    )


def _plain(
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
        _only(given, line, call.partition("(")[0], *known)
        values = {key: _expression(key, given.get(key, 0), line) for key in known}
        body = [*declare, "", "rte_errno = 0;", f"{call.format(**values)};"]
        body.append(_answer(number, *told))
        names = tuple(key for key, _, _ in told)
        return Form(body, names, headers=("rte_eal.h", "rte_errno.h", *headers))

    return form


def _expression(key: str, value: Any, line: int) -> str:
    """A value in C."""
    if isinstance(value, Reference):
        number = f'given(order, "{key}")'
        return f"(void *)(uintptr_t){number}" if key in ("ptr", "ring") else number
    if isinstance(value, str):
        return string(value)
    if isinstance(value, list) and all(
        re.fullmatch("[A-Z][A-Z0-9_]*", str(flag)) for flag in value
    ):
        return " | ".join(value) or "0"
    if value is None or isinstance(value, int):
        return "NULL" if value is None else str(int(value))
    raise TextError(line, 1, f"{key}={value}", "this has no form in C")


def _ret(call: str, keys: str = "", *headers: str, declare: tuple[str, ...] = ()) -> Any:
    """A function that returns 0, or -1 and rte_errno."""
    return _plain(f"ret = {call}", keys, headers=headers, declare=("int ret;", *declare))


def _errno(call: str, keys: str = "", *headers: str, declare: tuple[str, ...] = ()) -> Any:
    """A function of ethdev: 0, or a negative errno."""
    told = (("ret", "%d", "ret"), ("errno", "%s", "errno_name(ret < 0 ? -ret : 0)"))
    everything = ("rte_ethdev.h", *headers)
    return _plain(
        f"ret = {call}", keys, headers=everything, declare=("int ret;", *declare), told=told
    )


def _made(key: str, kind: str, call: str, keys: str, *headers: str) -> Any:
    """A function that returns a pointer, NULL with rte_errno."""
    told = ((key, "%s", "pointer_text(made)"), ("rte_errno", "%s", "errno_name(rte_errno)"))
    return _plain(
        f"made = {call}", keys, headers=headers, declare=(f"const {kind} *made;",), told=told
    )


_FORMS: dict[str, Callable[..., Form]] = {
    "mp_action_register": _mp_action_register,
    "mp_action_unregister": _plain("rte_mp_action_unregister({name})", "name", told=RET[1:]),
    "release_action": _release_action,
    "mp_sendmsg": _mp_sendmsg,
    "mp_request_sync": _mp_request_sync,
    "mp_request_async": _mp_request_async,
    "mp_disable": _ret("rte_mp_disable()"),
    "eal_cleanup": _ret("rte_eal_cleanup()"),
    "eal_primary_proc_alive": _ret(
        "rte_eal_primary_proc_alive({config_file_path})", "config_file_path"
    ),
    "dev_probe": _errno("rte_dev_probe({devargs})", "devargs", "rte_dev.h"),
    "eal_hotplug_add": _errno(
        "rte_eal_hotplug_add({busname}, {devname}, {drvargs})",
        "busname devname drvargs",
        "rte_dev.h",
    ),
    "eal_hotplug_remove": _errno(
        "rte_eal_hotplug_remove({busname}, {devname})", "busname devname", "rte_dev.h"
    ),
    "malloc": _made(
        "ret", "void", "rte_malloc(NULL, {size}, {align})", "size align", "rte_malloc.h"
    ),
    "free": _plain("rte_free({ptr})", "ptr", headers=("rte_malloc.h",), told=()),
    "memzone_reserve": _made(
        "addr",
        "struct rte_memzone",
        "rte_memzone_reserve({name}, {len}, SOCKET_ID_ANY, 0)",
        "name len",
        "rte_memzone.h",
    ),
    "ring_create": _made(
        "ring",
        "struct rte_ring",
        "rte_ring_create({name}, {count}, SOCKET_ID_ANY, {flags})",
        "name count flags",
        "rte_ring.h",
    ),
    "pktmbuf_pool_create": _plain(
        "ret = rte_pktmbuf_pool_create({name}, {n}, {cache_size}, {priv_size}, "
        "RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY) == NULL ? -1 : 0",
        "name n cache_size priv_size",
        headers=("rte_mbuf.h",),
        declare=("int ret;",),
    ),
    "eth_dev_configure": _errno(
        "rte_eth_dev_configure({port_id}, {nb_rx_queue}, {nb_tx_queue}, &conf)",
        "port_id nb_rx_queue nb_tx_queue",
        declare=("struct rte_eth_conf conf = {0};",),
    ),
    "eth_rx_queue_setup": _errno(
        "rte_eth_rx_queue_setup({port_id}, {queue_id}, {nb_desc}, SOCKET_ID_ANY, NULL, "
        "rte_mempool_lookup({pool}))",
        "port_id queue_id nb_desc pool",
    ),
    "eth_tx_queue_setup": _errno(
        "rte_eth_tx_queue_setup({port_id}, {queue_id}, {nb_desc}, SOCKET_ID_ANY, NULL)",
        "port_id queue_id nb_desc",
    ),
    "eth_dev_start": _errno("rte_eth_dev_start({port_id})", "port_id"),
    "eth_dev_stop": _errno("rte_eth_dev_stop({port_id})", "port_id"),
    "eth_dev_close": _errno("rte_eth_dev_close({port_id})", "port_id"),
    "eth_dev_count_avail": _errno("rte_eth_dev_count_avail()"),
    "eth_dev_owner_new": _plain(
        "ret = rte_eth_dev_owner_new(&owner_id)",
        headers=("rte_ethdev.h",),
        declare=("int ret;", "uint64_t owner_id = 0;"),
        told=(("ret", "%d", "ret"), ("owner_id", "%llu", "(unsigned long long)owner_id")),
    ),
    "eth_dev_owner_set": _plain(
        "ret = rte_eth_dev_owner_set({port_id}, &(struct rte_eth_dev_owner){{.id = {owner_id}}})",
        "port_id owner_id",
        headers=("rte_ethdev.h",),
        declare=("int ret;",),
        told=(("ret", "%d", "ret"),),
    ),
    "eth_promiscuous_enable": _errno("rte_eth_promiscuous_enable({port_id})", "port_id"),
    "eth_promiscuous_disable": _errno("rte_eth_promiscuous_disable({port_id})", "port_id"),
    "eth_dev_set_mtu": _errno("rte_eth_dev_set_mtu({port_id}, {mtu})", "port_id mtu"),
    "eth_link_get": _plain(
        "ret = rte_eth_link_get_nowait({port_id}, &link)",
        "port_id",
        headers=("rte_ethdev.h",),
        declare=("int ret;", "struct rte_eth_link link = {0};"),
        told=(("ret", "%d", "ret"), ("link_status", "%u", "(unsigned int)link.link_status")),
    ),
    "pdump_init": _ret("rte_pdump_init()", "", "rte_pdump.h"),
    "pdump_uninit": _ret("rte_pdump_uninit()", "", "rte_pdump.h"),
}
