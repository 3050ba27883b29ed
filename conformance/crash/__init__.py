# SPDX-License-Identifier: BSD-3-Clause
"""The effects on the other processes when a process dies at a system call, or when the call fails."""
