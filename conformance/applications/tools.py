# SPDX-License-Identifier: BSD-3-Clause
"""DPDK's own applications in a scene, ready, and what each is asked."""

from __future__ import annotations

import os
import re
import struct

from targets.application import Application, greeting
from targets.outcome import need_release
from targets.scene import Scene

_TESTPMD = ("-i", "--total-num-mbufs=2048")
_WITH_SECONDARIES = (21, 8)  # The first release whose testpmd is told of them.

# What a relay before the primary does with one kind of request: it is as if the primary did it.
IGNORED = "answer ignore request {}"
SILENT = "drop request {}"
EMPTY = "answer reply request {}"

# struct eal_dev_mp_req: ATTACH net_null7, result -5; struct pdump_response: version 1, enable, -19.
ATTACH_FAILED = "answer reply param={} request eal_dev_mp_request times 1".format(
    struct.pack("=i128si", 0, b"net_null7", -5).hex()
)
NO_SUCH_DEVICE = "answer reply param={} request mp_pdump".format(
    struct.pack("=HHi", 1, 2, -19).hex()
)


def lcores() -> str:
    """Two lcores, wherever we may run."""
    cpus = ",".join(map(str, sorted(os.sched_getaffinity(0))))
    return f"--lcores=0@({cpus}),1@({cpus})"


def testpmd(scene: Scene, role: str = "primary") -> Application:
    """dpdk-testpmd at its prompt, with one net_ring port; as a secondary it has the primary's."""
    started = started_testpmd(scene, role)
    started.prints("Done")
    return started


def started_testpmd(scene: Scene, role: str) -> Application:
    """dpdk-testpmd, which has just been started."""
    eal = (lcores(), *(["--vdev=net_ring0"] if role == "primary" else []))
    version = greeting(scene)["version"]
    if role == "secondary":
        need_secondaries(scene)
    processes: tuple[str, ...] = ("--num-procs=2", f"--proc-id={int(role == 'secondary')}")
    if tuple(version[:2]) < _WITH_SECONDARIES:
        processes = ()
    return Application(scene, "dpdk-testpmd", role, eal, (*_TESTPMD, *processes))


def need_secondaries(scene: Scene) -> None:
    """Unavailable on a release whose dpdk-testpmd cannot be a secondary."""
    version = greeting(scene)["version"]
    need_release(version, _WITH_SECONDARIES, ", whose dpdk-testpmd can be a secondary")


def pair(scene: Scene) -> tuple[Application, Application]:
    """dpdk-testpmd as primary and as secondary."""
    return testpmd(scene), testpmd(scene, "secondary")


def ports(*testpmds: Application) -> tuple[int, ...]:
    """The number of ports that each application reports; each must be at its prompt."""
    return tuple(_ports(one) for one in testpmds)


def _ports(one: Application) -> int:
    said = re.search(r"\d+", one.asked("show port summary all", "Number of available ports"))
    assert said is not None
    return int(said[0])


def attach(one: Application) -> str:
    """Lets it attach net_null7 everywhere; "attached" or "failed"."""
    said = one.asked("port attach net_null7", "is attached|Failed to attach port")
    return "attached" if "is attached" in said else "failed"


def proc_info(scene: Scene) -> Application:
    """dpdk-proc-info, which shows the statistics of the primary's ports and ends."""
    version = greeting(scene)["version"]
    need_release(version, (21, 5), ", where a secondary has the ports of net_ring")
    return asked_proc_info(scene, "--stats")


def asked_proc_info(scene: Scene, what: str) -> Application:
    """dpdk-proc-info, which shows this of the primary's ports and ends."""
    return Application(scene, "dpdk-proc-info", "secondary", (), (what,), knows_role=True)


def dumpcap(scene: Scene) -> Application:
    """dpdk-dumpcap, which captures from port 0. It chooses its EAL arguments by itself."""
    arguments = ("-i", "0", "-w", "/dev/null", "-N", "256")
    return Application(scene, "dpdk-dumpcap", "secondary", (), arguments, bare=True)


def pdump(scene: Scene) -> Application:
    """dpdk-pdump, which captures what port 0 receives."""
    arguments = ("--pdump", "port=0,queue=*,rx-dev=/dev/null,total-num-mbufs=2048")
    return Application(scene, "dpdk-pdump", "secondary", (lcores(),), arguments, knows_role=True)


CAPTURES = "Packets captured:|capture for"


def captures_or_ends(tool: Application) -> str:
    """ "captures" once a tool says that it captures, or how the tool ends."""
    said = tool.prints_or_ends(CAPTURES)
    return "captures" if re.search(CAPTURES, said) else said
