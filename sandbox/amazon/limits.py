"""How often each operation may be called: a token bucket per operation, as the models document it.

Source: https://developer-docs.amazon.com/sp-api/docs/usage-plans-and-rate-limits-in-the-sp-api
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

# (rate a second, burst)
PLANS: dict[str, tuple[float, float]] = {
    "searchOrders": (0.0056, 20), "getOrder": (0.5, 30), "v0 getOrders": (0.0167, 20), "v0 getOrder": (0.5, 30),
    "getOrderItems": (0.5, 30), "getOrderAddress": (0.5, 30), "getOrderBuyerInfo": (0.5, 30), "getOrderItemsBuyerInfo": (0.5, 30),
    "confirmShipment": (2, 10), "createRestrictedDataToken": (1, 10), "searchListingsItems": (5, 5),
    "createFeedDocument": (0.5, 15), "createFeed": (0.0083, 15), "getFeed": (2, 15), "cancelFeed": (2, 15),
    "getFeedDocument": (0.0222, 10), "getMessagingActionsForOrder": (1, 5), "createConfirmOrderDetails": (1, 5),
    "createConfirmDeliveryDetails": (1, 5), "confirmCustomizationDetails": (1, 5), "createUnexpectedProblem": (1, 5),
    "listTransactions": (0.5, 10),
}  # fmt: skip


@dataclass
class Buckets:
    """What is left of each operation; a new process begins with full ones."""

    left: dict[str, float] = field(default_factory=dict)
    at: dict[str, float] = field(default_factory=dict)
    calls: dict[str, int] = field(default_factory=dict)
    factor: float = 1.0

    def take(self, operation: str) -> bool:
        """Takes a call, unless there is none left."""
        rate, burst = self.rate(operation), PLANS[operation][1]
        moment = time.monotonic()
        left = min(burst, self.left.get(operation, burst) + rate * (moment - self.at.get(operation, moment)))
        self.at[operation] = moment
        is_free = left >= 1
        self.left[operation] = left - 1 if is_free else left
        if is_free:
            self.calls[operation] = self.calls.get(operation, 0) + 1
        return is_free

    def rate(self, operation: str) -> float:
        """Calls a second: what is documented, times what this seller was granted."""
        return PLANS[operation][0] * self.factor
