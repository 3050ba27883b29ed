# SPDX-License-Identifier: BSD-3-Clause
"""The parameter of a message in words, where DPDK's own libraries and drivers made it.

The structs are read as a 64-bit compiler lays them out; each is taken for one only if it has exactly
that size, so that a release with another one is shown in hexadecimal and never read wrongly.
"""

from __future__ import annotations

import os
import struct
from typing import Callable

from traffic import eal_param
from traffic.eal_param import Dev, DevType, Malloc, MallocType, ParamError, Vdev, VdevType

_SHOWN_BYTES = 32

# struct pdump_request of lib/pdump/rte_pdump.c, 21.11 to 26.07:
# ver, op, flags, device, queue, ring, mp, prm, snaplen
_PDUMP = struct.Struct("=HHI64sH6xQQQI4x")
# struct pdump_response: ver, res_op, err_value
_PDUMP_ANSWER = struct.Struct("=HHi")
# struct ipc_queues of drivers/net/tap/rte_eth_tap.c: port_name, rxq_count, txq_count; then q_count
_TAP = struct.Struct("=64sii")
_TAP_25_11 = struct.Struct("=64si")
# struct mp_region_msg of drivers/net/memif/rte_eth_memif.c: port_name, idx, size
_MEMIF = struct.Struct("=64sH6xQ")
# struct ipc_hdr of drivers/net/af_xdp/rte_eth_af_xdp.c: port_name
_AF_XDP = struct.Struct("=64s")
# struct vfio_mp_param of lib/eal/linux/eal_vfio.h: req, result, group or IOMMU type
_VFIO = struct.Struct("=iii")
_VFIO_REQ = {0x100: "container", 0x200: "group", 0x400: "IOMMU type"}
# struct testpmd_mp_req and testpmd_mp_resp of app/test-pmd/testpmd.c: one number
_TESTPMD = struct.Struct("=i")


def told(name: str, param: bytes) -> str:
    """The parameter of the message `name`, in words; what nobody here knows, in hexadecimal."""
    if not param:
        return ""
    read = _READERS.get(name)
    if read is not None:
        try:
            return read(param)
        except (ParamError, struct.error):
            pass  # Of another release, or forged: its bytes say what it is.
    shown = param[:_SHOWN_BYTES].hex() + ("..." if len(param) > _SHOWN_BYTES else "")
    return f"0x{shown}"


def _malloc(param: bytes) -> str:
    said = Malloc.of(param)
    words = [_named(MallocType, said.t)]
    if said.t == MallocType.ALLOC:
        heap, page, size, socket, _flags, align, _bound, contig = eal_param.unpack_alloc(said.asked)
        words += [f"{size} bytes", f"heap {heap}", f"page {page}", f"socket {socket}"]
        words += [f"align {align}", *(["contiguous"] if contig else [])]
    if said.t == MallocType.FREE:
        addr, length = eal_param.unpack_free(said.asked)
        words += [f"{length} bytes at {addr:#x}"]
    result = {Malloc.SUCCESS: "success", Malloc.FAIL: "fail"}.get(said.result, str(said.result))
    return f"{' '.join(words)}, id {said.id:#x}, result {result}"


def _dev(param: bytes) -> str:
    said = Dev.of(param)
    return f"{_named(DevType, said.t)} {_quoted(said.devargs)}, result {_error(said.result)}"


def _vdev(param: bytes) -> str:
    said = Vdev.of(param)
    about: dict[int, str] = {
        VdevType.ONE: f" {_quoted(said.name)}",
        VdevType.REP: f" {said.num} devices",
    }
    return f"scan {_named(VdevType, said.type)}{about.get(said.type, '')}"


def _pdump(param: bytes) -> str:
    if len(param) == _PDUMP_ANSWER.size:
        _ver, op, error = _PDUMP_ANSWER.unpack(param)
        return f"{_pdump_op(op)}, result {_error(error)}"
    ver, op, flags, device, queue, ring, pool, filter_, snaplen = _PDUMP.unpack(param)
    which = {1: "rx", 2: "tx", 3: "rx and tx"}.get(flags & 3, hex(flags))
    text = f"{_pdump_op(op)} {_text(device)} queue {queue} {which}, version {ver}"
    return f"{text}, ring {ring:#x}, pool {pool:#x}, filter {filter_:#x}, snaplen {snaplen}"


def _pdump_op(op: int) -> str:
    return {1: "disable", 2: "enable"}.get(op, f"op {op}")


def _tap(param: bytes) -> str:
    if len(param) == _TAP_25_11.size:
        port, pairs = _TAP_25_11.unpack(param)
        return f"{_text(port)}, {pairs} queue pairs"
    port, rx, tx = _TAP.unpack(param)
    return f"{_text(port)}, {rx} rx queues, {tx} tx queues"


def _memif(param: bytes) -> str:
    port, index, size = _MEMIF.unpack(param)
    return f"{_text(port)}, region {index}, {size} bytes"


def _af_xdp(param: bytes) -> str:
    (port,) = _AF_XDP.unpack(param)
    return _text(port)


def _vfio(param: bytes) -> str:
    request, result, number = _VFIO.unpack(param)
    said = {0: "ok", -1: "no fd"}.get(result, str(result))
    return f"{_VFIO_REQ.get(request, hex(request))} {number}, result {said}"


def _testpmd(param: bytes) -> str:
    (number,) = _TESTPMD.unpack(param)
    return "exit, or result 0" if number == 0 else f"result {_error(number)}"


_READERS: dict[str, Callable[[bytes], str]] = {
    eal_param.MALLOC_REQUEST: _malloc,
    eal_param.MALLOC_SYNC: _malloc,
    eal_param.MALLOC_ROLLBACK: _malloc,
    eal_param.MALLOC_RESPONSE: _malloc,
    eal_param.DEV_REQUEST: _dev,
    eal_param.VDEV: _vdev,
    "mp_pdump": _pdump,
    "tap_mp_sync_queues": _tap,
    "tap_mp_req_start_rxtx": _tap,
    "memif_mp_send_region": _memif,
    "afxdp_mp_send_fds": _af_xdp,
    "eal_vfio_mp_sync": _vfio,
    "mp_testpmd": _testpmd,
}


def _named(kind: type[MallocType] | type[DevType] | type[VdevType], number: int) -> str:
    try:
        return kind(number).name.lower().replace("_", " ")
    except ValueError:
        return f"type {number}"


def _error(number: int) -> str:
    if number >= 0:
        return str(number)
    return f"{number} ({os.strerror(-number)})"


def _text(field: bytes) -> str:
    return _quoted(field.partition(b"\0")[0].decode("utf-8", "backslashreplace"))


def _quoted(text: str) -> str:
    """A text on one line, whatever a forger puts into it."""
    return text.encode("unicode_escape").decode() or "''"
