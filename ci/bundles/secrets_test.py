# SPDX-License-Identifier: BSD-3-Clause
"""Proves that no name, address or payload is left in a text, and that what is alike stays alike."""

from __future__ import annotations

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ci.bundles.secrets import Secrets, is_somebodys

PORT = "0000:03:00.0,wire=ssh://alice@lab-seven.example.org/eth1"


def _secrets(
    *texts: str, payload: bytes = b"", host: str = "builder9", user: str = "bob"
) -> Secrets:
    found = Secrets()
    private = {"users": [user], "homes": [f"/srv/{user}"], "checkout": ["/srv/secret/gauntlet"]}
    found.learn_host(host, private, PORT)
    for text in texts:
        found.learn_text(text)
    found.learn_json({"param": payload.hex(), "msgs": [{"param": payload.hex()}]})
    found.settle()
    return found


@pytest.mark.parametrize(
    "text, secret",
    [
        ("on builder9, as bob", "builder9"),
        ("on builder9, as bob", "bob"),
        ("builder9.local", "builder9"),
        ("/srv/bob/x and /srv/bob", "bob"),
        ("/srv/secret/gauntlet/build/targets/peer", "secret"),
        ("/home/carol/x", "carol"),
        (f"--port {PORT}", "alice"),
        (f"--port {PORT}", "lab-seven"),
        (f"--port {PORT}", "0000:03:00.0"),
        ("from 52:54:00:AB:cd:ef to ff:ff:ff:ff:ff:ff", "52:54:00:AB:cd:ef"),
        ("mac_addr=525400ABcdef of 52:54:00:AB:cd:ef", "525400ABcdef"),
        ("192.168.7.9/24 via 192.168.7.1.", "192.168.7."),
        ("at fe80::1ff:fe23:4567:890a, up", "fe80::1ff"),
    ],
)
def test_secret_is_replaced(text: str, secret: str) -> None:
    found = _secrets(text, PORT)
    assert found.left_in(text)
    assert secret not in found.text(text)
    assert found.left_in(found.text(text)) == ""


@pytest.mark.parametrize(
    "text",
    [
        "DPDK 22.11.11 on net_tap, 2026-11-30T08:00:00+00:00, Linux 6.1.0-18",
        "conformance/a/test_a.py::test_a[x]",
        "#0 0x00007f5a1c0a1b2c rte_mp_sendmsg /usr/lib/x86_64-linux-gnu/librte_eal.so.23",
        "127.0.0.1 0.0.0.0 ::1 :: root localhost",
        "bobby and rebuilder99",
        "data: 10 bytes, object=7",
    ],
)
def test_other_words_stay(text: str) -> None:
    assert _secrets(text).text(text) == text


def test_alike_stays_alike() -> None:
    text = "52:54:00:00:00:01 > 52:54:00:00:00:02, 52:54:00:00:00:01 at 10.1.1.1"
    told = _secrets(text).text(text)
    first, second, third = re.findall(r"02:00:00:00:00:0\d", told)
    assert first == third != second and "198.18.0.1" in told


@pytest.mark.parametrize(
    "text",
    [
        'a: primary1 does mp_sendmsg name=ping param="the secret"',
        'primary1 does mp_action_register inside="mp_sendmsg param=\\"the secret\\""',
        "primary1 does mp_sendmsg reply_param=74686520736563726574",
        "expect a msgs.0.param=74686520736563726574",
        'ghost1 sends bytes "the secret" to=primary1',
        "ghost1 sends bytes 74686520736563726574 to=primary1",
        "(None, [b'the secret']) and b\"the secret\"",
        "{'param': '74686520736563726574'}",
        '{"param": "74686520736563726574"}',
        "it said: the secret",
        "0102746865207365637265740304",
    ],
)
def test_payload_is_replaced_by_as_much(text: str) -> None:
    found = _secrets(payload=b"the secret")
    told = found.text(text)
    assert len(told) == len(text) and found.left_in(told) == ""
    assert "the secret" not in told and b"the secret".hex() not in told
    assert re.search("axxxxxxxxx|6178787878787878", told)


