# SPDX-License-Identifier: BSD-3-Clause
"""A process killed at each instruction of a mempool's get and put."""
