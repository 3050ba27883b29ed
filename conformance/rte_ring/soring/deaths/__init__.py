# SPDX-License-Identifier: BSD-3-Clause
"""A process killed at each instruction of an operation on a staged ordered ring."""
