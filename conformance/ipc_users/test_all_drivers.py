# SPDX-License-Identifier: BSD-3-Clause
"""Processes that load every driver that is installed, as they do outside a scene."""

from pathlib import Path

from conformance.roles import both_roles
from conformance.ipc_users.device import ports
from conformance.verdicts.run import Run
from targets import drivers
from targets.outcome import Unavailable


@both_roles
def test_all_drivers_do_no_harm(run: Run, scene_directory: Path, role: str):
    """Processes that have loaded every installed driver share their devices, and a request is answered.

    Source: guide, "Multi-process Support"; eal_common_options.c, eal_plugins_init
    Since: 18.05   Strength: documented
    """
    installed = drivers.of(run.dpdk)
    if installed is None:
        raise Unavailable("this DPDK has no folder of drivers: what it has is linked in")
    with run.scene(scene_directory, all_drivers=True) as scene:
        peers = {"primary": scene.primary("--vdev=net_null0"), "secondary": scene.secondary()}
        requester = peers.pop(role)
        (responder,) = peers.values()
        loaded = [drivers.loaded(peer.pid) >= installed.installed for peer in scene.peers]
        responder.call("mp_action_register", name="ping", manner="reply", reply_param=b"pong")
        r = requester.call("mp_request_sync", name="ping", timeout="ample")
        assert (loaded, ports(requester, responder)) == ([True, True], [1, 1])
        assert (r.ret, [bytes.fromhex(m.param) for m in r.msgs]) == (0, [b"pong"])
