# SPDX-License-Identifier: BSD-3-Clause
"""Leaves out of a bundle what it says of its host and its users: names, addresses, payloads. Says what.

What is alike stays alike, so that the bundle still tells what happened and runs: each name and address is
replaced by another one of its kind, each payload by letters, of the same length. Files that are no text
are left out.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ci.answer import runs
from ci.bundles import format as form
from ci.bundles import make
from ci.bundles.format import Bundle
from ci.bundles.secrets import Secrets
from ci.host.say import CannotRun
from conformance.verdicts import evidence, sequence

# Of the values of JSON those that are not anybody's: words of ours, and node ids of this tree.
_KEPT_KEYS = frozenset(
    "schema release counts clause source since strength verdict how who what verb began made format "
    "kind options files dpdk compiler at re id thread sha256".split()
)


def redacted(bundle: Bundle) -> Bundle:
    """The bundle without them. CannotRun where something of them would stay."""
    secrets = Secrets()
    texts, binary = _parted(bundle.files)
    host = bundle.manifest["host"]
    secrets.learn_host(host["name"], host.get("private", {}), bundle.manifest["run"]["port"])
    for text in texts.values():
        secrets.learn_text(text)
    for name, text in texts.items():
        if name.endswith(".jsonl"):
            for line in text.splitlines():
                secrets.learn_json(json.loads(line))
    secrets.settle()

    report = _json(json.loads(texts.pop(form.REPORT)), secrets)
    texts.pop(form.PAGE, None)  # It is made anew.
    others = {name: _file(name, text, secrets) for name, text in texts.items()}
    manifest = _json(bundle.manifest, secrets)
    manifest["host"] = {"name": secrets.text(host["name"])}
    manifest["left_out"] += [f"{name}: it is no text, and was redacted" for name in binary]
    manifest["redacted"] = [*(bundle.manifest["redacted"] or []), *secrets.told()]
    _tell_anew(report, others)
    report["called"] = report["dpdk"]  # Whoever runs many hosts calls a run by its host.
    done = make.told_by(manifest, report, {name: text.encode() for name, text in others.items()})
    _prove(done, secrets)
    return done


def _parted(files: dict[str, bytes]) -> tuple[dict[str, str], list[str]]:
    """The files that are text, and the names of those that are not."""
    texts, binary = {}, []
    for name, content in files.items():
        try:
            texts[name] = content.decode()
        except UnicodeDecodeError:
            binary.append(name)
            continue
        if "\0" in texts[name]:
            binary.append(name)
            del texts[name]
    return texts, binary


def _file(name: str, text: str, secrets: Secrets) -> str:
    if not name.endswith(".jsonl"):
        return secrets.text(text)
    lines = (json.dumps(_json(json.loads(line), secrets)) for line in text.splitlines())
    return "".join(f"{line}\n" for line in lines)


def _json(value: Any, secrets: Secrets, key: str = "") -> Any:
    """The same JSON, without secrets in its texts."""
    if isinstance(value, dict):
        if key == "files" and all(isinstance(each, str) for each in value.values()):
            return {name: secrets.text(each) for name, each in value.items()}
        return {
            name: each if name in _KEPT_KEYS and name != "files" else _json(each, secrets, name)
            for name, each in value.items()
        }
    if isinstance(value, list):
        return [_json(each, secrets, key) for each in value]
    return secrets.value(key, value) if isinstance(value, str) else value


def _tell_anew(report: dict[str, Any], texts: dict[str, str]) -> None:
    """Makes the events of the report's case, and the ends of its files, from what is redacted already: in
    a report they are cut, and the half of a secret is not found."""
    (case,) = report["clauses"]
    lines = [
        sorted(map(json.loads, text.splitlines()), key=lambda line: int(line["at"]))
        for name, text in sorted(texts.items())
        if name.endswith("/timeline.jsonl")
    ]
    if "events" in case:
        case["events"] = [event for one in lines for event in sequence.of(one)]
    if "files" in case:
        below = {name.removeprefix(f"{form.SCENE}/"): text for name, text in texts.items()}
        case["files"] = {
            name: evidence.end_of(below[name]) for name in case["files"] if name in below
        }


def _prove(bundle: Bundle, secrets: Secrets) -> None:
    """CannotRun where a secret is left in a file, or the report is none any more."""
    everything = {**bundle.files, form.MANIFEST: json.dumps(bundle.manifest).encode()}
    for name, content in everything.items():
        kind = secrets.left_in(content.decode())
        if kind:
            raise CannotRun(
                f"{name} would still have {kind}, which is a word of Gauntlet's, too: it cannot be told "
                "apart. Nothing was written"
            )
    runs.checked(json.loads(bundle.files[form.REPORT]), Path(form.REPORT))
