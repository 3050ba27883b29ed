# SPDX-License-Identifier: BSD-3-Clause
"""What `faults/attack` can do to a deployment that Gauntlet did not start."""
