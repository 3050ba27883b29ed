# SPDX-License-Identifier: BSD-3-Clause
"""Ports that several processes drive together."""
