# SPDX-License-Identifier: BSD-3-Clause
"""A ring that a killed process has torn, and what a supervisor can do about it."""
