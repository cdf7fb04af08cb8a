"""How much of the house a process loads; said before the settings are read."""

from __future__ import annotations

# Without vendors, flows and jobs: enough for who reads or writes whole tables, and half of what a start costs.
tables_alone = False
