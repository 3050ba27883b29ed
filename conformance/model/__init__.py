# SPDX-License-Identifier: BSD-3-Clause
"""The IPC contract as an executable model, and what compares it with real peers."""
