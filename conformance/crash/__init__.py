# SPDX-License-Identifier: BSD-3-Clause
"""What becomes of the others when a process dies at a system call, or when that call fails."""
