# SPDX-License-Identifier: BSD-3-Clause
"""A scenario as one C file that needs DPDK and nothing else."""
