# SPDX-License-Identifier: BSD-3-Clause
"""One promise per test function; its docstring is the clause."""
