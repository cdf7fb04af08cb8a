"""Parcels and where they are."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from ninja import Router

from doorstep.api.v1 import paging, show
from doorstep.api.v1.door import Asked
from doorstep.api.v1.operations import operation
from doorstep.api.v1.order_shapes import ParcelOut
from doorstep.api.v1.shapes import Cursor, Id, Limit, Out, Search
from doorstep.shipping import queries
from doorstep.shipping.values import ParcelFilter

router = Router(tags=["Shipments"])
State = Literal["", "packed", "labelled", "handed_over", "cancelled"]


class ParcelLineOut(Out):
    order_line_id: int
    sku: str
    title: str
    qty: int


class TrackingOut(Out):
    status: str
    description: str
    place: str
    at: datetime


class ParcelDetailOut(ParcelOut):
    lines: list[ParcelLineOut]
    tracking: list[TrackingOut]


class ParcelsOut(Out):
    shipments: list[ParcelOut]
    next: str | None


@operation(router, "GET", "/shipments", scope="fulfilment:read", answers={200: ParcelsOut})
def list_shipments(
    request: Asked, state: State = "", q: Search = "", cursor: Cursor = "", limit: Limit = 50
) -> dict[str, Any]:
    """Parcels, newest first; `q` finds tracking numbers and orders."""
    before = paging.by_id(cursor, "shipments")
    rows = queries.list_parcels(request.ctx, where=ParcelFilter(state=state, text=q), before=before, limit=limit + 1)
    shown, following = paging.cut(rows, limit=limit, kind="shipments", key=lambda row: (row.id,))
    return {"shipments": [show.parcel(row) for row in shown], "next": following}


@operation(router, "GET", "/shipments/{parcel_id}", scope="fulfilment:read", answers={200: ParcelDetailOut})
def get_shipment(request: Asked, parcel_id: Id) -> dict[str, Any]:
    """One parcel, what lies in it and what its carrier told."""
    row = queries.get_parcel(request.ctx, parcel_id=parcel_id)
    lines = queries.parcel_lines_of(request.ctx, parcel_ids=[parcel_id])
    scans = queries.tracking_of(request.ctx, parcel_ids=[parcel_id])
    return show.parcel(row) | {
        "lines": [
            {"order_line_id": line.order_line_id, "sku": line.sku, "title": line.title, "qty": line.qty}
            for line in lines
        ],
        "tracking": [
            {"status": scan.status, "description": scan.description, "place": scan.place, "at": scan.at}
            for scan in scans
        ],
    }
