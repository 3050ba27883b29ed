# SPDX-License-Identifier: BSD-3-Clause
"""The contract of rte_ring between processes."""
