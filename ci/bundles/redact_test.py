# SPDX-License-Identifier: BSD-3-Clause
"""Proves that nothing private is left in any byte of a redacted bundle, which still runs and opens."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ci.answer import example as reports
from ci.answer import runs
from ci.bundles import archive, example, facts, make, redact
from ci.bundles import format as form
from ci.bundles.format import Bundle
from ci.host.say import CannotRun
from conformance.verdicts import sequence
from faults.ghost import Ghost
from targets.scene import Scene
from traffic.datagram import MpType

MAC, IP, HOST, USER = "52:54:00:ab:cd:ef", "10.77.1.9", "buildhost7", "carola"


def _bundle(folder: Path, monkeypatch: pytest.MonkeyPatch, payload: bytes) -> Bundle:
    """A bundle with secrets in each file of it."""
    private = {"users": [USER], "homes": [f"/srv/{USER}"], "checkout": ["/srv/x/gauntlet"]}
    monkeypatch.setattr(facts, "host", lambda: {"name": HOST, "private": private})
    what = f"{HOST} {MAC} {IP} /home/{USER}/x {payload!r}"
    timeline: list[dict[str, Any]] = [
        *example.TIMELINE[:2],
        {"at": 2500, "who": "primary1", "what": "event greeting", "pid": 7, "datagram": LAYOUT},
        {"at": 3000, "who": "primary1", "what": "tell mp_sendmsg", "id": 1, "param": payload.hex()},
        {
            "at": 3100,
            "who": "primary1",
            "what": "tell mp_x",
            "id": 2,
            "inside": {"verb": "y", "param": payload.hex()},
        },
        {"at": 3500, "who": "steps", "what": "bit", "line": what},
        {"at": 4000, "who": "relay", "what": "pass", "data": payload.hex() * 2},
        {"at": 5000, "who": "scene", "what": "failed", "why": what},
    ]
    scene = example.scene_of(folder / "scene", timeline)
    (scene / "primary1/output").write_text(f"{what}\n" * 3)
    (scene / "primary1/core.7").write_bytes(payload * 100)
    (scene / "far.pcap").write_bytes(b"\xd4\xc3\xb2\xa1" + payload)
    (scene / "memory").write_bytes(b"\0".join(bytes([each]) for each in MAC.encode()))
    case = reports.case(
        "breaks", f"it is ({payload!r}, '{MAC}', '{IP}')", clause=example.CLAUSE, scene=str(scene)
    )
    case["events"] = [{"at_us": 1, "who": "x", "what": "event", "text": what[:40]}]
    report = reports.report(
        case, called=f"{HOST} net_tap", alone=f"ci/validate --port x,wire=ssh://{HOST}/e"
    )
    return make.of_case(report, case, [])


LAYOUT = {
    name: {"offset": 4 * number, "size": 4}
    for number, name in enumerate(("type", "name", "len_param", "num_fds", "param"))
} | {"size": 332}


def _all_bytes(path: Path) -> bytes:
    return b"\n".join(name.encode() + content for name, content in archive.unpacked(path).items())


@settings(
    deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(payload=st.binary(min_size=8, max_size=80).filter(lambda payload: len(set(payload)) > 3))
def test_no_secret_is_in_any_byte(tmp_path_factory: pytest.TempPathFactory, payload: bytes) -> None:
    folder = tmp_path_factory.mktemp("bundle")
    with pytest.MonkeyPatch.context() as monkeypatch:
        made = _bundle(folder, monkeypatch, payload)
        before = _all_bytes(example.written(folder, made))
        path = example.written(folder, redact.redacted(made), "less")
    after = _all_bytes(path)
    secrets = [
        HOST,
        MAC,
        MAC.replace(":", ""),
        IP,
        USER,
        "/srv/x",
        payload.hex(),
        repr(payload)[2:-1],
    ]
    assert all(secret.encode() in before for secret in (HOST, MAC, IP, USER, payload.hex()))
    for secret in [secret.encode() for secret in secrets] + [payload]:
        assert secret not in after
    form.read(path)


def test_no_secret_of_real_processes_is_in_any_byte(scene: Scene, tmp_path: Path) -> None:
    primary, secondary = scene.primary(), scene.secondary()
    asked, answered = b"the secret question", b"\x00\x01the secret answer"
    primary.call("mp_action_register", name="ping", manner="reply", reply_param=answered)
    with Ghost(scene) as ghost:
        ghost.send(MpType.MP_MSG, "ping", asked)
        primary.expect("action", action="ping")
    secondary.call("mp_request_sync", name="ping", param=asked, timeout="ample")
    scene.close()
    case = reports.case(
        "breaks", f"{answered!r}", clause=example.CLAUSE, scene=str(scene.directory)
    )
    case["events"] = sequence.of(sequence.lines_of(scene.timeline.path))
    made = make.of_case(reports.report(case), case, [])
    before = _all_bytes(example.written(tmp_path, made))
    path = example.written(tmp_path, redact.redacted(made), "less")
    after = _all_bytes(path)
    secrets = [asked, asked.hex().encode(), answered[2:], answered.hex().encode()]
    secrets += [str(facts.ROOT).encode()]
    assert all(secret in before for secret in secrets if secret != asked)
    assert not any(secret in after for secret in secrets)
    text = form.read(path).scenario
    assert text and re.search(r"mp_request_sync name=ping param=6[1-9](78){18} ", text)


def test_what_is_left_out_is_said_in_the_manifest_and_on_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = redact.redacted(_bundle(tmp_path, monkeypatch, b"the secret"))
    assert done.manifest["left_out"] == [
        "scene/far.pcap: it is no text, and was redacted",
        "scene/memory: it is no text, and was redacted",
        "scene/primary1/core.7.zst: it is no text, and was redacted",
    ]
    assert done.manifest["host"] == {"name": "host1"}
    told = [line.partition(":")[0] for line in done.manifest["redacted"]]
    assert told == [
        "IPv4 addresses",
        "MAC addresses",
        "host names",
        "paths",
        "user names",
        "payloads",
    ]
    page = done.files[form.PAGE].decode()
    for line in done.manifest["redacted"]:
        assert f"redacted: {line}" in page
    assert "left out: scene/far.pcap" in page and "a bundle of host1, made" in page


def test_redacted_bundle_tells_the_same_and_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = _bundle(tmp_path, monkeypatch, b"the secret")
    path = example.written(tmp_path, redact.redacted(made))
    report = runs.read(path)
    (case,) = report["clauses"]
    assert report["called"] == "DPDK 22.11.11"
    assert case["actual"] == "it is (b'axxxxxxxxx', '02:00:00:00:00:01', '198.18.0.1')"
    calls = [event["text"] for event in case["events"] if event["what"] == "call"]
    assert calls[0] == f"mp_sendmsg param={b'axxxxxxxxx'.hex()}"
    assert case["files"]["primary1/output"].startswith(
        "host1 02:00:00:00:00:01 198.18.0.1 /home/user1"
    )
    done = form.read(path)
    assert done.manifest["run"]["options"] == made.manifest["run"]["options"]
    assert done.scenario and f"mp_sendmsg param={b'axxxxxxxxx'.hex()}" in done.scenario


def test_payload_that_cannot_be_told_from_our_words_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = _bundle(tmp_path, monkeypatch, b"mp_sendmsg")
    with pytest.raises(
        CannotRun, match="would still have one of the payloads.*Nothing was written"
    ):
        redact.redacted(made)


def test_bundle_is_redacted_once_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    once = redact.redacted(_bundle(tmp_path, monkeypatch, b"the secret"))
    twice = redact.redacted(once)
    assert (
        json.loads(twice.files[form.REPORT])["clauses"]
        == json.loads(once.files[form.REPORT])["clauses"]
    )
    assert twice.manifest["redacted"][: len(once.manifest["redacted"])] == once.manifest["redacted"]
