# SPDX-License-Identifier: BSD-3-Clause
"""Scenarios: a deployment, what its processes do, what goes wrong, and what is expected, as one text."""
