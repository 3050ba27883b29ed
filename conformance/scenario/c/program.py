# SPDX-License-Identifier: BSD-3-Clause
"""Writes a scenario as one C file: it forks the processes, takes the steps with plain rte_* calls, and
says what was expected and what happened."""

from __future__ import annotations

import textwrap
from dataclasses import replace
from functools import singledispatchmethod
from typing import Any, Mapping

from conformance.scenario.c import ghosts, own, rules, verbs
from conformance.scenario.steps import (
    Becomes,
    Comes,
    DiesAt,
    DirectoryIs,
    Ends,
    Expects,
    FailsToStart,
    GhostAnswers,
    GhostAppears,
    GhostGets,
    GhostGoes,
    GhostSends,
    GhostSendsBytes,
    HasDescriptors,
    MeetsCalls,
    Reference,
    Relays,
    Says,
    Scenario,
    Schedules,
    Starts,
    Tells,
)
from conformance.scenario.stage import told
from conformance.scenario.c.form import Form, part, string
from faults.text import TextError

HEAD = """/*
 * {promise}
 *
 * Build: cc -o scenario THIS_FILE.c $(pkg-config --cflags --libs libdpdk) -pthread
 * Run:   ./scenario [MORE EAL ARGUMENTS]        as root, with free hugepages (64 of 2 MB are enough)
 *
 * It starts the processes below as its children, lets them take the steps in this order, and says what
 * was expected and what happened. Exit status: 0 all is as expected; 1 it is not; 2 it could not be run.
 *
{steps}
 */
"""


def program(scenario: Scenario) -> str:
    """The C file. TextError, with the line, where a step has no form in C."""
    return _Program(scenario).text()


# What is not told in C yet, by its first word, and what may be.
_NO_FORM: dict[type, tuple[str, str]] = {
    Relays: ("relay", "a relay has no form in C: use a ghost, or calls that fail or wait"),
    Schedules: ("schedule", "a schedule has no form in C: ci/reproduce plays it"),
}

# What brings a state of the runtime directory about.
_DIRECTORY = {
    "full": "directory_is_full(0);",
    "full of files": "directory_is_full(1);",
    "read-only": "directory_is_read_only();",
    "gone": "directory_is_gone();",
    "locked": "directory_is_locked();",
    "as before": "directory_is_as_before();",
}


