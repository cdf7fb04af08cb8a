"""What customs are told of a parcel, and what somebody has to write down first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from doorstep.base.ctx import Ctx
from doorstep.catalog import queries as catalog
from doorstep.locations import queries as locations
from doorstep.orders import queries as orders
from doorstep.shipping import customs, queries
from doorstep.shipping.customs import DeclaredLine, Undeclared
from doorstep.shipping.port import CustomsItem
from doorstep.shipping.values import Direction, ParcelRow, ParcelState


def items_of(ctx: Ctx, *, parcel: ParcelRow) -> tuple[CustomsItem, ...]:
    """The declaration of a parcel; empty where it crosses no border of customs.

    Units of a line that lie in earlier parcels were declared with them, so that all together are what was paid.
    """
    ours = locations.get(ctx, location_id=parcel.location_id).country
    back = parcel.direction == Direction.BACK
    theirs = str(((parcel.sender or {}) if back else parcel.ship_to).get("country", ""))
    if not customs.is_border(ours, theirs):
        return ()
    held = {line.order_line_id: line.qty for line in queries.parcel_lines_of(ctx, parcel_ids=[parcel.id])}
    lines = _lines(ctx, order_id=parcel.order_id, held=held, before=_before(ctx, parcel))
    currency = orders.orders_by_id(ctx, ids=[parcel.order_id])[parcel.order_id].currency
    return customs.customs_of(lines, currency=currency)


def _before(ctx: Ctx, parcel: ParcelRow) -> Counter[int]:
    """Units of each line in the order's earlier parcels."""
    earlier = [
        row.id
        for row in queries.parcels_of(ctx, order_ids=[parcel.order_id])
        if row.id < parcel.id and row.state != ParcelState.CANCELLED
    ]
    units: Counter[int] = Counter()
    for line in queries.parcel_lines_of(ctx, parcel_ids=earlier if parcel.direction == Direction.OUT else []):
        units[line.order_line_id] += line.qty
    return units


def _lines(ctx: Ctx, *, order_id: int, held: Mapping[int, int], before: Mapping[int, int]) -> list[DeclaredLine]:
    detail = orders.get(ctx, id=order_id)
    known = catalog.variants_by_id(ctx, ids=[line.variant_id for line in detail.lines if line.variant_id])
    paid = customs.paid_for([line.total_minor for line in detail.lines], detail.discount_minor, detail.order.currency)
    found = []
    for line, paid_minor in zip(detail.lines, paid, strict=True):
        variant = known.get(line.variant_id or 0)
        if line.id in held and variant is not None:
            found.append(
                DeclaredLine(
                    line.title or line.sku, line.sku, held[line.id], min(before.get(line.id, 0), line.qty - held[line.id]),
                    line.qty, paid_minor, variant.weight_g, variant.hs_code, variant.country_of_origin,
                )
            )  # fmt: skip
    return found


def undeclared_of(ctx: Ctx, *, order_id: int, held: Mapping[int, int], location_id: int, country: str) -> list[Undeclared]:
    """What is to be written down before these units may cross a border; nothing where they cross none.

    Shapes: `held` is units by order line.
    """
    if not customs.is_border(locations.get(ctx, location_id=location_id).country, country):
        return []
    return customs.undeclared(_lines(ctx, order_id=order_id, held=held, before={}))
