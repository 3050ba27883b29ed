# SPDX-License-Identifier: BSD-3-Clause
"""Proves that a DMA fault is found in the guest's log, and told from one that is known."""

from __future__ import annotations

from ci.nic_host.nics import NICS, KnownFault, Nic, faults

LOG = """
[    0.1] DMAR: Host address width 39
[    9.1] DMAR: DRHD: handling fault status reg 2
[    9.1] DMAR: [DMA Write NO_PASID] Request device [00:08.0] fault addr 0x1000 [fault reason 0x05] PTE
[    9.2] DMAR: [DMA Read NO_PASID] Request device [00:08.0] fault addr 0x0 [fault reason 0x06] PTE
"""


def test_each_refused_access_is_found() -> None:
    found = faults(LOG)
    assert len(found) == 2 and "fault addr 0x1000" in found[0] and "DMA Read" in found[1]
    assert faults("[    0.1] DMAR: Host address width 39\n") == []


def test_a_known_one_is_no_other() -> None:
    nic = Nic("x", "x", known_faults=(KnownFault(r"DMA Read .*fault addr 0x0 ", "QEMU's"),))
    assert nic.unknown(faults(LOG)) == faults(LOG)[:1]
    assert Nic("y", "y").unknown(faults(LOG)) == faults(LOG)


def test_vmxnet3_may_look_at_address_0_and_nowhere_else() -> None:
    read, write = "DMAR: [DMA Read NO_PASID] Request", "DMAR: [DMA Write NO_PASID] Request"
    at_0, at_1 = (
        "device [00:08.0] fault addr 0x0 [fault",
        "device [00:08.0] fault addr 0x1000 [fault",
    )
    told = [f"{kind} {where}" for kind in (read, write) for where in (at_0, at_1)]
    assert NICS["vmxnet3"].unknown(told) == told[1:]
    assert NICS["igb"].unknown(told) == told
