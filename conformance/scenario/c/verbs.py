# SPDX-License-Identifier: BSD-3-Clause
"""The verbs that have a form in C: plain calls of DPDK, and what they tell of their outcome."""

from __future__ import annotations

from typing import Any, Callable, Mapping

from conformance.scenario.c import library_verbs
from conformance.scenario.c.form import (
    RET,
    Form,
    answer,
    array,
    errno,
    made,
    only,
    part,
    plain,
    ret,
    string,
)
from conformance.scenario.steps import Tells
from faults.text import TextError

_TIMES_MS = {"brief": "BRIEF_MS", "patience": "PATIENCE_MS", "ample": "AMPLE_MS"}
# What the answers of callbacks are called by, from here on.
_INSIDE = 100000
MANNERS = ("reply", "silent", "late", "hold", "twice", "die")


MESSAGE, TELL_REPLY, ON_ASYNC, SEND_REPLY = (
    part(name) for name in ("message.c", "reply.c", "async.c", "action.c")
)


def of(step: Tells, number: int) -> Form:
    """The form of a step; `number` is what its answer is called by. TextError where it has none."""
    make = _FORMS.get(step.verb)
    if make is None:
        raise TextError(step.line, 1, step.verb, f"in C there are {', '.join(_FORMS)}")
    return make(step.keys, number, step.line)


def message(keys: Mapping[str, Any], line: int, verb: str, *more: str) -> list[str]:
    """Fills `struct rte_mp_msg msg`."""
    only(keys, line, verb, "name", "param", "len_param", "num_fds", "fds", *more)
    param = keys.get("param", b"")
    lines = ["struct rte_mp_msg msg;", "", "memset(&msg, 0, sizeof(msg));"]
    lines.append(f'snprintf(msg.name, sizeof(msg.name), "%s", {string(keys.get("name", ""))});')
    if param:
        lines.append(f"memcpy(msg.param, (const uint8_t[]){{{array(param)}}}, {len(param)});")
    lines.append(f"msg.len_param = {keys.get('len_param', len(param))};")
    fds = keys.get("fds", [])
    lines += [f"msg.fds[{at}] = {fd};" for at, fd in enumerate(fds)]
    if count := keys.get("num_fds", len(fds)):
        lines.append(f"msg.num_fds = {count};")
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
    return Form([*body, "rte_errno = 0;", "ret = rte_mp_sendmsg(&msg);", answer(number, *RET)])


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
    body = ["int ret;", *declared, *message(keys, line, "mp_request_async", "timeout", "inside")]
    inner = keys.get("inside")
    callback = f"on_async_{number}" if inner else "on_async"
    body += [
        "rte_errno = 0;",
        f"ret = rte_mp_request_async(&msg, {timeout}, {callback});",
        answer(number, *RET),
    ]
    if not inner:
        return Form(body, helpers=(ON_ASYNC,))
    helpers, run, headers = _inside(inner, number, line)
    own = [
        f"static int {callback}(const struct rte_mp_msg *request, const struct rte_mp_reply *reply)",
        "{",
        "\ton_async(request, reply);",
        f"\t{run}",
        "\treturn 0;",
        "}",
        "",
    ]
    return Form(body, helpers=(ON_ASYNC, *helpers, "\n".join(own)), headers=headers)


def _inside(
    inner: Mapping[str, Any], number: int, line: int
) -> tuple[tuple[str, ...], str, tuple[str, ...]]:
    """What a callback runs: the functions, how they are called, and their headers."""
    keys = {key: value for key, value in inner.items() if key != "verb"}
    form = of(Tells(line, "", inner["verb"], keys), _INSIDE + number)
    body = "\n".join(f"\t{each}".rstrip() for each in form.body)
    function = f"static void inside_{number}(void)\n{{\n{body}\n}}\n"
    return (*form.helpers, function), f"inside_{number}();", form.headers


def _mp_action_register(keys: Mapping[str, Any], number: int, line: int) -> Form:
    only(keys, line, "mp_action_register", "name", "manner", "reply_param", "returns", "inside")
    manner = keys.get("manner") or "silent"
    if manner not in MANNERS:
        raise TextError(line, 1, f"manner={manner}", f"expected one of {', '.join(MANNERS)}")
    name = keys["name"]
    body = ["int ret;", "", "rte_errno = 0;"]
    body.append(f"ret = rte_mp_action_register({string(name)}, on_action_{number});")
    before: tuple[str, ...] = ()
    run, headers = "", Form([]).headers
    if inner := keys.get("inside"):
        before, run, headers = _inside(inner, number, line)
    action = _action(name, manner, keys.get("reply_param"), keys.get("returns", 0), number, run)
    helpers = (SEND_REPLY, *before, action)
    return Form([*body, answer(number, *RET)], helpers=helpers, headers=headers)


def _action(
    name: str, manner: str, param: bytes | None, returns: int, number: int, run: str
) -> str:
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
    lines += [f"\t{run}"] if run else []
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


