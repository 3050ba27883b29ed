# SPDX-License-Identifier: BSD-3-Clause
"""Proves that every command of every README runs as it is printed, as far as that costs little.

A block of code is commands, data, or what a command prints, by its first words. Each line of commands
is matched with one way of checking it, below; a line that none fits is red. faults/README.md is run for
real, in attack_pair_test.py.
"""

from __future__ import annotations

import ast
import re
import shlex
import subprocess
from pathlib import Path
from typing import Callable

import pytest

from ci import every_port, markdown, validate
from ci.host import packages
from ci.host.say import CannotRun
from ci.markdown import Block
from conformance.verdicts import contract
from faults.rule_text import parse
from traffic.ports.kinds import KINDS

ROOT = Path(__file__).resolve().parent.parent

_COMMANDS = re.compile(
    r"(\w+=\S+ )*(ci/|faults/|git |cmake |pytest |apt-get |mount |/usr/bin/python3 |# and )"
)
_SCENARIO = re.compile("# Clause: ")
_TOML = re.compile(r"\[\[(breach|never)\]\]")
# What commands print: the marks of a clause's report, of a disagreement, and of faults/attack.
_OUTPUT = re.compile(r"_{3,} |expected  |deployment |looked |will |\d\d:\d\d:\d\d")


def _blocks() -> list[Block]:
    return [
        block for path in markdown.files() for block in markdown.blocks(path, markdown.read(path))
    ]


def kind(block: Block) -> str:
    """The kind of a block: a language, commands, toml, or output; "" if nobody knows."""
    if block.language:
        return block.language
    for pattern, name in (
        (_COMMANDS, "commands"),
        (_TOML, "toml"),
        (_OUTPUT, "output"),
        (_SCENARIO, "scenario"),
    ):
        if pattern.match(block.lines[0]):
            return name
    return ""


# -- ways to check a command line ----------------------------------------------------------------


