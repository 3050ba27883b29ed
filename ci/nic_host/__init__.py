# SPDX-License-Identifier: BSD-3-Clause
"""What a command does to its machine, and undoes: packages, the build, namespaces, hugepages."""
