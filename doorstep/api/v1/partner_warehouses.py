"""Warehouses that partners run: which location each runs, and what it was asked to send."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Query, Router
from pydantic import Field

from doorstep.api.v1.door import Asked
from doorstep.api.v1.operations import operation
from doorstep.api.v1.shapes import Id, Out
from doorstep.fulfilment.warehouses import queries
from doorstep.fulfilment.warehouses.values import OPEN, RequestRow, RequestState, WarehouseRow

router = Router(tags=["Fulfilment"])
MOST = 200
State = Literal["", "open", "wanted", "unknown", "submitted", "accepted", "rejected", "cancelled", "closed"]


class PartnerWarehouseOut(Out):
    """`hooks`: whether it tells us by itself (on, asked, failing, off); its news are asked for in any case."""

    id: int
    name: str
    provider: str
    location_id: int
    active: bool
    hooks: str
    problem: str
    read_at: datetime | None


class PartnerWarehousesOut(Out):
    warehouses: list[PartnerWarehouseOut]


class WarehouseRequestOut(Out):
    """A fulfilment order that a partner was asked to send.  `too_late_at`: it would not give it back any more."""

    id: int
    fulfilment_order_id: int
    order_id: int
    key: str
    state: str
    vendor_id: str
    problem: str
    wanted_at: datetime
    settled_at: datetime | None
    accepted_at: datetime | None
    recall_wanted_at: datetime | None
    too_late_at: datetime | None
    recall_for: Annotated[str, Field(description="`route`: it goes from elsewhere once it is back; empty: held or cancelled.")]


class WarehouseRequestsOut(Out):
    requests: list[WarehouseRequestOut]


@operation(router, "GET", "/partner-warehouses", scope="fulfilment:read", answers={200: PartnerWarehousesOut})
def list_partner_warehouses(request: Asked) -> dict[str, Any]:
    """Every partner, those in use first."""
    return {"warehouses": [_shown(row) for row in queries.list_warehouses(request.ctx)]}


@operation(
    router, "GET", "/partner-warehouses/{warehouse_id}/requests", scope="fulfilment:read", answers={200: WarehouseRequestsOut}
)
def list_warehouse_requests(
    request: Asked, warehouse_id: Id, state: Annotated[State, Query(description="`open`: all that is under way.")] = "open"
) -> dict[str, Any]:
    """What a partner was asked, the newest two hundred, newest first."""
    queries.get_warehouse(request.ctx, warehouse_id=warehouse_id)
    states = {"": (), "open": OPEN}.get(state) if state in ("", "open") else (RequestState(state).value,)
    rows = queries.list_requests(request.ctx, warehouse_id=warehouse_id, states=states or (), limit=MOST)
    return {"requests": [_request(row) for row in rows]}


def _shown(row: WarehouseRow) -> dict[str, Any]:
    return {
        "id": row.id, "name": row.name, "provider": row.provider, "location_id": row.location_id, "active": row.active,
        "hooks": row.hooks, "problem": row.problem, "read_at": row.read_at,
    }  # fmt: skip


def _request(row: RequestRow) -> dict[str, Any]:
    return {
        "id": row.id, "fulfilment_order_id": row.fulfilment_order_id, "order_id": row.order_id, "key": row.key,
        "state": row.state, "vendor_id": row.vendor_id, "problem": row.problem, "wanted_at": row.wanted_at,
        "settled_at": row.settled_at, "accepted_at": row.accepted_at, "recall_wanted_at": row.recall_wanted_at,
        "too_late_at": row.too_late_at, "recall_for": row.recall_for,
    }  # fmt: skip
