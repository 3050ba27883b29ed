# SPDX-License-Identifier: BSD-3-Clause
"""Clauses about libraries that keep their objects in shared memory: which of them processes may share."""
