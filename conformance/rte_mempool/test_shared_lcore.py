# SPDX-License-Identifier: BSD-3-Clause
"""Two living processes on one pool: with an lcore each, and with the same one."""

from targets.observed import observed
from targets.peer import Peer
from targets.scene import Scene

N = 8
LAST = 100  # more instructions than a get from the cache has


@observed
def _meet(scene: Scene, lcore: int, other: int) -> list[int]:
    """Stops a process in a get, after every second of its instructions in turn, while another process
    gets as many mbufs. Returns the number of mbufs that both got, for each turn; the turns end once
    both got some."""
    primary = scene.primary()
    scene.hugepages()
    primary.call("pktmbuf_pool_create", name="p", n=511, cache_size=64, data_room_size=0)
    one, two = scene.secondary(lcore=lcore), scene.secondary(lcore=other)
    for peer in (one, two):
        peer.call("mempool_put_bulk", name="p", objs=_get(peer))
    both: list[int] = []
    for executed in range(0, LAST, 2):
        inside = one.tell("mempool_die_inside", name="p", n=N, executed=executed, stay=True)
        scene.wait_until(lambda: one.said("inside") or inside.answered, "a get to be under way")
        if inside.answered:
            one.call("mempool_put_bulk", name="p", objs=inside.answer().objs)
            break
        one.expect("inside")
        got = _get(two)
        one.call("release", of=inside.id)
        mine = inside.answer().objs
        both.append(len(set(mine) & set(got)))
        if both[-1]:
            break
        one.call("mempool_put_bulk", name="p", objs=mine)
        two.call("mempool_put_bulk", name="p", objs=got)
    return both


def _get(peer: Peer) -> list[int]:
    objs: list[int] = peer.call("mempool_get_bulk", name="p", n=N).objs
    return objs


def test_own_lcores_share_no_mbuf(scene: Scene):
    """Two processes with an lcore each never get the same mbuf, wherever one of them is stopped in a
    get.

    Source: guide, "Multi-process Limitations": "must have distinct coremask/corelist arguments"
    Since: 16.07   Strength: documented
    """
    both = _meet(scene, 1, 2)
    assert (len(both) > N, set(both)) == (True, {0})


def test_same_lcore_gives_one_mbuf_to_two(scene: Scene):
    """Two processes with the same lcore get the same mbufs when one of them is preempted inside a get.

    Source: guide, "Multi-process Limitations": "can cause corruption of memory pool caches"
    Since: 16.07   Strength: measured
    """
    assert max(_meet(scene, 1, 1)) == N
