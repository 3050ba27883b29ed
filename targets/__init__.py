# SPDX-License-Identifier: BSD-3-Clause
"""A process under test, and the hand that holds it."""
