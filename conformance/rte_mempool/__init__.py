# SPDX-License-Identifier: BSD-3-Clause
"""Clauses about memory pools that processes share, whose caches outlive them."""
