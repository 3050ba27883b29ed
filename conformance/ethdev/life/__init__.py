# SPDX-License-Identifier: BSD-3-Clause
"""A port's life, as a secondary sees it that receives from the port or sends to it."""
