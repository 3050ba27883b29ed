# SPDX-License-Identifier: BSD-3-Clause
"""The options that pytest takes for the contract."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Callable, TypeVar

import pytest

from conformance import fuzz
from conformance.model import options
from conformance.model.script import ScriptError
from conformance.verdicts.run import ROOT

T = TypeVar("T")


def add(parser: pytest.Parser) -> None:
    """Makes pytest take the options."""
    group = parser.getgroup("gauntlet")
    group.addoption("--port", default="net_tap", help="port kind: KIND[,key=value]")
    group.addoption("--report", default=str(ROOT / "build" / "report"), help="folder of reports")
    group.addoption("--without", help="leave out the cases that are in this report.json")
    group.addoption(
        "--times",
        type=_checked(lambda text: options.number("--times", text, 1)),
        default=1,
        help="how often each case is run",
    )
    group.addoption(
        "--until-fails", action="store_true", help="run no other case once one does not hold"
    )
    group.addoption(
        "--model-script",
        type=_checked(options.script),
        help="only run this script of the model, or file",
    )
    group.addoption(
        "--keep-scenes", action="store_true", help="keep what is known of the scenes of each case"
    )
    group.addoption(
        "--keep-ways",
        action="store_true",
        help="keep what is known of the first scene of each way to break, also of one on record",
    )
    group.addoption("--scenario", type=_text_of, help="only run the scenario in this file")
    for name, check, default, what in (
        (
            "--model-steps",
            options.steps,
            options.DEFAULT_STEPS,
            "how many steps of the model are taken with real peers",
        ),
        ("--model-seed", options.seed, options.DEFAULT_SEED, "another number, other steps"),
        (
            "--fuzz-datagrams",
            options.datagrams,
            fuzz.DEFAULT_DATAGRAMS,
            "how many random datagrams each process is sent",
        ),
        ("--fuzz-seed", options.fuzz_seed, fuzz.DEFAULT_SEED, "another number, other datagrams"),
        (
            "--ring-objects",
            options.ring_objects,
            options.DEFAULT_RING_OBJECTS,
            "how many objects each producer of a ring's history puts in",
        ),
    ):
        group.addoption(name, type=_checked(check), default=default, help=what)


def _text_of(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise argparse.ArgumentTypeError(f"{file} cannot be read: {error}") from error


def _checked(check: Callable[[str], T]) -> Callable[[str], T]:
    """An option's check, whose complaint argparse passes on."""

    def checked(text: str) -> T:
        try:
            return check(text)
        except ScriptError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return checked
