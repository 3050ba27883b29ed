# SPDX-License-Identifier: BSD-3-Clause
"""How much of DPDK's source the contract reaches: the parts of ci/coverage."""
