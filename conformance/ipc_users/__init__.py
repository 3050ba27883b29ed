# SPDX-License-Identifier: BSD-3-Clause
"""The users of rte_mp inside DPDK, each provoked through its public API."""
