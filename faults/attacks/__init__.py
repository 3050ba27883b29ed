# SPDX-License-Identifier: BSD-3-Clause
"""The attacks of `faults/attack` on a deployment that Gauntlet did not start."""
