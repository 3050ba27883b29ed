# SPDX-License-Identifier: BSD-3-Clause
"""The contract of what EAL's processes share without asking: locks in shared memory."""