def _run(line: str) -> None:
    done = subprocess.run(shlex.split(line), cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, f"{line}: status {done.returncode}: {done.stderr[-500:]}"


def _help(line: str) -> None:
    """The own parser of the command takes the arguments: --help comes last, so the parser has looked at
    all before it."""
    argv = [word for word in shlex.split(line) if word != "&"]
    done = subprocess.run(["env", *argv, "--help"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, f"{line}: {done.stderr.strip()[-300:]}"
    said = {word.partition("=")[0] for word in argv if re.match(r"--?[a-z]", word)}
    if argv[0] in ("ci/test", "ci/benchmark"):
        said |= {word for word in argv[1:] if word[0].isalpha()}
    unknown = sorted(word for word in said if not re.search(rf"{word}\b", done.stdout))
    assert not unknown, f"{line}: its help does not have {unknown}"


def _collect(line: str) -> None:
    """The arguments select clauses: pytest collects them, and nothing is run."""
    argv = shlex.split(line)
    words = argv[[word.endswith("ci/validate") for word in argv].index(True) + 1 :]
    ours, rest = validate.arguments(words)
    rest = [*validate.model_arguments(ours), *rest]
    port = "net_tap" if ours.port in (None, every_port.ALL) else ours.port
    assert port in [one.kind for one in KINDS], port
    mine = [word for word in rest if word in markdown.EXAMPLES]
    if not mine:
        validate.check_selection(validate.pytest_command(port, rest))


def _named_files_exist(line: str) -> None:
    """For what is not run: each path of the house in it is there."""
    named = re.findall(r"(?:ci|conformance|faults|targets|traffic)/[\w./-]+", line)
    missing = [name for name in named if not (ROOT / name).exists()]
    assert not missing, f"{line}: there is no {missing}"


def _reproduce(line: str) -> None:
    """The parser takes the arguments, and what is to be reproduced is there."""
    _help(line)
    _named_files_exist(line)


def _cmake(line: str) -> None:
    """ci/test does the same with other options; the options must be ones of ours."""
    known = (ROOT / "targets/CMakeLists.txt").read_text() + (ROOT / "CMakeLists.txt").read_text()
    for option in re.findall(r"-D(\w+)=", line):
        assert option in known, f"{line}: there is no option {option}"


def _packages(line: str) -> None:
    named = set(line.split()[2:])
    assert named in (
        set(packages.RUN),
        set(packages.PROVE),
    ), f"not what ci/host/packages.py has: {line}"


def _nothing(line: str) -> None:
    del line


WAYS: list[tuple[str, Callable[[str], None], str]] = [
    (r"ci/validate --list$|ci/crash --list$", _run, "costs nothing"),
    (r"ci/validate --shell$", _help, "attack_pair_test.py runs one"),
    (r"(\w+=\S+ )*ci/validate$", _help, "the whole contract is a step of ci/test"),
    (r"(\w+=\S+ )*ci/validate .*your_clause", _help, "the clause is the reader's"),
    (
        r"ci/validate (--bind )?--port 0000:",
        _help,
        "needs a NIC; nic-host, a step of ci/test, has one",
    ),
    (r"ci/nic-host( --nic \w+)?$", _help, "a step of ci/test"),
    (r"(\w+=\S+ )*ci/validate ", _collect, "clauses are run by the contract, a step of ci/test"),
    (
        r"ci/(hosts|qualify|report|bundle|container|rings|crash|coverage|benchmark|test)\b",
        _help,
        "takes minutes",
    ),
    (
        r"ci/(reproduce|explore|storm|track-record)\b",
        _reproduce,
        "scenarios are run by their unit tests",
    ),
    (r"faults/attack ", _help, "attack_pair_test.py runs each of them"),
    (r"pytest conformance$", _named_files_exist, "the whole contract again"),
    (r"/usr/bin/python3 -m pytest .*_test\.py$", _run, "unit tests that take a second"),
    (r"cmake ", _cmake, "the build is the first step of ci/test"),
    (r"apt-get install ", _packages, "changes the host"),
    (r"git clone <", _nothing, "the address is the reader's"),
]


def way(line: str) -> Callable[[str], None] | None:
    """The way to check a command line."""
    return next((check for pattern, check, _ in WAYS if re.match(pattern, line)), None)


# -- the blocks -----------------------------------------------------------------------------------

PAIR = "faults/README.md"
LINES = [
    (str(block), line)
    for block in _blocks()
    if kind(block) == "commands" and block.path != PAIR
    for line in block.commands
]


@pytest.mark.parametrize("block", _blocks(), ids=str)
def test_block_is_of_a_known_kind(block: Block) -> None:
    known = ("python", "commands", "toml", "output", "scenario")
    assert kind(block) in known, f"commands, data or output? {block.lines[0]}"


@pytest.mark.parametrize("where,line", LINES, ids=[f"{where} {line}" for where, line in LINES])
def test_command_is_as_it_is_printed(where: str, line: str) -> None:
    check = way(line)
    assert check, f"{where}: nobody checks {line}"
    check(line)


@pytest.mark.parametrize("block", [b for b in _blocks() if kind(b) == "python"], ids=str)
def test_python_is_python(block: Block) -> None:
    ast.parse(
        block.text.replace(":\n", ": ...\n") if block.text.startswith("with ") else block.text
    )


def test_clause_of_the_readme_is_a_clause() -> None:
    (block,) = [b for b in _blocks() if b.path == "README.md" and b.language == "python"]
    (function,) = [f for f in ast.parse(block.text).body if isinstance(f, ast.FunctionDef)]
    contract.parse(f"README.md::{function.name}", ast.get_docstring(function))


def test_scenario_of_the_readme_is_one_of_the_track_record() -> None:
    (block,) = [b for b in _blocks() if kind(b) == "scenario"]
    record = ROOT / "conformance/track_record"
    assert f"{block.text.strip()}\n" in [path.read_text() for path in record.iterdir()]


def test_failing_clause_of_the_readme_exists() -> None:
    (block,) = [b for b in _blocks() if b.path == "README.md" and kind(b) == "output"]
    (promise,) = re.findall(r"  promise +(.*)", block.text)
    (alone,) = re.findall(r"  alone +(ci/validate .*)", block.text)
    promised = {c.promise for clauses in contract.read(ROOT).values() for c in clauses}
    assert promise in promised
    _collect(alone)


@pytest.mark.parametrize("path", markdown.files())
def test_text_is_not_too_wide(path: str) -> None:
    assert markdown.too_wide(path, markdown.read(path)) == []


@pytest.mark.parametrize("path", markdown.files())
def test_links_and_paths_lead_somewhere(path: str) -> None:
    assert markdown.dead_ends(path, markdown.read(path)) == []


@pytest.mark.parametrize("rule", re.findall(r"-e '([^']+)'", markdown.read("README.md")))
def test_rule_of_the_readme_is_a_rule(rule: str) -> None:
    assert len(parse(rule)) == 1


# -- the failing sides ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "ci/rings --mode NONE",
        "ci/rings --no-such-option",
        "ci/crash --lists",
        "ci/validate --port net_nothing -k test_fuzz",
        "ci/validate --model-steps many",
        "ci/validate conformance/rte_mp/test_nothing.py",
        "ci/validate -k no_clause_has_this_name",
        "cmake -S . -B build -DGAUNTLET_NOTHING=1",
        "apt-get install g++",
        "ci/test nothing",
    ],
)
def test_command_that_is_wrong_is_noticed(line: str) -> None:
    check = way(line)
    assert check
    with pytest.raises((AssertionError, CannotRun)):
        check(line)


def test_line_that_nobody_checks_is_noticed() -> None:
    assert way("rm -rf build") is None


def test_block_of_no_known_kind_is_noticed() -> None:
    assert kind(Block("x.md", 1, "", ("Some words.",))) == ""
