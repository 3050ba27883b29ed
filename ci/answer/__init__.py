# SPDX-License-Identifier: BSD-3-Clause
"""What runs say, and what changes between them: as text, as a page, for other programs."""
