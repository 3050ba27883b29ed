# SPDX-License-Identifier: BSD-3-Clause
"""Processes of one deployment that are not alike, as in containers or beside a daemon."""
