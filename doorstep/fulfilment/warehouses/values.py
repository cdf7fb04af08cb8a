"""The words of warehouses that somebody else runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from doorstep.base.refusals import Refusal
from doorstep.base.registry import VendorAccount
from doorstep.base.states import Machine
from doorstep.base.words import gettext_noop


class RequestState(StrEnum):
    """Where a fulfilment order stands at the warehouse that was asked to send it."""

    WANTED = "wanted"
    UNKNOWN = "unknown"
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    CLOSED = "closed"


REQUESTS = Machine(
    "request to a warehouse",
    {
        RequestState.WANTED: frozenset(
            {RequestState.SUBMITTED, RequestState.UNKNOWN, RequestState.REJECTED, RequestState.CANCELLED}
        ),
        RequestState.UNKNOWN: frozenset({RequestState.SUBMITTED, RequestState.REJECTED, RequestState.CANCELLED}),
        RequestState.SUBMITTED: frozenset({RequestState.ACCEPTED, RequestState.CANCELLED, RequestState.CLOSED}),
        RequestState.ACCEPTED: frozenset({RequestState.CANCELLED, RequestState.CLOSED}),
    },
)
OPEN = tuple(REQUESTS.sources(RequestState.CANCELLED))  # what can be called back is still to be done
ROUTE = "route"  # it is called back to go from elsewhere
WAREHOUSE_CODE_TAKEN = Refusal(
    "warehouse_code_taken",
    gettext_noop("Another warehouse has the code %(code)s."),
    gettext_noop("Choose another code."),
)
LOCATION_TAKEN = Refusal(
    "location_run_by_another",
    gettext_noop("%(location)s is run by %(warehouse)s already."),
    gettext_noop("Retire that account first, or choose another location."),
)
AT_A_WAREHOUSE = Refusal(
    "at_a_warehouse",
    gettext_noop("%(warehouse)s works on order %(order)s already."),
    gettext_noop("Put it on hold: it is called back then, and you see whether that was in time."),
)


@dataclass(frozen=True, slots=True)
class WarehouseRow(VendorAccount):
    """An account with a warehouse that runs a location.  `cursor`: how far its news were read."""

    location_id: int
    connected_at: datetime
    cursor: str
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class RequestRow:
    """What a warehouse was asked.  Shapes: `lines` are units by our name of the line, as they were asked for.

    `recall_wanted_at`: it is to come back.  `too_late_at`: the warehouse would not give it back.  `recall_for`: what comes after
    it is back, `ROUTE` or nothing.
    """

    id: int
    warehouse_id: int
    warehouse_name: str
    fulfilment_order_id: int
    order_id: int
    key: str
    state: str
    vendor_id: str
    lines: Mapping[str, Any]
    problem: str
    wanted_at: datetime
    settled_at: datetime | None
    accepted_at: datetime | None
    asked_times: int
    recall_wanted_at: datetime | None
    too_late_at: datetime | None
    recall_for: str = ""

    @property
    def is_told(self) -> bool:
        """Whether the warehouse may know of it."""
        return self.state != RequestState.WANTED or self.asked_times > 0
