# SPDX-License-Identifier: BSD-3-Clause
"""Proves that EAL's own parameters are read as C laid them out, and those of another size refused."""

from typing import Any

import pytest

from traffic.eal_param import Dev, DevType, Malloc, MallocType, ParamError, Vdev, VdevType


def test_what_is_written_is_read() -> None:
    several: tuple[Any, ...] = (
        Malloc.alloc(7, 4096),
        Malloc.free(8, 0x100200000, 2 << 20),
        Dev(DevType.ATTACH, "net_null0,size=64", -17),
        Vdev(VdevType.ONE, 1, "net_null0"),
    )
    for one in several:
        assert type(one).of(bytes(one)) == one


def test_offsets_are_those_of_c() -> None:
    # gdb -batch -ex 'ptype /o struct malloc_mp_req' librte_eal.so.23.0, and so on
    malloc = bytes(Malloc(MallocType.SYNC, id=0x1122334455667788, result=1))
    assert (len(malloc), malloc[64:72][::-1].hex(), malloc[72]) == (80, "1122334455667788", 1)
    alloc = bytes(Malloc.alloc(0, 0xABCD, page_sz=0x200000, heap_idx=3, align=64))
    assert (alloc[8], alloc[16:19].hex(), alloc[24:26].hex(), alloc[40]) == (
        3,
        "000020",
        "cdab",
        64,
    )
    assert (len(bytes(Dev(1, "d"))), bytes(Dev(1, "d", -1))[132:]) == (136, b"\xff" * 4)
    assert (len(bytes(Vdev(1))), bytes(Vdev(2, 3, "v"))[4], bytes(Vdev(2, 3, "v"))[8:9]) == (
        72,
        3,
        b"v",
    )


def test_one_field_is_changed_and_no_other() -> None:
    asked = Malloc.alloc(7, 4096)
    assert asked.but(result=1) == Malloc(asked.t, 7, 1, asked.asked)
    assert Dev(0, "net_null0").but(result=-16) == Dev(0, "net_null0", -16)


@pytest.mark.parametrize("kind", [Malloc, Dev, Vdev])
@pytest.mark.parametrize("size", [0, 71, 256])
def test_another_size_is_refused(kind: Any, size: int) -> None:
    with pytest.raises(ParamError, match=f"has {size} bytes; expected"):
        kind.of(b"x" * size)
