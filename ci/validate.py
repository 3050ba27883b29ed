# SPDX-License-Identifier: BSD-3-Clause
"""ci/validate: runs the contract on this machine's DPDK and says what holds."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Callable, Mapping

from ci import again, every_port
from ci.answer import answer, formats, runs
from ci.bundles import make as bundles
from ci.host import bind
from ci.host import build
from ci.host import enter
from ci.host import packages
from ci.host import scratch
from ci.host.say import COULD_NOT_RUN, CannotRun, give_up, step
from ci.summary import summary, unexplained
from conformance.verdicts import contract
from conformance.model import options
from conformance.model.script import ScriptError
from traffic.far.address import EXPECTED
from traffic.ports import named as port_kinds
from traffic.ports.pci_device import PciDevice
from traffic.ports.port import Port, PortError

ROOT = Path(__file__).resolve().parent.parent
REPORT = ROOT / "build" / "report"
ME = "ci/validate"

NOTHING_SELECTED = 5
DEFAULT_PORT = "net_tap"
MODEL_SCRIPT = bundles.MODEL_SCRIPT

EPILOG = """
All other arguments go to pytest: a node id, -k EXPRESSION, -n NUMBER, -x, ...
Reports: build/report/index.html (for people), report.json and junit.xml (for machines) beside it, and
build/report/scenes/ (of what is red); build/report/bundles/, a file for each red case, which tells all of
it on another machine and runs it there: ci/bundle --help.
Letters: . holds, b breaks as recorded, p breaks as other releases let predict, n is not promised yet by
this release, s not run, F red, I inconclusive (red), M inconclusive: the machine was too slow (run again
at the end, alone, and red if it is inconclusive again), G Gauntlet's own fault.
--port all runs conformance/ethdev, or what else is named, on each kind of port that can be had here, one
after another: answer.txt beside the page has a row for each clause and a column for each kind, whose
report.json is in build/report/KIND/. The last lines name the kinds that cannot be had, with the reason.
Exit status: 0 all clauses that were run hold, or break as recorded or predicted; 1 something is red, so
DPDK breaks a promise, whatever else has happened; 2 nothing is red, but the run says less than it should:
it could not be made, was interrupted, or a case ended by Gauntlet's own fault, which is never told as
DPDK's.
"""


def arguments(argv: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """Ours, and what is left for pytest."""
    parser = argparse.ArgumentParser(
        prog=ME,
        description="Does DPDK multi-process work here, on this port, today?",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--list", action="store_true", help="print the contract and exit")
    parser.add_argument(
        "--port",
        help=f"KIND[,iface=NAME], or a NIC: ADDRESS,wire=IFACE, or ADDRESS,wire={EXPECTED} "
        f"where the wire is on another host ({DEFAULT_PORT}); all: each kind that is here",
    )
    parser.add_argument(
        "--bind",
        action="store_true",
        help="with a NIC: give it to vfio-pci, and back to its driver at the end, however that comes",
    )
    formats.add_option(parser)
    model = parser.add_argument_group("the model, of the whole contract (see README)")
    model.add_argument(
        "--model-steps", metavar="N", help=f"steps with real peers ({options.DEFAULT_STEPS})"
    )
    model.add_argument(
        "--model-seed", metavar="N", help=f"which steps: any number ({options.DEFAULT_SEED})"
    )
    model.add_argument(
        "--model-script", metavar="SCRIPT", help="run only this script, or the one in this file"
    )
    parser.add_argument("--shell", action="store_true", help="a prepared shell instead of a run")
    parser.add_argument(
        "--prepare", action="store_true", help="install and build what a run needs, and exit"
    )
    return parser.parse_known_args(argv)


def model_arguments(ours: argparse.Namespace) -> list[str]:
    """The arguments of pytest for the model; CannotRun if they make no sense."""
    told = []
    try:
        if ours.model_steps is not None:
            told.append(f"--model-steps={options.steps(ours.model_steps)}")
        if ours.model_seed is not None:
            told.append(f"--model-seed={options.seed(ours.model_seed)}")
        if ours.model_script is not None:
            # As text: a file may lie in the report, which is made anew.
            steps = options.script(ours.model_script)
            told += [f"--model-script={'; '.join(map(str, steps))}", MODEL_SCRIPT]
    except (ScriptError, OSError) as error:
        raise CannotRun(str(error)) from error
    return told


def pytest_command(
    port: str, rest: list[str], report: Path = REPORT, clauses: str = "conformance"
) -> list[str]:
    """The pytest that runs the clauses that `rest` selects (all of these unless it names some)."""
    names_some = any((ROOT / arg.partition("::")[0]).exists() for arg in rest if arg[:1] != "-")
    parallel = any(arg.startswith(("-n", "--numprocesses", "--pdb")) for arg in rest)
    one = any("::" in arg for arg in rest)
    return [
        "/usr/bin/python3",
        "-m",
        "pytest",
        "-q",
        f"--port={port}",
        f"--report={report}",
        f"--junitxml={report / 'junit.xml'}",
        *([] if parallel or one else ["-n", str(enter.PARALLEL)]),
        *rest,
        *([] if names_some else [clauses]),
    ]


def check_selection(command: list[str]) -> None:
    """CannotRun, in one line, when pytest would not take these arguments or they select nothing."""
    done = subprocess.run([*command, "--collect-only"], cwd=ROOT, capture_output=True, text=True)
    if done.returncode == NOTHING_SELECTED:
        raise CannotRun("these arguments select no clause; ci/validate --list names them all")
    if done.returncode not in (0, 1):
        said = [line for line in done.stderr.splitlines() if "error:" in line.lower()]
        why = said[-1].partition(":")[2].strip() if said else (done.stderr or done.stdout)[-200:]
        why = " ".join(why.split())
        raise CannotRun(f"pytest does not take these arguments: {why}; see ci/validate --help")


def read_report(status: int, folder: Path) -> dict[str, Any]:
    """report.json of a pytest that has ended with `status`; CannotRun where no clause was run."""
    path = folder / "report.json"
    report: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {"clauses": []}
    if report["clauses"]:
        return report
    if status == NOTHING_SELECTED:
        raise CannotRun("no clause was run: these arguments select none (see above)")
    raise CannotRun(f"no clause was run: pytest ended with status {status} (see above)")


def run_contract(
    command: str,
    port: str,
    rest: list[str],
    folder: Path,
    more: Mapping[str, str] | None = None,
    clauses: str = "conformance",
) -> tuple[dict[str, Any], int]:
    """Runs the clauses that `rest` selects, and once more, each alone, those that the machine was too
    slow for: the report, which is in the folder then, with a bundle of each case that is red, and
    pytest's status. CannotRun where no clause was run.

    more: the environment of a run on another DPDK.  clauses: those of a run that selects none.
    """

    environment = dict(more or {})
    if port != DEFAULT_PORT:
        environment["GAUNTLET_PORT"] = port  # For the command that runs a case alone.

    def pytest(argv: list[str], into: Path) -> int:
        return enter.run(command, pytest_command(port, argv, into, clauses), more=environment)

    def alone(slow: list[str], into: Path) -> int:
        return pytest([*again.options_of(rest), *slow], into)

    status = pytest(rest, folder)
    report = read_report(status, folder)
    slow = [] if report["partial"] else again.slow(report)
    if slow:
        step(command, f"this machine was too slow for {len(slow)} cases; once more, each alone:")
        again.run(folder, slow, alone)
        report = read_report(status, folder)
    report = runs.checked(report, folder / "report.json")
    bundles.keep(command, report, rest, folder / "bundles")
    return report, status


def is_cabled(port: str) -> bool:
    """Whether a frame from the wire comes in at the port. The program that looks says why not."""
    return enter.run(ME, ["/usr/bin/python3", "-m", "conformance.ethdev", port]) == 0


def finish(report: dict[str, Any], status: int) -> int:
    """Says what came of a run, and where its page is; the exit status."""
    page = answer.publish(REPORT, [report], [])
    step(ME, f"the page is {page.relative_to(ROOT)}")
    line, code = summary(report)
    step(ME, line)
    why = unexplained(report, status)
    if why:
        raise CannotRun(why)
    return code


def main(argv: list[str]) -> int:
    """The command. CannotRun when the run could not be made."""
    ours, rest = arguments(argv)
    with formats.instead_of_text(ours.format) as tell:
        return validate(ours, rest, tell)


def validate(
    ours: argparse.Namespace, rest: list[str], tell: Callable[[list[dict[str, Any]]], None]
) -> int:
    """Does what the arguments say; the exit status. CannotRun when that could not be done. tell: is given
    the report."""
    if ours.list:
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `--list | head` is no error.
        print(contract.show(ROOT))
        return 0
    port, everything = ours.port or DEFAULT_PORT, ours.port == every_port.ALL
    under_test = None if everything else port_kinds.parse(port)
    address = under_test.pci_address if under_test else None
    if ours.bind and address is None:
        raise CannotRun(f"--bind is for a NIC, and --port is {port}: give ADDRESS,wire=IFACE")
    rest = [*model_arguments(ours), *rest]
    packages.install(ME, packages.RUN)
    packages.dpdk_release()
    if ours.prepare:
        build.build(ME, tests=False)
        return 0
    with ExitStack() as lent:
        if ours.bind and address:
            lent.enter_context(bind.Bound(ME, PciDevice(address)))
        status = run_on(ours, port, under_test, rest, tell)
    return status


def run_on(
    ours: argparse.Namespace,
    port: str,
    under_test: Port | None,
    rest: list[str],
    tell: Callable[[list[dict[str, Any]]], None],
) -> int:
    """As validate(), on the port under test; on each kind of port where that is None."""
    everything = under_test is None
    for line in under_test.announce() if under_test else []:
        step(ME, line)
    why = under_test.why_not() if under_test else None
    if why and ours.port:
        raise CannotRun(f"port {ours.port}: {why}")
    for line in under_test.describe() if under_test else []:
        step(ME, line)
    # Nobody asked for the default port: where it cannot be had, its clauses are skipped by name.
    build.build(ME, tests=False)
    if ours.shell:
        step(
            ME,
            "a shell in the namespaces of a run; `pytest conformance` works here; exit leaves it",
        )
        return enter.run(ME, [os.environ.get("SHELL", "/bin/bash")], interactive=True)
    if rest:
        check_selection(pytest_command(DEFAULT_PORT if everything else port, rest))
    if under_test and under_test.is_hardware and not is_cabled(port):
        return COULD_NOT_RUN
    scratch.empty(REPORT)

    if everything:
        reports, status = every_port.run(
            ME,
            REPORT,
            lambda kind, into, more: run_contract(ME, kind, rest, into, more, every_port.CLAUSES),
        )
        tell(reports)
        return status
    report, status = run_contract(ME, port, rest, REPORT)
    tell([report])
    return finish(report, status)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (CannotRun, contract.ContractError, PortError) as error:
        give_up(ME, error)
    except KeyboardInterrupt:
        give_up(ME, "interrupted before anything was run")
