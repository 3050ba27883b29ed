# SPDX-License-Identifier: BSD-3-Clause
"""A DPDK deployment that Gauntlet did not start: found, entered, locked, and left as it was."""
