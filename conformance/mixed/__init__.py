# SPDX-License-Identifier: BSD-3-Clause
"""The contract of two releases of DPDK over one runtime directory: who is refused, in which words, and
what each does to the other. A clause is about the DPDK of the run; the other one is beside it.
"""
