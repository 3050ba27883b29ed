# SPDX-License-Identifier: BSD-3-Clause
"""The contract: a test function for each promise; its docstring is the clause."""
