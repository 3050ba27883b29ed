# SPDX-License-Identifier: BSD-3-Clause
"""The heads and tails of a ring, in what rte_ring_dump says of it."""

from __future__ import annotations

import re

# By the words up to 24.11: those from 25.03 on, to which a ring in RTS mode adds ".pos".
_WORDS = {"ch": "cons.head", "ct": "cons.tail", "ph": "prod.head", "pt": "prod.tail"}


def fields(text: str) -> dict[str, str]:
    """All that a dump says, by its own words."""
    return dict(re.findall(r"([\w.]+)=(\w+)", text))


def indices(text: str) -> dict[str, int]:
    """The heads (h) and tails (t) of the consumer (c) and the producer (p): "ch", "ct", "ph", "pt".
    ValueError where one is missing."""
    told = fields(text)
    found = {}
    for short, long in _WORDS.items():
        said = [told[key] for key in (short, long, f"{long}.pos") if key in told]
        if not said:
            raise ValueError(f"the dump of a ring has neither {short} nor {long}: {text}")
        found[short] = int(said[0])
    return found
