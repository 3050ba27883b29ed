# SPDX-License-Identifier: BSD-3-Clause
"""A secondary with less address space than the primary."""

from conformance.unlike.start import all_talk, outcomes_within
from targets.scene import Scene

# Each step of rte_eal_init that takes addresses is the first that gets none of one of them. The least is
# enough to load the program, the most for EAL, which takes less than 2**37 bytes.
FEW = [2**power for power in range(28, 38)]


def test_little_address_space_is_enough_or_the_reason(scene: Scene):
    """A secondary whose address space is limited attaches, or fails in rte_eal_init with a reason;
    however little that is, it harms nobody.

    Source: rte_eal.h, rte_eal_init: "-1 and rte_errno is set to a value indicating the cause for failure"
    Since: 18.05   Strength: must
    """
    scene.primary()
    outcomes = outcomes_within(scene, "as", FEW)
    scene.secondary()
    assert (outcomes, all_talk(scene)) == ({"ready", "refused: ENOMEM"}, [])
