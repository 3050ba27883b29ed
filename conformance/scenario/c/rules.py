# SPDX-License-Identifier: BSD-3-Clause
"""Calls that fail, wait or kill, in C: the functions of libc that stand in place of libc's own."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.scenario.c.form import string
from conformance.scenario.steps import OF_EAL_INIT, OF_THE_NEXT_VERB, DiesAt, MeetsCalls
from faults.text import TextError
from targets.threads import INTERRUPT_THREADS, IPC_THREADS

# Longer than anybody waits: until it is released.
_FOR_EVER_MS = 10**9


@dataclass(frozen=True)
class Function:
    """A function of libc. gives: what it returns.  takes: its parameters, a, b, c ...  fails: what it
    returns where it fails and errno says why; "error": it returns the errno itself.  path: the parameter
    that is one."""

    gives: str
    takes: str
    fails: str = "-1"
    path: str = '""'


FUNCTIONS = {
    "bind": Function("int", "int a, const struct sockaddr *b, socklen_t c"),
    "close": Function("int", "int a"),
    "epoll_create": Function("int", "int a"),
    "flock": Function("int", "int a, int b"),
    "ftruncate": Function("int", "int a, off_t b"),
    "open": Function("int", "const char *a, int b, mode_t c", path="a"),
    "opendir": Function("DIR *", "const char *a", "NULL", path="a"),
    "pthread_cond_timedwait": Function(
        "int", "pthread_cond_t *a, pthread_mutex_t *b, const struct timespec *c", "error"
    ),
    "pthread_create": Function(
        "int", "pthread_t *a, const pthread_attr_t *b, void *(*c)(void *), void *d", "error"
    ),
    "recvmsg": Function("ssize_t", "int a, struct msghdr *b, int c"),
    "sendmsg": Function("ssize_t", "int a, const struct msghdr *b, int c"),
    "socket": Function("int", "int a, int b, int c"),
}


def replacement(name: str, line: int) -> str:
    """The function that stands in the place of libc's. TextError where there is none."""
    function = FUNCTIONS.get(name)
    if function is None:
        raise TextError(line, 1, name, f"in C these can be met: {', '.join(FUNCTIONS)}")
    letters = ", ".join("abcd"[: function.takes.count(",") + 1])
    takes, more = function.takes, ""
    if name == "open":
        # Its third parameter is there where a file may be made.
        takes = "const char *a, int b, ..."
        more = (
            "\tmode_t c = 0;\n\tva_list more;\n\n\tva_start(more, b);\n"
            "\tif (b & (O_CREAT | O_TMPFILE))\n\t\tc = va_arg(more, mode_t);\n\tva_end(more);\n"
        )
    failing = (
        "\t\treturn error;"
        if function.fails == "error"
        else f"\t\terrno = error;\n\t\treturn error == 0 ? 0 : {function.fails};"
    )
    # glibc has two pthread_cond_timedwait, and dlsym() finds the old one.
    find = f'dlsym(RTLD_NEXT, "{name}")'
    return "\n".join(
        [
            f"{function.gives} {name}({takes})".replace("* ", "*"),
            "{",
            f"\tstatic {function.gives} (*real)({function.takes});".replace("* (", "*("),
            f'\tint error;\n{more}\n\terror = failure("{name}", __builtin_return_address(0), '
            f"{function.path});",
            "\tif (error != GOES_THROUGH) {",
            failing,
            "\t}",
            "\tif (real == NULL)",
            f"\t\t*(void **)&real = {_versioned(name, find)};",
            f"\treturn real({letters});",
            "}",
            *_with_64_bits(name, takes),
            "",
        ]
    )


def _with_64_bits(name: str, takes: str) -> list[str]:
    """The same function by the name that it has where offsets have 64 bits."""
    if name not in ("open", "ftruncate"):
        return []
    return [f'int {name}64({takes}) __attribute__((alias("{name}")));']


def _versioned(name: str, find: str) -> str:
    if name != "pthread_cond_timedwait":
        return find
    new = f'dlvsym(RTLD_NEXT, "{name}", "GLIBC_2.3.2")'
    return f"{new} != NULL ?\n\t\t\t{new} : {find}"


def body(step: MeetsCalls | DiesAt, number: int) -> list[str]:
    """The lines of the step in which a process is given a rule."""
    told = f'tell("answer={number}");'
    if isinstance(step, DiesAt):
        return [f"add_rule((struct rule){{{', '.join(_death(step, number))}}});", told]
    if step.action == "release":
        return [f"end_rule({string(step.function)});", told]
    return [f"add_rule((struct rule){{{', '.join(_rule(step, number))}}});", told]


def _death(step: DiesAt, number: int) -> list[str]:
    fields = [
        f".step = {number}",
        f".function = {string(step.call)}",
        '.library = ""',
        '.path = ""',
    ]
    return [*fields, f".nth = {step.nth}", ".times = 1", ".dies = 1", *_thread(step.thread)]


def _rule(step: MeetsCalls, number: int) -> list[str]:
    which = step.which
    error = {"fail": step.error, "skip": "0"}.get(step.action, "GOES_THROUGH")
    delay = {"hold": _FOR_EVER_MS, "delay": max(1, step.delay_ns // 10**6)}.get(step.action, 0)
    fields = [f".step = {number}", f".function = {string(step.function)}"]
    fields.append(f".library = {string(which.get('library', 'librte_eal'))}")
    fields.append(f".path = {string(which.get('path', ''))}")
    fields += [f".nth = {which.get('nth', 1)}", f".times = {which.get('times', 1)}"]
    fields += [f".error = {error}", f".delay_ms = {delay}", *_thread(which.get("thread", ""))]
    return fields


def _thread(name: str) -> list[str]:
    if name in (OF_THE_NEXT_VERB, OF_EAL_INIT):
        return [".next = 1" if name == OF_THE_NEXT_VERB else ".main = 1"]
    names = {"ipc": IPC_THREADS, "interrupts": INTERRUPT_THREADS}.get(name, (name,))
    return [f".threads = {string(' '.join(names))}"] if name else []
