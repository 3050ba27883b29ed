# SPDX-License-Identifier: BSD-3-Clause
"""Proves that values cross the control socket as they are meant."""

from __future__ import annotations

import pytest

from targets.protocol import Facts, as_key, wrap
from targets.speed import Speed

SPEED = Speed(0.02)


def test_python_values_become_protocol_values() -> None:
    assert as_key(SPEED, "param", b"\x01\xff") == "01ff"
    assert as_key(SPEED, "timeout", 1.25) == {"sec": 1, "nsec": 250_000_000}
    assert as_key(SPEED, "timeout", -0.5) == {"sec": -1, "nsec": 500_000_000}
    assert as_key(SPEED, "timeout", "brief") == {"sec": 0, "nsec": 100_000_000}
    assert as_key(SPEED, "timeout", None) is None
    inside = {"verb": "mp_sendmsg", "param": b"a"}
    assert as_key(SPEED, "inside", inside) == {"verb": "mp_sendmsg", "param": "61"}


def test_facts_tell_what_there_is() -> None:
    facts = wrap({"a": {"b": [{"c": 1}]}})
    assert isinstance(facts, Facts) and facts.a.b[0].c == 1
    with pytest.raises(AttributeError, match="there is"):
        facts.nothing
