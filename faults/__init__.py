# SPDX-License-Identifier: BSD-3-Clause
"""Disturbances: each has a name, a gate, a start, a heal, and proof that it bit."""
