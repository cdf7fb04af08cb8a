"""Facts of returns.  Timeline: the order; of policies, the policy itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

RETURN_REQUESTED = "return.requested"
RETURN_NEEDS_REVIEW = "return.needs_review"
RETURN_APPROVED = "return.approved"
RETURN_DECLINED = "return.declined"
RETURN_CANCELLED = "return.cancelled"
RETURN_EXPIRED = "return.expired"
RETURN_LABEL_ISSUED = "return.label_issued"
RETURN_IN_TRANSIT = "return.in_transit"
RETURN_RECEIVED = "return.received"
UNITS_JUDGED = "return.units_judged"
RETURN_INSPECTED = "return.inspected"
RETURN_PROCESSED = "return.processed"
RETURN_CLOSED = "return.closed"
EXCHANGE_CANCELLED = "return.exchange_cancelled"
RETURN_IMPORTED = "return.imported"
POLICY_PUBLISHED = "return_policy.published"


def about_return(data: Mapping[str, Any]) -> int | None:
    """The return that money was granted for, as an event of payments tells; None where it was for something else."""
    kind, _, id = str(data.get("about", "")).partition(":")
    return int(id) if kind == "return" else None
