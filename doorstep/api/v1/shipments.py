"""Parcels and where they are."""

from __future__ import annotations

from typing import Any, Literal

from ninja import Router

from doorstep.api.refusals import not_together
from doorstep.api.v1 import paging, show, translate
from doorstep.api.v1.door import Asked
from doorstep.api.v1.floor_shapes import ParcelDetailOut, ParcelsOut
from doorstep.api.v1.operations import operation
from doorstep.api.v1.parcels import detail
from doorstep.api.v1.shapes import Cursor, Id, Limit, Search, Since
from doorstep.shipping import queries
from doorstep.shipping.values import ParcelFilter

router = Router(tags=["Shipments"])
State = Literal["", "packed", "labelled", "handed_over", "cancelled"]


@operation(router, "GET", "/shipments", scope="fulfilment:read", answers={200: ParcelsOut})
def list_shipments(
    request: Asked, state: State = "", q: Search = "", updated_since: Since = "", cursor: Cursor = "", limit: Limit = 50
) -> dict[str, Any]:
    """Parcels, newest first; `q` finds tracking numbers and orders. With `updated_since`, every parcel that changed, oldest
    change first, without other filters."""
    where = ParcelFilter(state=state, text=q)
    if updated_since:
        if where != ParcelFilter():
            raise not_together("updated_since")
        since = translate.read_since(updated_since, request.ctx.now)
        after = paging.by_moment(cursor, "shipments.updated")
        rows = queries.list_updated(request.ctx, since=since, after=after, limit=limit + 1)
        shown, following = paging.cut(rows, limit=limit, kind="shipments.updated", key=lambda r: (r.updated_at, r.id))
    else:
        rows = queries.list_parcels(request.ctx, where=where, before=paging.by_id(cursor, "shipments"), limit=limit + 1)
        shown, following = paging.cut(rows, limit=limit, kind="shipments", key=lambda row: (row.id,))
    return {"shipments": [show.parcel(row) for row in shown], "next": following}


@operation(router, "GET", "/shipments/{parcel_id}", scope="fulfilment:read", answers={200: ParcelDetailOut})
def get_shipment(request: Asked, parcel_id: Id) -> dict[str, Any]:
    """One parcel, what lies in it, its labels and what its carrier told."""
    return detail(request.ctx, parcel_id)
