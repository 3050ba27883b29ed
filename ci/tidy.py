# SPDX-License-Identifier: BSD-3-Clause
"""clang-tidy over our C++ sources, most of them as one; a clean one is read again when it has changed.

Nearly all of clang-tidy's time goes into the headers of DPDK and of the JSON library, for each source
anew. So the sources that are compiled alike are read together, as if they were one, by all checks that
give the same answer then; by the others each for itself. Where something is found, or sources do not go
together, each of them is read for itself, by all checks: that answer counts.

What a source reads is what the compiler has noted of it in the build tree, which is up to date when this
runs. A clean source leaves a stamp there; a clone without stamps has every source read.
"""

from __future__ import annotations

import hashlib
import json
import re
import shlex
import subprocess
from collections.abc import Iterable
from concurrent.futures import Executor
from functools import cached_property
from pathlib import Path

PROGRAM = "clang-tidy"

# Checks of the main file alone: a source that is included in another one is none.
ALONE = re.compile(r"clang-analyzer-|readability-duplicate-include$|modernize-deprecated-headers$")


class Tidy:
    """The sources of a checkout, each with a key: a digest of all that clang-tidy's answer depends on.

    root: the checkout, with its .clang-tidy.  build: its build tree.
    """

    def __init__(self, root: Path, build: Path, sources: Iterable[str]) -> None:
        self._root = root
        self.build = build
        self._stamps = build / "tidy"
        self._digests: dict[Path, str] = {}
        version = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True).stdout
        self._config = root / ".clang-tidy"
        self._told = [version, self._digest(self._config)]
        database = build / "compile_commands.json"
        entries = json.loads(database.read_text()) if database.exists() else []
        self._commands = self._stamps / "commands"
        entries = without_precompiled(entries, self._commands)
        self._compiled = {entry["file"]: entry for entry in entries}
        self.keys = {
            source: self._key(self._compiled.get(str((root / source).resolve())))
            for source in sources
        }

    def stale(self) -> list[str]:
        """The sources that have no stamp. Stamps of what is no longer there are removed."""
        self._stamps.mkdir(parents=True, exist_ok=True)
        for stamp in self._stamps.iterdir():
            if stamp.is_file() and stamp.name not in self.keys.values():
                stamp.unlink()
        return [source for source, key in self.keys.items() if not (self._stamps / key).is_file()]

    def complaints(self, pool: Executor) -> dict[str, str]:
        """Reads every stale source, stamps the clean ones; what is said of the others."""
        groups = self._groups(self.stale())
        together = [group for group in groups if len(group) > 1]
        clean = list(pool.map(self._clean_together, together))
        doubtful = [group for group, is_clean in zip(together, clean) if not is_clean]
        single = [
            source for group in groups if len(group) == 1 or group in doubtful for source in group
        ]
        alone = [source for group in together if group not in doubtful for source in group]
        only = ",".join(["-*", *self._alone])
        said = {
            **dict(zip(single, pool.map(self._read, single))),
            **dict(zip(alone, pool.map(lambda source: self._read(source, only), alone))),
        }
        for source in said:
            if said[source] is None:
                self.stamp(source)
        return {source: text for source, text in said.items() if text is not None}

    def _clean_together(self, group: list[str]) -> bool:
        """True if the checks that may read these sources as one find nothing in them."""
        name = hashlib.sha256("\n".join(group).encode()).hexdigest()[:16]
        folder = self._stamps / f"as-one-{name}"
        folder.mkdir(parents=True, exist_ok=True)
        one = folder / "one.cpp"
        lines = [
            f'#include "{self._root / source}"  // NOLINT(bugprone-suspicious-include)'
            for source in group
        ]
        one.write_text("\n".join(lines) + "\n")
        entry = self._compiled[str((self._root / group[0]).resolve())]
        arguments = [*_flags(entry), "-c", str(one)]
        database = [{"directory": entry["directory"], "file": str(one), "arguments": arguments}]
        (folder / "compile_commands.json").write_text(json.dumps(database))
        config = f"--config-file={self._config}"
        without = "--checks=" + ",".join(f"-{check}" for check in self._alone)
        # What is found in an included file is told where this matches: in our headers, and in sources.
        headers = re.search(r"^HeaderFilterRegex: *'(.*)'$", self._config.read_text(), re.MULTILINE)
        told = "|".join([r"\.cpp$", *([headers[1]] if headers else [])])
        return (
            _said(
                [
                    PROGRAM,
                    "-p",
                    str(folder),
                    "--quiet",
                    config,
                    without,
                    f"--header-filter={told}",
                    str(one),
                ],
                self._root,
            )
            is None
        )

    @cached_property
    def _alone(self) -> list[str]:
        """The checks that are on here and read each source alone."""
        argv = [PROGRAM, "--list-checks", f"--config-file={self._config}"]
        listed = subprocess.run(argv, capture_output=True, text=True).stdout.split()
        return [check for check in listed if ALONE.match(check)]

    def _read(self, source: str, checks: str = "") -> str | None:
        more = [f"--checks={checks}"] if checks else []
        return _said([PROGRAM, "-p", str(self._commands), "--quiet", *more, source], self._root)

    def _groups(self, sources: list[str]) -> list[list[str]]:
        """Sources that are compiled alike and that have no name of their own in common."""
        groups: list[tuple[object, set[str], list[str]]] = []
        for source in sources:
            entry = self._compiled.get(str((self._root / source).resolve()))
            alike = _flags(entry) if entry else source
            names = private_names((self._root / source).read_text())
            for flags, taken, group in groups:
                if flags == alike and not taken & names:
                    taken |= names
                    group.append(source)
                    break
            else:
                groups.append((alike, names, [source]))
        return [group for _, _, group in groups]

    def stamp(self, source: str) -> None:
        """Notes that a source is clean: from now on it is not stale."""
        if self.keys[source]:
            self._stamps.mkdir(parents=True, exist_ok=True)
            (self._stamps / self.keys[source]).touch()

    def _key(self, entry: dict[str, str] | None) -> str:
        """ "" where the compiler has noted nothing of a source: then it is always stale."""
        notes = _notes(entry) if entry else None
        if entry is None or notes is None or not notes.exists():
            return ""
        read = {(Path(entry["directory"]) / path).resolve() for path in noted(notes.read_text())}
        told = [*self._told, entry["command"]]
        told += [f"{path} {self._digest(path)}" for path in sorted(read)]
        return hashlib.sha256("\n".join(told).encode()).hexdigest()

    def _digest(self, path: Path) -> str:
        if path not in self._digests:
            content = path.read_bytes() if path.exists() else b"missing"
            self._digests[path] = hashlib.sha256(content).hexdigest()
        return self._digests[path]


