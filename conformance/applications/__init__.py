# SPDX-License-Identifier: BSD-3-Clause
"""Real DPDK applications whose peer is silent, dead, ignoring them or lying."""
