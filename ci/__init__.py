# SPDX-License-Identifier: BSD-3-Clause
"""How it is run, where DPDK comes from, what is reported. Standard library only: it runs first."""
