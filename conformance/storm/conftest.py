# SPDX-License-Identifier: BSD-3-Clause
"""The verbs of the peer, for the tests of storms."""

from conformance.scenario.conftest import verbs

__all__ = ["verbs"]
