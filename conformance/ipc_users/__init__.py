# SPDX-License-Identifier: BSD-3-Clause
"""The users of rte_mp inside DPDK, each provoked through its public API."""

import pytest

# A burst that was not passed on whole is told as in a clause: what was seen, and what was promised.
pytest.register_assert_rewrite("conformance.ipc_users.capture")
