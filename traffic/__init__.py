# SPDX-License-Identifier: BSD-3-Clause
"""Packets in, packets out, and what may be lost. Imports nothing of ours."""
