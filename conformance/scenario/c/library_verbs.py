# SPDX-License-Identifier: BSD-3-Clause
"""Verbs of DPDK's libraries, and of files, that have a form in C."""

from __future__ import annotations

from typing import Any, Callable, Mapping

from conformance.scenario.c.form import (
    RET,
    Form,
    answer,
    array,
    expression,
    made,
    only,
    part,
    plain,
    ret,
)
from faults.text import TextError

_ERRNO = (("ret", "%d", "ret"), ("errno", "%s", "errno_name(ret < 0 ? -ret : 0)"))


def _negative(call: str, keys: str, *headers: str) -> Callable[..., Form]:
    """A function that returns a negative errno."""
    return plain(f"ret = {call}", keys, headers=headers, declare=("int ret;",), told=_ERRNO)


def _hash(call: str, keys: str) -> Callable[..., Form]:
    """A function of a hash table, by the name of that."""
    table = "rte_hash_find_existing({name})"
    return _negative(call.replace("TABLE", table), f"name {keys}", "rte_hash.h")


# A table of routes: of the libraries of tables, the one that needs no functions of others.
_LIBRARIES: dict[str, Callable[..., Form]] = {
    "library_create": made(
        "object",
        "struct rte_rib",
        "rte_rib_create({name}, SOCKET_ID_ANY, &(struct rte_rib_conf){{.max_nodes = 64}})",
        "name",
        "rte_memory.h",
        "rte_rib.h",
    ),
    "library_find_existing": made(
        "object", "struct rte_rib", "rte_rib_find_existing({name})", "name", "rte_rib.h"
    ),
    "library_free": plain(
        "rte_rib_free(rte_rib_find_existing({name}))", "name", headers=("rte_rib.h",), told=()
    ),
}


def _library(verb: str) -> Callable[..., Form]:
    def form(keys: Mapping[str, Any], number: int, line: int) -> Form:
        if keys["library"] != "rib":
            raise TextError(line, 1, f"library={keys['library']}", "in C there is rib")
        others = {key: value for key, value in keys.items() if key != "library"}
        return _LIBRARIES[verb](others, number, line)

    return form


_RAN = part("timers.c")


def _timer_reset(keys: Mapping[str, Any], number: int, line: int) -> Form:
    only(keys, line, "timer_reset", "tim", "ticks", "type", "tim_lcore")
    if keys["type"] not in ("SINGLE", "PERIODICAL"):
        raise TextError(line, 1, f"type={keys['type']}", "expected SINGLE or PERIODICAL")
    body = [
        "int ret;",
        "",
        "RTE_PER_LCORE(_lcore_id) = rte_get_main_lcore();",
        f"ret = rte_timer_reset({expression('tim', keys['tim'], line)}, {keys['ticks']}ULL, "
        f"{keys['type']}, {keys['tim_lcore']}, on_timer, NULL);",
        answer(number, RET[0]),
    ]
    return Form(body, ("ret",), (_RAN,), ("rte_eal.h", "rte_errno.h", "rte_lcore.h", "rte_timer.h"))


def _timer_manage(keys: Mapping[str, Any], number: int, line: int) -> Form:
    only(keys, line, "timer_manage")
    body = [
        "char line[600];",
        "int ret, end;",
        "",
        "count_of_ran = 0;",
        "RTE_PER_LCORE(_lcore_id) = rte_get_main_lcore();",
        "ret = rte_timer_manage();",
        f'end = snprintf(line, sizeof(line), "answer={number} ret=%d", ret);',
        "for (int i = 0; i < count_of_ran; i++)",
        '\tend += snprintf(line + end, sizeof(line) - end, " ran.%d=%p", i, (void *)ran[i]);',
        'tell("%s", line);',
    ]
    headers = ("rte_eal.h", "rte_errno.h", "rte_lcore.h", "rte_timer.h")
    return Form(body, ("ret", "ran"), (_RAN,), headers)


def _eth_tx_burst(keys: Mapping[str, Any], number: int, line: int) -> Form:
    only(keys, line, "eth_tx_burst", "port_id", "queue_id", "frames", "pool")
    frames = [bytes.fromhex(frame) for frame in keys["frames"]]
    pool = expression("pool", keys["pool"], line)
    body = [f"struct rte_mbuf *mbufs[{len(frames)}];", "int ret;", ""]
    for at, frame in enumerate(frames):
        body += [
            f"mbufs[{at}] = rte_pktmbuf_alloc(rte_mempool_lookup({pool}));",
            f"memcpy(rte_pktmbuf_append(mbufs[{at}], {len(frame)}), "
            f"(const uint8_t[]){{{array(frame)}}}, {len(frame)});",
        ]
    ports = f"{keys['port_id']}, {keys['queue_id']}"
    body.append(f"ret = rte_eth_tx_burst({ports}, mbufs, {len(frames)});")
    return Form(
        [*body, answer(number, RET[0])], ("ret",), (), ("rte_eal.h", "rte_errno.h", "rte_ethdev.h")
    )


