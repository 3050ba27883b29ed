# SPDX-License-Identifier: BSD-3-Clause
"""Staged ordered rings (rte_soring.h) between processes."""