_FORMS: dict[str, Callable[..., Form]] = {
    "mp_action_register": _mp_action_register,
    "mp_action_unregister": plain("rte_mp_action_unregister({name})", "name", told=RET[1:]),
    "release_action": _release_action,
    "mp_sendmsg": _mp_sendmsg,
    "mp_request_sync": _mp_request_sync,
    "mp_request_async": _mp_request_async,
    "mp_disable": ret("rte_mp_disable()"),
    "eal_cleanup": ret("rte_eal_cleanup()"),
    "eal_primary_proc_alive": ret(
        "rte_eal_primary_proc_alive({config_file_path})", "config_file_path"
    ),
    "dev_probe": errno("rte_dev_probe({devargs})", "devargs", "rte_dev.h"),
    "eal_hotplug_add": errno(
        "rte_eal_hotplug_add({busname}, {devname}, {drvargs})",
        "busname devname drvargs",
        "rte_dev.h",
    ),
    "eal_hotplug_remove": errno(
        "rte_eal_hotplug_remove({busname}, {devname})", "busname devname", "rte_dev.h"
    ),
    "malloc": made(
        "ret", "void", "rte_malloc(NULL, {size}, {align})", "size align", "rte_malloc.h"
    ),
    "free": plain("rte_free({ptr})", "ptr", headers=("rte_malloc.h",), told=()),
    "memzone_reserve": made(
        "addr",
        "struct rte_memzone",
        "rte_memzone_reserve({name}, {len}, SOCKET_ID_ANY, 0)",
        "name len",
        "rte_memzone.h",
    ),
    "ring_create": made(
        "ring",
        "struct rte_ring",
        "rte_ring_create({name}, {count}, SOCKET_ID_ANY, {flags})",
        "name count flags",
        "rte_ring.h",
    ),
    "pktmbuf_pool_create": plain(
        "ret = rte_pktmbuf_pool_create({name}, {n}, {cache_size}, {priv_size}, "
        "RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY) == NULL ? -1 : 0",
        "name n cache_size priv_size",
        headers=("rte_mbuf.h",),
        declare=("int ret;",),
    ),
    "eth_dev_configure": errno(
        "rte_eth_dev_configure({port_id}, {nb_rx_queue}, {nb_tx_queue}, &conf)",
        "port_id nb_rx_queue nb_tx_queue",
        declare=("struct rte_eth_conf conf = {0};",),
    ),
    "eth_rx_queue_setup": errno(
        "rte_eth_rx_queue_setup({port_id}, {queue_id}, {nb_desc}, SOCKET_ID_ANY, NULL, "
        "rte_mempool_lookup({pool}))",
        "port_id queue_id nb_desc pool",
    ),
    "eth_tx_queue_setup": errno(
        "rte_eth_tx_queue_setup({port_id}, {queue_id}, {nb_desc}, SOCKET_ID_ANY, NULL)",
        "port_id queue_id nb_desc",
    ),
    "eth_dev_start": errno("rte_eth_dev_start({port_id})", "port_id"),
    "eth_dev_stop": errno("rte_eth_dev_stop({port_id})", "port_id"),
    "eth_dev_close": errno("rte_eth_dev_close({port_id})", "port_id"),
    "eth_dev_count_avail": errno("rte_eth_dev_count_avail()"),
    "eth_dev_owner_new": plain(
        "ret = rte_eth_dev_owner_new(&owner_id)",
        headers=("rte_ethdev.h",),
        declare=("int ret;", "uint64_t owner_id = 0;"),
        told=(("ret", "%d", "ret"), ("owner_id", "%llu", "(unsigned long long)owner_id")),
    ),
    "eth_dev_owner_set": plain(
        "ret = rte_eth_dev_owner_set({port_id}, &(struct rte_eth_dev_owner){{.id = {owner_id}}})",
        "port_id owner_id",
        headers=("rte_ethdev.h",),
        declare=("int ret;",),
        told=(("ret", "%d", "ret"),),
    ),
    "eth_promiscuous_enable": errno("rte_eth_promiscuous_enable({port_id})", "port_id"),
    "eth_promiscuous_disable": errno("rte_eth_promiscuous_disable({port_id})", "port_id"),
    "eth_dev_set_mtu": errno("rte_eth_dev_set_mtu({port_id}, {mtu})", "port_id mtu"),
    "eth_link_get": plain(
        "ret = rte_eth_link_get_nowait({port_id}, &link)",
        "port_id",
        headers=("rte_ethdev.h",),
        declare=("int ret;", "struct rte_eth_link link = {0};"),
        told=(("ret", "%d", "ret"), ("link_status", "%u", "(unsigned int)link.link_status")),
    ),
    "pdump_init": ret("rte_pdump_init()", "", "rte_pdump.h"),
    "pdump_uninit": ret("rte_pdump_uninit()", "", "rte_pdump.h"),
    **library_verbs.FORMS,
}
