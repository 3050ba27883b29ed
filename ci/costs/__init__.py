# SPDX-License-Identifier: BSD-3-Clause
"""What relays and rings cost, measured: the parts of ci/benchmark."""
