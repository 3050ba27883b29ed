# SPDX-License-Identifier: BSD-3-Clause
"""The report on a deployment that hangs: what is seen of it, what that means, in words."""
