# SPDX-License-Identifier: BSD-3-Clause
"""Other hosts, reached by SSH."""