def test_text_before_a_nul_is_replaced_elsewhere() -> None:
    found = _secrets(payload=b"\x01the secret\0\0")
    assert found.left_in("it said: the secret") == "one of the payloads"
    assert found.text("it said: the secret") == "it said: xxxxxxxxxx"


def test_name_in_a_datagram_is_no_payload() -> None:
    found = Secrets()
    found.learn_json({"data": b"\1\0\0\0eal_mp_request\0".hex()})
    found.settle()
    assert found.text("eal_mp_request") == "eal_mp_request"


def test_mac_address_of_a_verb_is_one() -> None:
    found = Secrets()
    found.learn_json({"verb": "eth_dev_default_mac_addr_set", "mac_addr": "525400abcdef"})
    found.settle()
    assert found.text("mac_addr=525400abcdef, 52:54:00:AB:CD:EF") == (
        "mac_addr=020000000001, 02:00:00:00:00:01"
    )
    assert found.told() == ["MAC addresses: 1, in 2 places; others of the kind stand there"]


def test_payload_that_only_a_scenario_gives_is_replaced_elsewhere() -> None:
    found = _secrets('ghost1 sends request ping to=primary1 param="the secret"')
    assert found.text("it said: the secret") == "it said: axxxxxxxxx"


@pytest.mark.parametrize("payload", [b"a", b"ab", b"\0"])
def test_short_payload_is_replaced_where_it_is_one(payload: bytes) -> None:
    found = _secrets(payload=payload)
    text = f"a cab abba param={payload.hex()} {payload!r}"
    told = found.text(text)
    assert told.startswith("a cab abba param=") and len(told.split()) == 5
    assert found.value("param", payload.hex()) != payload.hex() or payload == b"a"


def test_many_short_payloads_have_some_letters() -> None:
    found = Secrets()
    found.learn_json([{"param": f"{number:02x}"} for number in range(256)])
    found.settle()
    assert {len(found.value("param", f"{number:02x}")) for number in range(256)} == {2}


def test_payload_that_is_a_word_of_ours_is_noticed() -> None:
    found = _secrets(payload=b"mp_sendmsg")
    assert found.left_in("primary1 does mp_sendmsg") == "one of the payloads"


def test_what_was_done_is_told() -> None:
    found = _secrets("52:54:00:00:00:01", payload=b"the secret")
    found.text("52:54:00:00:00:01 52:54:00:00:00:01 the secret")
    assert found.told() == [
        "MAC addresses: 1, in 2 places; others of the kind stand there",
        "payloads: 1, in 1 places; letters, of the same length, stand there",
    ]
    assert Secrets().told() == ["nothing was found that is to be left out"]


_NAMES = st.text(string.ascii_lowercase + string.digits + "-", min_size=5, max_size=20).filter(
    lambda name: name[0].isalpha() and name[-1] != "-" and name not in ("localhost",)
)


@given(
    host=_NAMES,
    payload=st.binary(min_size=8, max_size=64).filter(lambda payload: len(set(payload)) > 3),
    mac=st.binary(min_size=6, max_size=6),
    ip=st.ip_addresses().filter(lambda ip: is_somebodys(str(ip))),
)
def test_no_secret_of_chance_is_left(host: str, payload: bytes, mac: bytes, ip: object) -> None:
    colons = mac.hex(":")
    text = (
        f"{host} has {colons}, {mac.hex()} and {ip}; {payload!r}, param={payload.hex()} and "
        f"{{'data': '{payload.hex()}'}}"
    )
    found = _secrets(text, payload=payload, host=host)
    told = found.text(text)
    assert found.left_in(told) == ""
    for secret in (colons, payload.hex()):
        assert secret not in told or secret == "02:00:00:00:00:01"
    assert f" {ip};" not in told or str(ip) in ("198.18.0.1", "2001:db8::1")
    assert not told.startswith(f"{host} ") or host == "host1"