class _Program:
    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._main: list[str] = []
        self._cases: list[str] = []
        self._helpers: dict[str, None] = {verbs.MESSAGE: None}
        self._headers: set[str] = {"rte_eal.h", "rte_errno.h"}
        self._begun: dict[str, tuple[str, int, tuple[str, ...]]] = {}
        self._registered: dict[tuple[str, str], int] = {}
        self._ended: set[str] = set()
        self._processes: list[str] = []
        self._ghosts: list[str] = []
        self._number = 0
        self._faults: list[
            tuple[str, int, int]
        ] = []  # Who must meet a call, of which step and line.
        self._holds: dict[tuple[str, str], int] = {}
        self._deaths: dict[str, int] = {}  # The step in which each is given the call to die at.
        self._met: dict[str, str] = {}  # The functions of libc that are replaced.
        self._directory = any(isinstance(step, DirectoryIs) for step in scenario.steps)
        self._own = any(isinstance(step, Comes) and step.own for step in scenario.steps)

    def text(self) -> str:
        """All of it."""
        for self._number, step in enumerate(self._scenario.steps, 1):
            self._main.append(f"/* line {step.line} */")
            self._take(step)
        promise = (
            self._scenario.promise or "A scenario of Gauntlet, the suite for DPDK multi-process."
        )
        steps = "\n".join(
            f" *   {line}".rstrip() for line in self._scenario.text.strip().splitlines()
        )
        marks = {
            "/*WORDS*/": part("words.c"),
            "/*PROCESS*/": part("process.c"),
            "/*INCLUDES*/": "\n".join(f"#include <{name}>" for name in sorted(self._headers)),
            "/*COUNT*/": str(max(1, len(self._processes))),
            "/*ERRNO*/": "\n".join(
                f'\tcase {name}:\n\t\treturn "{name}";' for name in self._errno_names()
            ),
            "/*HELPERS*/": "\n".join(self._helpers),
            "/*STEPS*/": "\n".join(self._cases),
            "/*GHOSTS*/": part("ghost.c") if self._ghosts else "",
        }
        marks |= self._parts()
        text = part("director.c")
        if self._ghosts:
            self._main.insert(0, f"struct ghost ghost[{len(self._ghosts)}];")
        for who, number, line in self._faults:
            self._main.append(f"must_have_met({self._process(who)}, {number}, {line});")
        if self._directory:
            self._main.insert(0, "directory_apart();")
        marks["/*MAIN*/"] = "\n".join(f"\t{line}".rstrip() for line in self._main)
        for mark, meant in marks.items():
            text = text.replace(mark, meant)
        wrapped = "\n * ".join(textwrap.wrap(promise, 96))
        return HEAD.format(promise=wrapped, steps=steps.replace("*/", "* /")) + text

    def _parts(self) -> dict[str, str]:
        """The parts that only some scenarios have, by their marks."""
        return {
            "/*OWN*/": part("own.c") + "\n" if self._own else "",
            "/*HAVE_OWN*/": "\thave_own(name);\n" if self._own else "",
            "/*LCORE*/": "own.lcore" if self._own else "0",
            "/*FORKS*/": "\tbegin_pid_namespace();\n" if self._own else "",
            "/*FORKED*/": "\tend_pid_namespace();\n" if self._own else "",
            "/*DIRECTORY*/": part("directory.c") + "\n" if self._directory else "",
            "/*RULES*/": "\n".join([part("rules.c"), *self._met.values()]) if self._met else "",
            "/*TAKES_A_STEP*/": "\ttakes_a_step = 1;\n" if self._met else "",
        }

    def _errno_names(self) -> list[str]:
        """The names of errors that the scenario tells of, and some that it may be surprised by."""
        named = {
            value
            for step in self._scenario.steps
            if isinstance(step, (Expects, Says))
            for value in (step.values if isinstance(step, Expects) else step.facts).values()
            if isinstance(value, str) and value.startswith("E")
        }
        usual = (
            "EACCES EAGAIN EBADF ECONNREFUSED EEXIST EFAULT EINVAL EIO ENOENT ENOMEM ENOSPC ENOTSUP "
            "ENOTTY EPERM ETIMEDOUT"
        )
        return sorted(named | set(usual.split()))

    @singledispatchmethod
    def _take(self, step: Any) -> None:
        raise TypeError(f"{step} is no step")

    @_take.register
    def _has_no_form(self, step: Relays | Schedules) -> None:
        given, why = _NO_FORM[type(step)]
        raise TextError(step.line, 1, given, why)

    @_take.register
    def _meets_calls(self, step: MeetsCalls | DiesAt) -> None:
        function = step.call if isinstance(step, DiesAt) else step.function
        self._met[function] = rules.replacement(function, step.line)
        if isinstance(step, DiesAt):
            self._deaths[step.who] = self._number
        elif step.action != "release":
            self._faults.append((step.who, self._number, step.line))
            self._holds[step.who, function] = self._number
        else:
            who, number = self._process(step.who), self._holds[step.who, function]
            self._main.append(f"comes_to_call({who}, {number}, {step.line});")
        self._by_process(step.who, step.line, rules.body(step, self._number))

    @_take.register
    def _has_descriptors(self, step: HasDescriptors) -> None:
        self._helpers.setdefault(part("descriptors.c"))
        left = -1 if step.left is None else step.left
        told = f'tell("answer={self._number}");'
        self._by_process(step.who, step.line, [f"leave_descriptors({left});", told])

    def _by_process(self, who: str, line: int, body: list[str]) -> None:
        """A process runs these lines, and the next step waits for it."""
        self._add(Form(body, ()), self._number)
        self._main.append(f'begins({self._process(who)}, {self._number}, "");')
        self._await(who, self._number, line, "to be made so", "")

    @_take.register
    def _directory_is(self, step: DirectoryIs) -> None:
        self._main.append(_DIRECTORY[step.state])

    def _process(self, who: str) -> str:
        return f"&processes[{self._processes.index(who)}]"

    @_take.register
    def _starts(self, step: Starts) -> None:
        if not step.held:
            self._main.append(f"starts({self._newcomer(step, step.line)});")
            return
        self._main.append(f"forks({self._newcomer(step, 1)});")

    @_take.register
    def _fails_to_start(self, step: FailsToStart) -> None:
        answer = step.label or "(char[2048]){0}"
        if step.label:
            self._main.insert(0, f"char {step.label}[2048];")
            self._begun[step.label] = (step.who, self._number, ("rte_errno",))
            self._ended.add(step.label)
        self._main.append(f"fails_to_start({self._newcomer(step, step.line)}, {answer});")

    def _newcomer(self, step: Comes, behind: int) -> str:
        """The arguments of starts() and fails_to_start(), which have the line behind the role, and of
        forks(), which has there whether it is held."""
        if self._own:
            self._main.append(f"own = (struct own){{{own.fields(step)}}};")
        self._processes.append(step.who)
        who = f"{self._process(step.who)}, {string(step.who)}, {string(step.role)}, {behind}"
        given = ", ".join(map(string, step.eal)) or "NULL"
        return f"{who}, {len(step.eal)}, (char *[]){{{given}}}"

    @_take.register
    def _tells(self, step: Tells) -> None:
        name = step.keys.get("name")
        if step.verb == "eal_init":
            self._main.append(f"begins_init({self._process(step.who)});")
            return
        if step.verb == "release_action":
            if (step.who, name) not in self._registered:
                raise TextError(step.line, 1, str(name), "no action of this name waits")
            registration = self._registered[step.who, str(name)]
            step = replace(step, keys={"registration": registration})
        form = verbs.of(step, self._number)
        if step.verb == "mp_action_register" and step.keys.get("manner") in ("hold", "late"):
            self._registered[step.who, str(name)] = self._number
        self._add(form, self._number)
        self._main.append(
            f"begins({self._process(step.who)}, {self._number}, {self._given(step)});"
        )
        if step.label:
            self._begun[step.label] = (step.who, self._number, form.told)
        if step.waits:
            self._await(step.who, self._number, step.line, step.verb, step.label)

    def _given(self, step: Tells) -> str:
        """What earlier answers give to a step: a C expression. It is one value at the most."""
        references = {key: v for key, v in step.keys.items() if isinstance(v, Reference)}
        if not references:
            return '""'
        if len(references) > 1:
            raise TextError(step.line, 1, step.verb, "in C one value of an earlier answer is given")
        ((key, reference),) = references.items()
        if reference.label not in self._begun:
            raise TextError(step.line, 1, str(reference), "in C only answers to verbs give values")
        self._await_label(reference.label, step.line)
        value = f"value_of({reference.label}, {string(reference.path)})"
        self._main.append(f'snprintf(given, sizeof(given), "{key}=%s", {value});')
        if "char given[300];" not in self._main:
            self._main.insert(0, "char given[300];")
        return "given"

    def _add(self, form: Form, number: int) -> None:
        self._headers |= set(form.headers)
        for helper in form.helpers:
            self._helpers.setdefault(helper)
        body = "\n".join(f"\t\t{line}".rstrip() for line in form.body)
        self._cases.append(f"\tcase {number}: {{\n{body}\n\t\tbreak;\n\t}}")

    def _await(self, who: str, number: int, line: int, what: str, label: str) -> None:
        call = f"answer({self._process(who)}, {number}, {line}, {string(what)})"
        if label:
            self._ended.add(label)
            self._main.append(f'snprintf({label}, sizeof({label}), "%s", {call});')
            self._main.insert(0, f"char {label}[2048];")
        else:
            self._main.append(f"{call};")

    @_take.register
    def _ends(self, step: Ends) -> None:
        self._await_label(step.label, step.line)

    def _await_label(self, label: str, line: int) -> None:
        if label not in self._ended:
            who, number, _ = self._begun[label]
            self._await(who, number, line, f"{label}", label)

    @_take.register
    def _expects(self, step: Expects) -> None:
        if step.label not in self._begun:
            raise TextError(step.line, 1, step.label, "in C only the answer to a verb has values")
        known = self._begun[step.label][2]
        for path in step.values if known else ():
            if path.partition(".")[0] not in known:
                raise TextError(
                    step.line, 1, path, f"in C this answer has {', '.join(known) or 'nothing'}"
                )
        self._await_label(step.label, step.line)
        wanted = self._wanted(step.values, step.line)
        self._main.append(f"expect({step.line}, {string(step.label)}, {step.label}, {wanted});")

    def _wanted(self, values: Mapping[str, Any], line: int) -> str:
        """What an answer must have: a C expression."""
        references = {key: v for key, v in values.items() if isinstance(v, Reference)}
        if not references:
            return string(told(values))
        if "char wanted[600];" not in self._main:
            self._main.insert(0, "char wanted[600];")
        words = []
        for key, value in values.items():
            if isinstance(value, Reference):
                if value.label not in self._begun:
                    raise TextError(line, 1, str(value), "in C only answers and events give values")
                self._await_label(value.label, line)
                words.append(f"{key}=%s")
            else:
                words.append(told({key: value}).replace("%", "%%"))
        given = ", ".join(
            f"strdup(value_of({value.label}, {string(value.path)}))"
            for value in references.values()
        )
        text = string(" ".join(words))
        self._main.append(f"snprintf(wanted, sizeof(wanted), {text}, {given});")
        return "wanted"

    @_take.register
    def _says(self, step: Says) -> None:
        wanted = string(f"{step.event} {told(step.facts)}".strip())
        who = self._process(step.who)
        if step.label:
            self._main.insert(0, f"char {step.label}[2048];")
            said = f"wait_for({who}, {wanted}, {step.line}, {wanted})"
            self._main.append(f'snprintf({step.label}, sizeof({step.label}), "%s", {said});')
            self._begun[step.label] = (step.who, self._number, ())
            self._ended.add(step.label)
        elif step.times is None:
            self._main.append(f"says({who}, {step.line}, {wanted});")
        else:
            self._main.append(f"has_said({who}, {step.line}, {wanted}, {step.times});")

    @_take.register
    def _becomes(self, step: Becomes) -> None:
        who = self._process(step.who)
        if step.what in ("exits", "leaves"):
            leaving = (
                ["if (rte_eal_cleanup() != 0)", "\t_exit(1);"] if step.what == "leaves" else []
            )
            self._add(Form([*leaving, "_exit(0);"], ()), self._number)
            self._main.append(f"ends_by({who}, {self._number}, {step.line}, {string(step.what)});")
            return
        if step.what == "has died":
            self._main.append(f"has_died({who}, {self._deaths[step.who]}, {step.line});")
            return
        self._main.append(
            {
                "dies": f"dies({who});",
                "stops": f"sends_signal({who}, SIGSTOP);",
                "continues": f"sends_signal({who}, SIGCONT);",
                "lives": f"lives({who}, {step.line});",
            }[step.what]
        )

    @_take.register
    def _ghost(
        self,
        step: GhostAppears | GhostGoes | GhostSends | GhostSendsBytes | GhostGets | GhostAnswers,
    ) -> None:
        if isinstance(step, GhostAppears):
            self._ghosts.append(step.who)
        self._main += ghosts.lines(step, self._ghosts, self._processes)
