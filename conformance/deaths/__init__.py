# SPDX-License-Identifier: BSD-3-Clause
"""The state that a process leaves when it is killed inside an operation: ranges of instructions, and
their table."""
