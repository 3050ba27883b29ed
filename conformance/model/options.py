# SPDX-License-Identifier: BSD-3-Clause
"""The options of the model, the fuzzer and the rings, checked. No DPDK, no pytest."""

from __future__ import annotations

from pathlib import Path

from conformance.model.habits import WORST, Habits
from conformance.model.script import ScriptError, Step, parse
from conformance.model.world import refused

DEFAULT_STEPS = 360

DEFAULT_RING_OBJECTS = 60_000

# The same steps in every run unless another seed is given: a commit is judged, not the dice. Who wants
# to find something new gives another seed.
DEFAULT_SEED = 1


def steps(text: str) -> int:
    """A number of steps."""
    return number("--model-steps", text, 1)


def seed(text: str) -> int:
    """A seed."""
    return number("--model-seed", text, 0)


def number(option: str, text: str, least: int) -> int:
    """A number on the command line; ScriptError says which option has none."""
    if not (text.isascii() and text.isdigit()) or int(text) < least:
        raise ScriptError(f"{option} is {text!r}; it must be a number, {least} or more")
    return int(text)


def datagrams(text: str) -> int:
    """A number of datagrams of chance."""
    return number("--fuzz-datagrams", text, 1)


def fuzz_seed(text: str) -> int:
    """A seed of theirs."""
    return number("--fuzz-seed", text, 0)


def ring_objects(text: str) -> int:
    """A number of objects for each producer of a ring."""
    return number("--ring-objects", text, 1)


def script(text_or_file: str) -> list[Step]:
    """The steps of a script, or of a file that holds one. They can be taken, whatever the release."""
    text = text_or_file
    if len(text) < 4096 and "\n" not in text and Path(text).is_file():
        text = Path(text).read_text(encoding="utf-8", errors="replace")
    taken = parse(text)
    why = refused(taken, Habits())
    if why is not None and refused(taken, WORST) is not None:
        raise ScriptError(f"step {why[0]} of the script, {taken[why[0] - 1]}: {why[1]}")
    return taken
