# SPDX-License-Identifier: BSD-3-Clause
"""What a clause promises, how it is run, judged and told: no clause is in here."""
