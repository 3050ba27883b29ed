# SPDX-License-Identifier: BSD-3-Clause
"""ci/nic-host: runs a command on a host that has a PCI NIC, on any machine."""

from __future__ import annotations

import argparse
import sys

from ci.host import build, packages
from ci.host.say import CannotRun, give_up
from ci.nic_host import every_nic, kernel, newer_qemu, nics, qemu
from ci.nic_host.box import Box

ME = "ci/nic-host"
DEFAULT_NIC = "e1000e"
# They take turns with the port, so many workers would only wait for each other.
VALIDATE = ("ci/validate", "--port", f"{nics.ADDRESS},wire={nics.WIRE}", "-n", "2")
CLAUSES = "conformance/ethdev"
DEFAULT_COMMAND = (*VALIDATE, CLAUSES)

EPILOG = f"""
QEMU emulates the host, so this needs no NIC, no KVM and no root. The files are this machine's:
what is written in there is lost, and nothing on this machine changes. COMMAND runs in the checkout,
with the NIC {nics.ADDRESS} bound to vfio-pci behind an IOMMU, and the interface {nics.WIRE} at the
other end of its cable. The host has no other network, so nothing can be installed in there.
Results: build/nic-host/NIC/: output.log, the guest's console.log and dmesg.log, and report/, which is
the build/report that the command made. With --nic all build/nic-host/index.html, the page of all, and
answer.txt beside it.
Exit status: the command's; 1 also where the IOMMU refused a DMA of the NIC's; 2 also where the guest
could not be had, or did not come to the command's end.
"""


def arguments(argv: list[str]) -> argparse.Namespace:
    """The wishes of the user."""
    parser = argparse.ArgumentParser(
        prog=ME,
        description="What happens on a host with this NIC?",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--nic",
        choices=[*nics.NICS, every_nic.ALL],
        default=DEFAULT_NIC,
        help=f"({DEFAULT_NIC}); {every_nic.ALL}: a host with each, one after another",
    )
    parser.add_argument(
        "command",
        nargs=argparse.REMAINDER,
        metavar="COMMAND",
        help=f"what is run, by default {' '.join(DEFAULT_COMMAND)}",
    )
    return parser.parse_args(argv)


def main(argv: list[str]) -> int:
    """The command. CannotRun when the guest could not be had."""
    ours = arguments(argv)
    argv = ours.command or list(DEFAULT_COMMAND)
    if argv[0].startswith("ci/"):
        # Nothing can be installed in there, and here is where a build stays.
        packages.install(ME, packages.RUN)
        packages.dpdk_release()
        build.build(ME, tests=False)
    if ours.nic == every_nic.ALL:
        return every_nic.run(ME, argv, ready)
    return ready(ours.nic).run(argv)


def ready(name: str) -> Box:
    """The box of the NIC of this name, with all that it needs; CannotRun where that cannot be had."""
    packages.install(ME, qemu.PACKAGES)
    nic = nics.NICS[name]
    return Box(ME, nic, with_model(nic), kernel.ready(ME))


def with_model(nic: nics.Nic) -> qemu.Qemu:
    """This machine's QEMU, or a newer one where it has no model of the NIC."""
    ours = qemu.installed()
    return ours if ours.version >= nic.since else newer_qemu.ready(ME)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except CannotRun as error:
        give_up(ME, error)
    except KeyboardInterrupt:
        give_up(ME, "interrupted; the guest has ended")
