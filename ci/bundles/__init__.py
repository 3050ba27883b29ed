# SPDX-License-Identifier: BSD-3-Clause
"""What was red, in one file that tells and runs it on another machine."""
