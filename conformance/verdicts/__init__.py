# SPDX-License-Identifier: BSD-3-Clause
"""The promise of a clause, its run, its verdict and its report: no clause is in here."""
