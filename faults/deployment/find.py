# SPDX-License-Identifier: BSD-3-Clause
"""Finds a running deployment by its file-prefix or one of its processes, and says who is in it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from faults.deployment import proc
from faults.deployment.proc import Abi, FileId, SharedConfig


class NotThere(Exception):
    """There is no such deployment, or none that we may touch. Its text, one line, says what there is,
    and what to do."""


@dataclass(frozen=True)
class Process:
    """A process of a deployment. address: the address of its IPC socket, "" while there is none."""

    pid: int
    started: int
    role: str
    name: str
    address: str
    abi: Abi | None

    def __str__(self) -> str:
        return f"{self.role} {self.pid} ({self.name})"


@dataclass(frozen=True)
class Deployment:
    """A deployment, as it was when it was looked at. runtime: the runtime directory, as its processes
    see it."""

    prefix: str
    runtime: str
    config: FileId
    processes: tuple[Process, ...]

    @property
    def primary(self) -> Process | None:
        """The one that holds the lock on the config, if it lives."""
        return next((one for one in self.processes if one.role == "primary"), None)

    @property
    def secondaries(self) -> list[Process]:
        """All others."""
        return [one for one in self.processes if one.role == "secondary"]

    def now(self) -> Deployment:
        """This deployment as it is now."""
        return _group(proc_configs()).get(self.config) or Deployment(
            self.prefix, self.runtime, self.config, ()
        )

    def __str__(self) -> str:
        who = ", ".join(map(str, self.processes)) or "nobody lives in it"
        return f"{self.prefix} in {self.runtime}: {who}"


def find(prefix: str | None, pid: int | None = None) -> Deployment:
    """The deployment with this file-prefix, or that of this process; both, where one prefix is used
    in several namespaces. NotThere says what there is instead."""
    there = _group(proc_configs())
    if pid is not None:
        return _of_process(there, prefix, pid)
    prefix = prefix or "rte"
    fitting = [one for one in there.values() if one.prefix == prefix]
    if len(fitting) > 1:
        fitting = [one for one in fitting if _beside_us(one)] or fitting
    if len(fitting) > 1:
        which = "; ".join(map(str, fitting))
        raise NotThere(f"{prefix}: {len(fitting)} deployments have this prefix: {which}; say --pid")
    if not fitting:
        raise NotThere(f"{_why_not(prefix)}; {_what_there_is(list(there.values()))}")
    return fitting[0]


def alone(pid: int) -> Deployment | None:
    """A deployment of this process only, which runs DPDK and shares no configuration with anybody (any
    more); None for what is no DPDK process that we may look into."""
    maps, began = proc.maps_of(pid), proc.started(pid)
    options = proc.options(pid)
    if not maps or began is None or (proc.abi(maps) is None and "proc-type" not in options):
        return None
    prefix = options.get("file-prefix", "rte")
    role = "secondary" if options.get("proc-type") == "secondary" else "process"
    process = Process(pid, began, role, proc.name(pid), "", proc.abi(maps))
    return Deployment(prefix, f"{bases()[0]}/{prefix}", FileId("", 0), (process,))


def _beside_us(deployment: Deployment) -> bool:
    """True if the process has the mounts that we have: then its prefix means the same here."""
    try:
        return any(proc.same_namespace(one.pid, "mnt") for one in deployment.processes)
    except OSError:
        return False


def _of_process(there: dict[FileId, Deployment], prefix: str | None, pid: int) -> Deployment:
    for one in there.values():
        if any(process.pid == pid for process in one.processes):
            if prefix not in (None, one.prefix):
                raise NotThere(f"pid {pid} has the file-prefix {one.prefix}, not {prefix}")
            return one
    if not os.path.exists(f"/proc/{pid}"):
        raise NotThere(f"pid {pid}: there is no such process")
    if proc.hidden(pid):
        raise NotThere(f"pid {pid} belongs to user {proc.owner(pid)}: become that user, or root")
    raise NotThere(
        f"pid {pid} ({proc.name(pid)}) shares no DPDK configuration: it is no DPDK process, has not "
        f"got so far, or has --no-shconf or --in-memory; {_what_there_is(list(there.values()))}"
    )


def proc_configs() -> dict[int, tuple[SharedConfig, Abi | None]]:
    """Every process that is to be seen and has mapped a DPDK configuration."""
    found = {}
    for pid in proc.pids():
        maps = proc.maps_of(pid)
        config = proc.shared_config(maps) if maps else None
        if maps and config and pid != os.getpid():
            found[pid] = (config, proc.abi(maps))
    return found


def _group(configs: dict[int, tuple[SharedConfig, Abi | None]]) -> dict[FileId, Deployment]:
    try:
        holders = proc.lock_holders(Path("/proc/locks").read_text())
    except OSError:
        holders = {}
    by_file: dict[FileId, list[Process]] = {}
    about: dict[FileId, SharedConfig] = {}
    for pid, (config, abi) in configs.items():
        began, address = proc.started(pid), proc.bound(pid)
        if began is None:
            continue  # It has ended meanwhile.
        first = PurePosixPath(address).name == "mp_socket" or holders.get(config.file) == pid
        role = "primary" if first else "secondary"
        process = Process(pid, began, role, proc.name(pid), address, abi)
        by_file.setdefault(config.file, []).append(process)
        about[config.file] = config
    return {file: _deployment(about[file], processes) for file, processes in by_file.items()}


def _deployment(config: SharedConfig, processes: list[Process]) -> Deployment:
    ordered = sorted(processes, key=lambda one: (one.role, one.started))
    spelled = [str(PurePosixPath(one.address).parent) for one in ordered if one.address]
    runtime = spelled[0] if spelled else str(PurePosixPath(config.path).parent)
    return Deployment(config.prefix, runtime, config.file, tuple(ordered))


# -- when there is none -----------------------------------------------------------------------------


def bases() -> list[Path]:
    """The directories in which DPDK makes its runtime directories: for root, for a service, and for
    us."""
    named = [os.environ.get(name) for name in ("RUNTIME_DIRECTORY", "XDG_RUNTIME_DIR")]
    return [Path(base) / "dpdk" for base in ["/var/run", *filter(None, named), "/tmp"]]


def _why_not(prefix: str) -> str:
    for base in bases():
        folder = base / prefix
        try:
            status = folder.stat()
            os.listdir(folder)
        except PermissionError:
            return f"{folder} is not yours: become its owner, or root"
        except OSError:
            continue
        if status.st_uid != os.geteuid() and os.geteuid() != 0:
            return f"{folder} belongs to user {status.st_uid}: become that user, or root"
        return f"{folder} is there, but no process lives in it: what is in it was left behind"
    return f"no deployment has the file-prefix {prefix}"


def _what_there_is(there: list[Deployment]) -> str:
    if there:
        return "running here: " + "; ".join(map(str, there))
    if os.geteuid() != 0 and any(proc.hidden(pid) for pid in proc.pids()):
        return "none of your processes runs DPDK, and others' cannot be seen: run it as root"
    return "no process here runs DPDK with shared files"