FORMS: dict[str, Callable[..., Form]] = {
    "open": ret("open({path}, O_RDWR)", "path"),
    "close": ret("close({fd})", "fd"),
    "malloc_get_socket_stats": plain(
        "ret = rte_malloc_get_socket_stats({socket}, &stats)",
        "socket",
        headers=("rte_malloc.h",),
        declare=("int ret;", "struct rte_malloc_socket_stats stats = {0};"),
        told=(
            RET[0],
            ("heap_totalsz_bytes", "%zu", "stats.heap_totalsz_bytes"),
            ("heap_freesz_bytes", "%zu", "stats.heap_freesz_bytes"),
        ),
    ),
    "eal_tailq_register": plain(
        "ret = rte_eal_tailq_register(&list)",
        "name",
        headers=("rte_tailq.h",),
        declare=("static struct rte_tailq_elem list = {.name = {name}};", "int ret;"),
        told=(RET[0], ("head", "%s", "pointer_text(list.head)")),
    ),
    "mbuf_dynfield_register": ret(
        "rte_mbuf_dynfield_register(&(struct rte_mbuf_dynfield){{.name = {name}, .size = {size}, "
        ".align = {align}}})",
        "name size align",
        "rte_mbuf.h",
        "rte_mbuf_dyn.h",
    ),
    "stack_create": made(
        "stack",
        "struct rte_stack",
        "rte_stack_create({name}, {count}, SOCKET_ID_ANY, {more_flags})",
        "name count more_flags",
        "rte_stack.h",
    ),
    "mempool_create": made(
        "mempool",
        "struct rte_mempool",
        "rte_mempool_create({name}, {n}, {elt_size}, 0, 0, NULL, NULL, NULL, NULL, SOCKET_ID_ANY, 0)",
        "name n elt_size",
        "rte_mempool.h",
    ),
    "mempool_lookup": plain(
        "ret = rte_mempool_lookup({name}) == NULL ? -1 : 0",
        "name",
        headers=("rte_mempool.h",),
        declare=("int ret;",),
    ),
    "mempool_free": plain(
        "rte_mempool_free(rte_mempool_lookup({name}))", "name", headers=("rte_mempool.h",), told=()
    ),
    "hash_create": made(
        "h",
        "struct rte_hash",
        "rte_hash_create(&(struct rte_hash_parameters){{.name = {name}, .entries = {entries}, "
        ".key_len = {key_len}, .socket_id = SOCKET_ID_ANY, .extra_flag = {extra_flag}}})",
        "name entries key_len extra_flag",
        "rte_hash.h",
    ),
    "hash_add_key": _hash("rte_hash_add_key(TABLE, {key})", "key"),
    "hash_lookup": _hash("rte_hash_lookup(TABLE, {key})", "key"),
    "hash_del_key": _hash("rte_hash_del_key(TABLE, {key})", "key"),
    "hash_add_key_with_hash": _hash("rte_hash_add_key_with_hash(TABLE, {key}, {sig})", "key sig"),
    "hash_del_key_with_hash": _hash("rte_hash_del_key_with_hash(TABLE, {key}, {sig})", "key sig"),
    "hash_rcu_qsbr_add": _hash(
        "rte_hash_rcu_qsbr_add(TABLE, &(struct rte_hash_rcu_config){{.v = {v}}})", "v"
    ),
    "rcu_qsbr_init": plain(
        "made = rte_zmalloc(NULL, rte_rcu_qsbr_get_memsize({max_threads}), 64), "
        "rte_rcu_qsbr_init(made, {max_threads})",
        "max_threads",
        headers=("rte_malloc.h", "rte_rcu_qsbr.h"),
        declare=("struct rte_rcu_qsbr *made;",),
        told=(("v", "%s", "pointer_text(made)"),),
    ),
    **{verb: _library(verb) for verb in _LIBRARIES},
    "timer_subsystem_init": ret("rte_timer_subsystem_init()", "", "rte_timer.h"),
    "timer_new": made(
        "tim",
        "struct rte_timer",
        "rte_zmalloc(NULL, sizeof(struct rte_timer), 0)",
        "",
        "rte_malloc.h",
        "rte_timer.h",
    ),
    "timer_init": plain("rte_timer_init({tim})", "tim", headers=("rte_timer.h",), told=()),
    "timer_reset": _timer_reset,
    "timer_manage": _timer_manage,
    "eth_tx_burst": _eth_tx_burst,
    "pdump_enable": ret(
        "rte_pdump_enable({port}, {queue}, {flags}, rte_ring_lookup({ring}), "
        "rte_mempool_lookup({mp}), NULL)",
        "port queue flags ring mp",
        "rte_ethdev.h",
        "rte_mempool.h",
        "rte_pdump.h",
        "rte_ring.h",
    ),
    "pdump_stats": plain(
        "ret = rte_pdump_stats({port_id}, &stats)",
        "port_id",
        headers=("rte_pdump.h",),
        declare=("int ret;", "struct rte_pdump_stats stats;"),
    ),
    "flow_validate": plain(
        "ret = rte_flow_validate({port_id}, &attr, pattern, actions, &error)",
        "port_id ether_type queue_id",
        headers=("rte_ethdev.h", "rte_flow.h"),
        declare=(
            "struct rte_flow_attr attr = {.ingress = 1};",
            "struct rte_flow_item_eth type = {.hdr.ether_type = rte_cpu_to_be_16({ether_type})};",
            "struct rte_flow_item_eth mask = {.hdr.ether_type = 0xffff};",
            "struct rte_flow_item pattern[] = {",
            "\t{.type = RTE_FLOW_ITEM_TYPE_ETH, .spec = &type, .mask = &mask},",
            "\t{.type = RTE_FLOW_ITEM_TYPE_END},",
            "};",
            "struct rte_flow_action_queue queue = {.index = {queue_id}};",
            "struct rte_flow_action actions[] = {",
            "\t{.type = RTE_FLOW_ACTION_TYPE_QUEUE, .conf = &queue},",
            "\t{.type = RTE_FLOW_ACTION_TYPE_END},",
            "};",
            "struct rte_flow_error error = {0};",
            "int ret;",
        ),
        told=_ERRNO,
    ),
}
