"""Points that an app may spend, filled again as time goes by.

Source: https://shopify.dev/docs/apps/build/apis/graphql-admin/rate-limits: what a query asks for must be there before it runs, and
what it did not need is given back. 100 points a second and 2,000 after a rest is what the standard plan has.
"""

from __future__ import annotations

import time
from typing import Any

RATE, SIZE, DEAREST = 100.0, 2000.0, 1000


class Bucket:
    """One app's points; full when the process starts."""

    def __init__(self) -> None:
        self.rate, self.size, self._left, self._at = RATE, SIZE, SIZE, time.monotonic()

    @property
    def left(self) -> float:
        now = time.monotonic()
        self._left = min(self.size, self._left + (now - self._at) * self.rate)
        self._at = now
        return self._left

    def set(self, *, left: float, rate: float, size: float) -> None:
        """Another plan, or a bucket that somebody else has emptied."""
        self.rate, self.size, self._left, self._at = rate, size, left, time.monotonic()

    def has(self, cost: int) -> bool:
        """Whether a query may run."""
        return self.left >= cost

    def spend(self, cost: int) -> None:
        """Takes what a query did cost."""
        self._left = self.left - cost

    def status(self, *, requested: int, actual: int | None) -> dict[str, Any]:
        """What an answer says of it."""
        throttle = {"maximumAvailable": self.size, "currentlyAvailable": int(self.left), "restoreRate": self.rate}
        return {"cost": {"requestedQueryCost": requested, "actualQueryCost": actual, "throttleStatus": throttle}}
