# SPDX-License-Identifier: BSD-3-Clause
"""The commands: how the contract is run, where DPDK comes from, what is reported. Standard library
only: ci runs before anything is installed."""
