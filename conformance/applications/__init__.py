# SPDX-License-Identifier: BSD-3-Clause
"""What real DPDK applications do when the process they talk to is silent, dead, ignoring or lying."""
