"""Lots and serial numbers: where they lie, when they expire, which orders got them."""

from __future__ import annotations

from typing import Any, Literal

from ninja import Router

from doorstep.api.v1 import paging
from doorstep.api.v1.door import Asked
from doorstep.api.v1.inbound import day, serials, variants_of
from doorstep.api.v1.inbound_shapes import (
    LotAssignmentIn,
    LotChangeIn,
    LotDetailOut,
    LotsOut,
    LotTrackingIn,
    LotTrackingOut,
    LotUnitsIn,
)
from doorstep.api.v1.operations import operation
from doorstep.api.v1.pick_lists import Place
from doorstep.api.v1.shapes import Cursor, Id, Limit, Search
from doorstep.api.v1.translate import Mistakes
from doorstep.base.ctx import Ctx
from doorstep.catalog import queries as catalog
from doorstep.locations import queries as locations
from doorstep.orders import queries as orders
from doorstep.stock import lots
from doorstep.stock.tracked import reads
from doorstep.stock.tracked.values import Labelled, LotFilter, LotRow

router = Router(tags=["Stock"])
View = Literal["", "expired", "soon", "gone", "all"]


def _shown(row: LotRow, sku: str) -> dict[str, Any]:
    return {
        "id": row.id, "kind": row.kind, "code": row.code, "variant_id": row.variant_id, "sku": sku, "lot_id": row.parent_id,
        "expires_on": row.expires_on, "on_hand": row.on_hand, "set_aside": row.set_aside, "created_at": row.created_at,
    }  # fmt: skip


def _detail(ctx: Ctx, lot_id: int) -> dict[str, Any]:
    row = reads.get_lot(ctx, lot_id=lot_id)
    variant = catalog.variants_by_id(ctx, ids=[row.variant_id])[row.variant_id]
    went = reads.went_to(ctx, lot_id=lot_id)
    owners = orders.orders_of_lines(ctx, line_ids=[one.order_line_id for one in went])
    return _shown(row, variant.sku) | {
        "places": [
            {"location_id": at.location_id, "on_hand": at.on_hand, "set_aside": at.set_aside}
            for at in reads.levels_of_lots(ctx, lot_ids=[lot_id])
        ],
        "orders": [
            {
                "order_id": owners[one.order_line_id].id, "order_name": owners[one.order_line_id].name,
                "order_line_id": one.order_line_id, "qty": one.qty, "assumed": one.assumed, "at": one.at,
            }
            for one in went
            if one.order_line_id in owners
        ],
    }  # fmt: skip


@operation(router, "GET", "/lots", scope="stock:read", answers={200: LotsOut})
def list_lots(
    request: Asked, view: View = "", q: Search = "", location_id: Place = 0, cursor: Cursor = "", limit: Limit = 50
) -> dict[str, Any]:
    """Lots and serial numbers, the first to expire first: those of which something lies here, unless `view` says otherwise."""
    where = LotFilter(view, q.strip(), location_id, today=request.ctx.now.date())
    rows = reads.list_lots(request.ctx, where=where, after=paging.by_day(cursor, "lots"), limit=limit + 1)
    shown, following = paging.cut(
        rows, limit=limit, kind="lots", key=lambda row: ((row.expires_on or reads.NEVER).toordinal(), row.id)
    )
    skus = {id: v.sku for id, v in catalog.variants_by_id(request.ctx, ids=[row.variant_id for row in shown]).items()}
    return {"lots": [_shown(row, skus[row.variant_id]) for row in shown], "next": following}


@operation(router, "GET", "/lots/{lot_id}", scope="stock:read", answers={200: LotDetailOut})
def get_lot(request: Asked, lot_id: Id) -> dict[str, Any]:
    """One lot: where it lies, and which orders got units of it."""
    return _detail(request.ctx, lot_id)


@operation(router, "PATCH", "/lots/{lot_id}", scope="stock:write", answers={200: LotDetailOut})
def correct_lot(request: Asked, lot_id: Id, given: LotChangeIn) -> dict[str, Any]:
    """Puts the expiry date of a lot right."""
    wrong = Mistakes()
    expires_on = day(wrong, "/expires_on", given.expires_on)
    wrong.refuse()
    lots.correct(request.ctx, lot_id=lot_id, expires_on=expires_on)
    return _detail(request.ctx, lot_id)


def _reason(given: LotUnitsIn) -> str:
    wrong = Mistakes()
    reason = wrong.text("/reason", given.reason, longest=60, required=True)
    wrong.refuse()
    return reason


@operation(router, "POST", "/lots/{lot_id}/quality-control", scope="stock:write", answers={200: LotDetailOut})
def set_lot_aside(request: Asked, lot_id: Id, given: LotUnitsIn) -> dict[str, Any]:
    """Moves units of a lot to quality control, so that nobody is promised them."""
    lots.set_aside(
        request.ctx, lot_id=lot_id, location_id=given.location_id, qty=given.qty, reason=_reason(given)
    )  # fmt: skip
    return _detail(request.ctx, lot_id)


@operation(router, "POST", "/lots/{lot_id}/write-off", scope="stock:write", answers={200: LotDetailOut})
def write_lot_off(request: Asked, lot_id: Id, given: LotUnitsIn) -> dict[str, Any]:
    """Takes units of a lot out of the books; units that are promised to orders cannot be taken."""
    lots.write_off(
        request.ctx, lot_id=lot_id, location_id=given.location_id, qty=given.qty, reason=_reason(given)
    )  # fmt: skip
    return _detail(request.ctx, lot_id)


def _tracking(ctx: Ctx, variant_id: int, sku: str) -> dict[str, Any]:
    row = reads.tracking_of(ctx, variant_ids=[variant_id])[variant_id]
    without = reads.without_lot(ctx, variant_ids=[variant_id])
    return {
        "variant_id": variant_id, "sku": sku, "by_lot": row.by_lot, "by_serial": row.by_serial, "warn_days": row.warn_days,
        "without_lot": sum(at.lot for at in without), "without_serial": sum(at.serial for at in without),
    }  # fmt: skip


@operation(router, "POST", "/stock/tracking", scope="stock:write", answers={200: LotTrackingOut})
def set_tracking(request: Asked, given: LotTrackingIn) -> dict[str, Any]:
    """Says whether lots and serial numbers of a variant are kept. What lies here already has none until one is assigned."""
    variant_id = variants_of(request.ctx, [given.sku])[given.sku]
    lots.set_tracking(
        request.ctx, variant_id=variant_id, by_lot=given.by_lot, by_serial=given.by_serial, warn_days=given.warn_days
    )
    return _tracking(request.ctx, variant_id, given.sku)


@operation(router, "POST", "/stock/lots", scope="stock:write", answers={200: LotTrackingOut})
def assign_lot(request: Asked, given: LotAssignmentIn) -> dict[str, Any]:
    """Says of units that lie somewhere without a lot or serial number which they are."""
    ctx, wrong = request.ctx, Mistakes()
    locations.get(ctx, location_id=given.location_id)
    unit = Labelled(
        variants_of(ctx, [given.sku])[given.sku], given.location_id, given.qty, wrong.text("/lot", given.lot, longest=60),
        day(wrong, "/expires_on", given.expires_on), serials(wrong, "/serials", given.serials),
    )  # fmt: skip
    wrong.refuse()
    lots.assign(ctx, unit=unit)
    return _tracking(ctx, unit.variant_id, given.sku)
