# SPDX-License-Identifier: BSD-3-Clause
"""Port kinds: the EAL arguments that make one, and the wire on which the kernel sees it."""
