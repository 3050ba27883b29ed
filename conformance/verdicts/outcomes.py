# SPDX-License-Identifier: BSD-3-Clause
"""What the calls of a case answered, without what differs from run to run: by this two runs are compared
where the clause holds in both."""

from __future__ import annotations

import json
import re
from typing import Any, Iterable

from targets.protocol import in_seconds

# Of an answer: what the function returned, and what DPDK said beside it. The rest are figures of traffic,
# times and places, which differ from run to run.
_KEPT = ("ret", "rte_errno", "nb_sent", "nb_received")
_OF_MESSAGE = ("name", "len_param", "num_fds")
_ADDRESS = re.compile(r"0x[0-9a-f]+")
_MOST = 160

# A call that its timeout has ended is early below the first part of the timeout, and late above the
# second one and some seconds that a busy machine takes.
_EARLY, _LATE, _BUSY_S = 0.9, 3.0, 2.0

Line = dict[str, Any]


def of(timelines: Iterable[list[Line]], functions: frozenset[str]) -> dict[str, list[str]]:
    """The outcomes of a case: each of "primary1 mp_request_sync", once, and of "primary1 end".

    timelines: the lines of each scene of the case.  functions: the verbs that are told; what the others
    answer is a matter of our own and of chance.
    """
    found: dict[str, set[str]] = {}
    for lines in timelines:
        timeouts_s: dict[tuple[str, int], float | None] = {}
        for line in lines:
            word, _, verb = line["what"].partition(" ")
            if word == "tell" and "id" in line:
                timeouts_s[line["who"], line["id"]] = in_seconds(line.get("timeout"))
            elif word == "answer" and "re" in line and verb in functions:
                said = _answer(line, timeouts_s.get((line["who"], line["re"])))
                found.setdefault(f"{line['who']} {verb}", set()).add(said)
            elif line["what"] == "end" and line["who"] != "scene":
                found.setdefault(f"{line['who']} end", set()).add(line["how"])
    return {name: sorted(said) for name, said in sorted(found.items())}


def _answer(line: Line, timeout_s: float | None) -> str:
    """One answer: "ret -1, rte_errno ETIMEDOUT, nb_sent 1, early"."""
    told = [f"{key} {_value(line[key])}" for key in _KEPT if line.get(key) is not None]
    told += [_value([message[key] for key in _OF_MESSAGE]) for message in line.get("msgs") or []]
    if line.get("rte_errno") == "ETIMEDOUT" and timeout_s and "took_ns" in line:
        took_s = line["took_ns"] / 1e9
        told += ["early"] if took_s < _EARLY * timeout_s else []
        told += ["late"] if took_s > _LATE * timeout_s + _BUSY_S else []
    return _ADDRESS.sub("(address)", ", ".join(told) or "nothing")[:_MOST]


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)
