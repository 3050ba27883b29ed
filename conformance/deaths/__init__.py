# SPDX-License-Identifier: BSD-3-Clause
"""What a process leaves that is killed inside one operation: ranges of instructions, and their table."""
