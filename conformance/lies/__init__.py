# SPDX-License-Identifier: BSD-3-Clause
"""Finds assertions that cannot fail: a clause is run again, and told one lie about what it looked at."""
