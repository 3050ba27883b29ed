# SPDX-License-Identifier: BSD-3-Clause
"""The file of ci/hosts: what it means, and that what is wrong in it is told in one line."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ci.far.hosts_file import Host, read
from ci.host.say import CannotRun
from traffic.far.address import SshAddress

ROOT = Path(__file__).resolve().parents[2]

PLAIN = '[[host]]\nssh = "root@lab1"\nports = ["net_tap"]\n'


def _file(folder: Path, text: str) -> Path:
    path = folder / "hosts.toml"
    path.write_text(text)
    return path


def test_a_host_has_a_name_a_folder_and_arguments_of_its_own(tmp_path: Path) -> None:
    lab = SshAddress("lab1", "root")
    plain = Host("root@lab1", lab, "gauntlet", ("net_tap",), ("conformance/ethdev",))
    assert read(_file(tmp_path, PLAIN)) == [plain]
    more = PLAIN + 'name = "a"\nfolder = "/opt/g"\narguments = ["-k", "x y"]\n'
    assert read(_file(tmp_path, more)) == [Host("a", lab, "/opt/g", ("net_tap",), ("-k", "x y"))]


def test_the_example_is_such_a_file() -> None:
    hosts = read(ROOT / "ci" / "examples" / "hosts.toml")
    assert [(host.name, len(host.ports)) for host in hosts] == [("root@lab1", 2), ("next-door", 1)]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[[host", "is no TOML: "),
        ("", "it has no host; expected [[host]]"),
        ("host = []", "it has no host; expected [[host]]"),
        ("host = 1", "host is no list of tables"),
        ("[host]\nssh = 'a'", "host is no list of tables"),
        ("hosts = 1\n" + PLAIN, "unknown key 'hosts'"),
        (PLAIN + "port = 'x'", "host 1: unknown key 'port'; expected name, ssh, folder, ports"),
        (PLAIN + PLAIN, "two hosts are called 'root@lab1'"),
        (
            PLAIN + PLAIN + "name = 'a'\nfolder = 'gauntlet/'",
            "root@lab1 and a are one folder of one host",
        ),
        ("[[host]]\nports = ['net_tap']", "host 1: ssh is missing; expected a text"),
        (
            PLAIN.replace("root@lab1", "-oProxyCommand=x"),
            "host 1: name '-oProxyCommand=x' is no name",
        ),
        (PLAIN + "name = 'a/b'", "host 1: name 'a/b' is no name"),
        (PLAIN + "name = '..'", "host 1: name '..' is no name"),
        (
            PLAIN.replace("root@lab1", "a b") + "name = 'a'",
            "a: ssh: 'a b' is no [USER@]HOST[:PORT]",
        ),
        (PLAIN + "folder = '.'", "root@lab1: folder '.' cannot be Gauntlet's own"),
        (PLAIN + "folder = '/'", "root@lab1: folder '/' cannot be Gauntlet's own"),
        (PLAIN + 'folder = "a\\nb"', "root@lab1: folder 'a\\nb' cannot be Gauntlet's own"),
        (PLAIN + "folder = 3", "root@lab1: folder is 3; expected a text"),
        (PLAIN.replace('["net_tap"]', "[]"), "root@lab1: ports is []; expected a list of texts"),
        (
            PLAIN.replace('["net_tap"]', '"net_tap"'),
            "root@lab1: ports is 'net_tap'; expected a list",
        ),
        (PLAIN.replace('["net_tap"]', "[1]"), "root@lab1: ports is [1]; expected a list of texts"),
        (
            PLAIN.replace("net_tap", "net_tap;reboot"),
            "root@lab1: port 'net_tap;reboot': unknown kind",
        ),
        (PLAIN.replace("net_tap", "all"), "root@lab1: port 'all': unknown kind"),
        (PLAIN.replace("net_tap", 'net_tap", "net_tap'), "root@lab1: a port is named twice"),
        (PLAIN + "arguments = 'x'", "root@lab1: arguments is 'x'; expected a list of texts"),
    ],
)
def test_what_is_wrong_is_told_in_a_line(tmp_path: Path, text: str, why: str) -> None:
    path = _file(tmp_path, text)
    with pytest.raises(CannotRun) as told:
        read(path)
    assert str(told.value).startswith(str(path)) and why in str(told.value)
    assert "\n" not in str(told.value)


def test_the_command_ends_with_2_and_runs_nothing(tmp_path: Path) -> None:
    argv = [ROOT / "ci" / "hosts", tmp_path / "nowhere.toml"]
    done = subprocess.run(argv, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"ci/hosts: {tmp_path}/nowhere.toml cannot be read: ")
    assert done.stderr.count("\n") == 1
