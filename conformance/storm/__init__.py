# SPDX-License-Identifier: BSD-3-Clause
"""Storms: scenarios by chance, for hours, and a scenario for each way of failing that they find."""