def _notes(entry: dict[str, str]) -> Path | None:
    """The file with what the compiler has read: beside the object, with its name and ".d"."""
    argv = shlex.split(entry["command"])
    return Path(entry["directory"]) / (argv[argv.index("-o") + 1] + ".d") if "-o" in argv else None


def without_precompiled(entries: list[dict[str, str]], folder: Path) -> list[dict[str, str]]:
    """The entries, whose precompiled headers are included as text; `folder` gets them as a database.

    clang takes FILE.gch beside an included FILE for one of its own, and g++ has made it: so the text is
    copied to where there is none.
    """
    folder.mkdir(parents=True, exist_ok=True)
    told = []
    for entry in entries:
        command = entry["command"]
        for header in re.findall(r"-include (\S+/cmake_pch\.hxx)(?=\s)", command):
            text = Path(header).read_bytes() if Path(header).exists() else header.encode()
            copy = folder / (hashlib.sha256(text).hexdigest()[:16] + ".hxx")
            if Path(header).exists():
                copy.write_bytes(text)
            command = command.replace(f"-include {header} ", f"-include {copy} ")
        told.append({**entry, "command": command})
    (folder / "compile_commands.json").write_text(json.dumps(told))
    return told


def _flags(entry: dict[str, str]) -> list[str]:
    """The compiler and its options, without the source, the object, and how that is optimised."""
    argv = shlex.split(entry["command"])
    if "-o" in argv:
        del argv[argv.index("-o") : argv.index("-o") + 2]
    left_out = ("-c", entry["file"])
    return [word for word in argv if word not in left_out and not re.fullmatch(r"-[Og]\d?", word)]


def _said(argv: list[str], root: Path) -> str | None:
    """The complaints of clang-tidy; None where it finds nothing."""
    done = subprocess.run(
        argv, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    return done.stdout if done.returncode else None


def private_names(text: str) -> set[str]:
    """The names that a source defines in unnamed namespaces: two sources with one in common are
    not one source. Read from the left margin, where clang-format puts it; too many names do no harm.
    """
    inside = "".join(
        re.findall(r"^namespace \{$(.*?)^\}  // namespace$", text, re.DOTALL | re.MULTILINE)
    )
    # A test is named by both of its words.
    inside = re.sub(
        r"^TEST(?:_F|_P)?\((\w+),\s*(\w+)\)", r"\1_\2_Test()", inside, flags=re.MULTILINE
    )
    heads = re.findall(r"^(?![#/}\s])(.*)", inside, re.MULTILINE)
    named = (re.search(r"(\w+)\s*(?:[({;=\[]|:(?!:)|$)", head) for head in heads)
    return {found[1] for found in named if found}


def noted(rule: str) -> list[str]:
    """The files of a rule of make, as compilers write it: "target: file file \\\\"."""
    _target, _, files = rule.replace("\\\n", " ").partition(": ")
    return [re.sub(r"\\(.)", r"\1", file) for file in re.findall(r"(?:\\.|[^\s\\])+", files)]
