# SPDX-License-Identifier: BSD-3-Clause
"""A wire whose interface is on another host: how it is reached by SSH, and what runs there."""
