"""Store credit of people who turn out to be one, and back."""

from __future__ import annotations

from doorstep.customers.owned import Rows

CREDITS = Rows("payments_credit")
