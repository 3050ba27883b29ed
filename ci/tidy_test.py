# SPDX-License-Identifier: BSD-3-Clause
"""Proves that a source is read again when anything that it reads has changed, and only then."""

from __future__ import annotations

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ci import tidy
from ci.tidy import Tidy


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with one source, one header and what the compiler has noted of them."""
    (tmp_path / ".clang-tidy").write_text("Checks: '*'\n")
    (tmp_path / "x.cpp").write_text('#include "a header.hpp"\n')
    (tmp_path / "a header.hpp").write_text("int x;\n")
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "x.o.d").write_text("x.o: ../x.cpp \\\n ../a\\ header.hpp\n")
    _compiled(tmp_path, "c++ -o x.o -c ../x.cpp")
    return tmp_path


def _compiled(checkout: Path, command: str) -> None:
    entry = {
        "directory": str(checkout / "build"),
        "command": command,
        "file": str(checkout / "x.cpp"),
    }
    (checkout / "build" / "compile_commands.json").write_text(json.dumps([entry]))


def _stale(checkout: Path) -> list[str]:
    return Tidy(checkout, checkout / "build", ["x.cpp"]).stale()


def _stamp(checkout: Path) -> None:
    Tidy(checkout, checkout / "build", ["x.cpp"]).stamp("x.cpp")


def test_clean_source_is_not_read_again(checkout: Path) -> None:
    before = _stale(checkout)
    _stamp(checkout)
    assert (before, _stale(checkout)) == (["x.cpp"], [])


@pytest.mark.parametrize("name", ["x.cpp", "a header.hpp", ".clang-tidy"])
def test_source_is_read_again_when_a_file_changes(checkout: Path, name: str) -> None:
    _stamp(checkout)
    (checkout / name).write_text("changed\n")
    assert _stale(checkout) == ["x.cpp"]


def test_source_is_read_again_when_a_header_is_gone(checkout: Path) -> None:
    _stamp(checkout)
    (checkout / "a header.hpp").unlink()
    assert _stale(checkout) == ["x.cpp"]


def test_source_is_read_again_when_its_command_changes(checkout: Path) -> None:
    _stamp(checkout)
    _compiled(checkout, "c++ -DX -o x.o -c ../x.cpp")
    assert _stale(checkout) == ["x.cpp"]


def test_source_is_read_again_by_another_clang_tidy(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _stamp(checkout)
    monkeypatch.setattr(tidy, "PROGRAM", "echo")
    assert _stale(checkout) == ["x.cpp"]


def test_source_that_changed_while_it_was_read_stays_stale(checkout: Path) -> None:
    running = Tidy(checkout, checkout / "build", ["x.cpp"])
    running.stale()
    (checkout / "x.cpp").write_text("changed\n")
    running.stamp("x.cpp")
    assert _stale(checkout) == ["x.cpp"]


@pytest.mark.parametrize("lacking", ["x.o.d", "compile_commands.json"])
def test_source_that_nothing_is_known_of_is_always_read(checkout: Path, lacking: str) -> None:
    (checkout / "build" / lacking).unlink()
    running = Tidy(checkout, checkout / "build", ["x.cpp"])
    running.stale()
    running.stamp("x.cpp")
    assert _stale(checkout) == ["x.cpp"]


def test_stamps_of_the_past_are_removed(checkout: Path) -> None:
    _stamp(checkout)
    (checkout / "x.cpp").write_text("changed\n")
    _stale(checkout)
    left = [path for path in (checkout / "build" / "tidy").iterdir() if path.is_file()]
    assert left == []


# -- what is found, by the real clang-tidy ----------------------------------------------------------


@pytest.fixture
def pair(tmp_path: Path) -> Path:
    """A checkout with two clean sources that are compiled alike."""
    checks = "-*,clang-analyzer-*,modernize-use-nullptr,readability-duplicate-include"
    (tmp_path / ".clang-tidy").write_text(f"Checks: '{checks}'\nWarningsAsErrors: '*'\n")
    (tmp_path / "build").mkdir()
    entries = []
    for name in ("one", "two"):
        (tmp_path / f"{name}.cpp").write_text(f"int {name}(int x) {{ return x; }}\n")
        (tmp_path / "build" / f"{name}.o.d").write_text(f"{name}.o: ../{name}.cpp\n")
        file = str(tmp_path / f"{name}.cpp")
        entry = {"directory": str(tmp_path / "build"), "file": file}
        entries.append({**entry, "command": f"c++ -std=c++20 -o {name}.o -c {file}"})
    (tmp_path / "build" / "compile_commands.json").write_text(json.dumps(entries))
    return tmp_path


def _complaints(checkout: Path) -> dict[str, str]:
    with ThreadPoolExecutor(2) as pool:
        return Tidy(checkout, checkout / "build", ["one.cpp", "two.cpp"]).complaints(pool)


def test_clean_sources_are_read_once(pair: Path) -> None:
    assert _complaints(pair) == {}
    assert Tidy(pair, pair / "build", ["one.cpp", "two.cpp"]).stale() == []


@pytest.mark.parametrize(
    "fault, check",
    [
        ("int* two() { return 0; }\n", "modernize-use-nullptr"),
        ("int two() {\n  int* p = nullptr;\n  return *p;\n}\n", "core.NullDereference"),
        ("#include <stddef.h>\n#include <stddef.h>\nint two();\n", "readability-duplicate-include"),
        ("int two() { return nothing; }\n", "clang-diagnostic-error"),
    ],
)
def test_fault_is_told_of_the_source_that_has_it(pair: Path, fault: str, check: str) -> None:
    (pair / "two.cpp").write_text(fault)
    found = _complaints(pair)
    assert list(found) == ["two.cpp"] and check in found["two.cpp"]
    assert Tidy(pair, pair / "build", ["one.cpp", "two.cpp"]).stale() == ["two.cpp"]


def test_same_include_in_two_sources_is_no_fault(pair: Path) -> None:
    for name in ("one", "two"):
        (pair / f"{name}.cpp").write_text(f"#include <stddef.h>\nsize_t {name}();\n")
    assert _complaints(pair) == {}


@pytest.mark.parametrize(
    "secret", ["namespace {\nint f() { return 1; }\n}  // namespace\n", "static int f();\n"]
)
def test_sources_with_a_name_of_their_own_in_common(pair: Path, secret: str) -> None:
    for name in ("one", "two"):
        text = secret.replace("f();", "f() { return 1; }")
        (pair / f"{name}.cpp").write_text(f"{text}int {name}() {{ return f(); }}\n")
    assert _complaints(pair) == {}


def test_names_of_a_source_are_those_between_the_braces() -> None:
    text = (
        "int outside();\n\nnamespace {\n\n// A comment.\nstruct Loop {\n  int inner();\n};\n\n"
        "std::optional<std::string> refusal(const Json& x) {\n  return {};\n}\n\n"
        "constexpr int kShort = 4;\n\nTEST_F(LoopTest, Ends) {}\n\n"
        "}  // namespace\n\nint also_outside();\n"
    )
    assert tidy.private_names(text) == {"Loop", "refusal", "kShort", "LoopTest_Ends_Test"}


def test_header_that_gcc_has_precompiled_is_read_as_text(tmp_path: Path) -> None:
    header = tmp_path / "cmake_pch.hxx"
    header.write_text("int declared;\n")
    header.with_name("cmake_pch.hxx.gch").write_text("not clang's")
    source = tmp_path / "x.cpp"
    source.write_text("int taken = declared;\n")
    command = f"c++ -Winvalid-pch -include {header} -o x.o -c {source}"
    entry = {"directory": str(tmp_path), "file": str(source), "command": command}
    (told,) = tidy.without_precompiled([entry], tmp_path / "commands")
    assert str(header) not in told["command"]
    (tmp_path / "compile_commands.json").write_text(json.dumps([entry]))
    for folder, works in ((tmp_path / "commands", True), (tmp_path, False)):
        argv = [tidy.PROGRAM, "-p", str(folder), "--quiet", "--checks=-*,bugprone-*", str(source)]
        ran = subprocess.run(argv, capture_output=True)
        # Some clang takes gcc's file for an error, a later one warns and reads the text.
        assert (ran.returncode == 0 and b"generated" not in ran.stdout + ran.stderr) is works
