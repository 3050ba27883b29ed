# SPDX-License-Identifier: BSD-3-Clause
"""Proves that a rule's text says what it does, and that nonsense is refused, with its place."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from faults.rule import FDS, Rule
from faults.rule_text import MAX_NAME_LEN, MAX_PARAM_LEN, parse
from faults.text import TextError
from traffic.datagram import MpType


@pytest.mark.parametrize(
    "text, rule",
    [
        (
            "drop reply eal_dev_mp_request to primary nth 2 times 1",
            Rule("drop", "eal_dev_mp_request", MpType.MP_REP, most=1, nth=2, to="primary"),
        ),
        (
            "delay 300ms request eal_vdev_mp from secondary",
            Rule("delay", "eal_vdev_mp", MpType.MP_REQ, delay_s=0.3, sender="secondary"),
        ),
        (
            "rewrite num_fds=3 message *",
            Rule("rewrite", None, MpType.MP_MSG, fields={"num_fds": 3}),
        ),
        ("pass * *  # all", Rule("pass")),
        (
            "hold ignore x to mp_socket_12_ab",
            Rule("hold", "x", MpType.MP_IGN, to="mp_socket_12_ab"),
        ),
        ("drop * x times 3 nth 2 to all", Rule("drop", "x", most=3, nth=2)),
        ("drop * x from mp_socket", Rule("drop", "x", sender="primary")),
        ("reorder 3 reply x", Rule("reorder", "x", MpType.MP_REP, group=3)),
        ("answer ignore request x", Rule("ignore", "x", MpType.MP_REQ)),
        ("answer reply param=00ff request x", Rule("answer", "x", MpType.MP_REQ, param=b"\0\xff")),
        ('answer reply param="a b" request *', Rule("answer", None, MpType.MP_REQ, param=b"a b")),
        (
            'rewrite type=reply name="a \\"b\\"\\x01" fds=null * x',
            Rule("rewrite", "x", fields={"type": MpType.MP_REP, "name": 'a "b"\1', "fds": "null"}),
        ),
        (
            "rewrite type=77 len_param=-1 * x",
            Rule("rewrite", "x", fields={"type": 77, "len_param": -1}),
        ),
        ('double message "*"', Rule("double", "*", MpType.MP_MSG)),
        ("delay 1.5us * *", Rule("delay", delay_s=1500e-9)),
    ],
)
def test_text_is_read(text: str, rule: Rule) -> None:
    assert parse(text) == [rule]


def test_lines_are_rules_and_comments_are_none() -> None:
    text = "# first\n\n  drop request a   # lost\r\npass * *\n"
    assert [str(rule) for rule in parse(text)] == ["drop request a", "pass * *"]


@pytest.mark.parametrize(
    "text, column, why",
    [
        # What cannot be read.
        ("dorp request x", 1, "'dorp': expected one of pass, drop, double, delay"),
        ("ignore request x", 1, "'ignore': expected one of pass, drop"),
        ("drop requst x", 6, "'requst': expected one of message, request, reply, ignore, *"),
        ("drop", 5, "the end of the line: expected one of message, request"),
        ("drop request", 13, "the end of the line: expected an action's name, or * for any"),
        ("drop request x y", 16, "'y': expected one of from, to, nth, times"),
        ("drop request x nth", 19, "the end of the line: expected a number"),
        ("drop request x nth 2 nth 3", 22, "'nth': expected one of from, to, times"),
        (
            "drop * x from all to all nth 1 times 1 more",
            40,
            "'more': expected one of the end of the line",
        ),
        ('drop request "x', 14, "a quoted text ends with a quote"),
        ('drop request "x\\n"', 14, "expected in quotes no other escapes"),
        ('drop request x"y"', 14, "expected one word, or one text in quotes"),
        ("drop request x from everybody", 21, "'everybody': expected primary, secondary, all, or"),
        ("drop request x to mp_socket_a/b", 19, "expected primary, secondary, all, or"),
        # What does not exist.
        ("rewrite nmae=x message *", 9, "'nmae': expected one of type, name, len_param, num_fds"),
        ("rewrite fds=some message *", 13, "'some': expected one of none, null"),
        (
            "rewrite type=answer message *",
            14,
            "expected one of message, request, reply, ignore, or a",
        ),
        ("rewrite num_fds=many message *", 17, "expected a number that fits a C int"),
        ("rewrite len_param=2147483648 * x", 19, "expected a number that fits a C int"),
        ("rewrite num_fds=1 num_fds=2 * x", 19, "'num_fds': expected each field once"),
        ("rewrite message *", 9, "'message': expected FIELD=VALUE, FIELD one of type, name"),
        ("rewrite param=abc message *", 15, "expected bytes as hexadecimal digits, two each"),
        (f"rewrite param={'00' * 257} * x", 15, "it has 257 bytes; a param has at most 256"),
        (f"rewrite name={'n' * 65} * x", 14, "it has 65 bytes; a name has at most 64"),
        ("answer message x", 8, "'message': expected one of reply, ignore"),
        ("answer reply name=x request y", 14, "'name': expected one of param"),
        ("answer ignore param=00 request y", 15, "an MP_IGN says nothing"),
        # What lacks its unit, or is too much of it.
        ("delay 300 request x", 7, "'300': expected a time with its unit, such as 300ms"),
        ("delay 300m request x", 7, "expected a time with its unit"),
        ("delay soon request x", 7, "expected a time with its unit"),
        ("delay 0ms request x", 7, "expected 1ns to 24 hours"),
        ("delay 0.5ns request x", 7, "in whole nanoseconds"),
        ("delay 86401s request x", 7, "expected 1ns to 24 hours"),
        # What can never match, or never do anything.
        (f"drop request {'n' * 64}", 14, "it has 64 bytes; a name has at most 63"),
        (f"drop request {'ä' * 32}", 14, "it has 64 bytes"),
        ('drop request ""', 14, "no name is empty"),
        ('drop request "a\\x00b"', 14, "a name ends before its first NUL"),
        ('drop request "\ud800"', 14, "expected text that is UTF-8"),
        ("drop request x times 0", 22, "'0': expected a number, 1 or more"),
        ("drop request x nth 0", 20, "'0': expected a number, 1 or more"),
        ("drop request x nth -1", 20, "'-1': expected a number, 1 or more"),
        ("reorder 1 request x", 9, "expected how many leave in reverse order: 2 or more"),
        ("reorder x", 9, "'x': expected a number, 1 or more"),
        ("answer reply message x", 14, "only a request is answered: expected request"),
        ("answer ignore * x", 15, "only a request is answered: expected request"),
        ("drop * x from primary to mp_socket", 23, "no datagram goes from primary to primary"),
        (
            "drop * x to secondary from secondary",
            23,
            "no datagram goes from secondary to secondary",
        ),
        ("drop * x to mp_socket_a from mp_socket_a", 25, "nobody writes to itself"),
        ("rewrite type=reply reply x", 1, "it changes nothing"),
        ("rewrite name=x * x", 1, "it changes nothing"),
        ("release request x", 1, "there is nothing to release: no rule holds"),
    ],
)
def test_nonsense_is_refused_with_its_place(text: str, column: int, why: str) -> None:
    with pytest.raises(TextError) as refused:
        parse(f"# above\n{text}")
    assert (refused.value.line, refused.value.column) == (2, column)
    assert why in str(refused.value)


@pytest.mark.parametrize(
    "earlier, later",
    [
        ("pass * *", "drop request x"),
        ("drop request x", "drop request x to primary times 2"),
        ("drop * x to secondary", "drop reply x to mp_socket_1_a"),
        ("drop * x from secondary", "hold reply x from mp_socket_1_a to primary"),
    ],
)
def test_rule_behind_one_that_takes_all_is_refused(earlier: str, later: str) -> None:
    with pytest.raises(TextError, match="it never gets a datagram: line 1") as refused:
        parse(f"{earlier}\n{later}")
    assert refused.value.line == 2


@pytest.mark.parametrize(
    "earlier, later",
    [
        ("drop request x times 1", "drop request x"),
        ("drop request x nth 2", "drop request x"),
        ("drop request x", "drop reply x"),
        ("drop request x", "drop request *"),
        ("drop * x from secondary", "drop * x from primary"),
        ("drop * x to mp_socket_1_a", "drop * x to secondary"),
    ],
)
def test_rule_that_gets_what_is_left_is_taken(earlier: str, later: str) -> None:
    assert len(parse(f"{earlier}\n{later}")) == 2


# A busy machine is no reason to fail.
_patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

# -- any rule there is, to text and back ----------------------------------------------------------------

_text = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), min_size=1)
_names = _text.filter(lambda name: len(name.encode()) < MAX_NAME_LEN)
_ints = st.integers(-(2**31), 2**31 - 1)
_params = st.binary(max_size=MAX_PARAM_LEN)
_sockets = st.from_regex(r"mp_socket_[0-9a-f_]{1,20}", fullmatch=True)
_types = st.sampled_from(list(MpType))


def _fields(rule_name: str | None, rule_type: MpType | None) -> st.SearchStrategy[dict[str, Any]]:
    known: dict[str, st.SearchStrategy[Any]] = {
        "type": st.one_of(_types, _ints.filter(lambda value: value not in set(MpType))),
        "name": _names,
        "len_param": _ints,
        "num_fds": _ints,
        "param": _params,
        "fds": st.sampled_from(FDS),
    }
    same = {"type": rule_type, "name": rule_name}
    nothing: dict[str, st.SearchStrategy[Any]] = {}
    return st.fixed_dictionaries(nothing, optional=known).filter(
        lambda fields: any(same.get(key, object()) != value for key, value in fields.items())
    )


@st.composite
def _rules(draw: st.DrawFn) -> Rule:
    action = draw(
        st.sampled_from(
            ["pass", "drop", "double", "delay", "hold", "reorder", "rewrite", "answer", "ignore"]
        )
    )
    name = draw(st.none() | _names)
    kind = MpType.MP_REQ if action in ("answer", "ignore") else draw(st.none() | _types)
    sender, to = draw(
        st.sampled_from([(None, None), ("primary", "secondary"), ("secondary", "primary")])
        | st.tuples(_sockets, st.just("primary"))
        | st.tuples(st.none(), _sockets)
    )
    more: dict[str, Any] = {}
    if action == "delay":
        more["delay_s"] = draw(st.integers(1, 10**13)) / 1e9
    if action == "reorder":
        more["group"] = draw(st.integers(2, 1000))
    if action == "rewrite":
        more["fields"] = draw(_fields(name, kind))
    if action == "answer":
        more["param"] = draw(_params)
    most, nth = draw(st.none() | st.integers(1, 999)), draw(st.integers(1, 999))
    return Rule(action, name, kind, most=most, nth=nth, sender=sender, to=to, **more)


@_patient
@given(_rules())
def test_every_rule_is_what_its_text_says(rule: Rule) -> None:
    assert parse(str(rule)) == [rule]


@_patient
@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        rules = parse(text)
    except TextError as error:
        assert 1 <= error.line <= text.count("\n") + 1
    else:
        assert parse("\n".join(map(str, rules))) == rules
