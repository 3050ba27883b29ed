# SPDX-License-Identifier: BSD-3-Clause
"""The contract of rte_mp_*."""
