"""What a packer is told of a fulfilment order: what is left, which boxes for it and why, and what stands in the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.catalog import queries as catalog
from doorstep.catalog.values import VariantRow
from doorstep.flows import declare
from doorstep.fulfilment import boxes, cartons, gifts, queries
from doorstep.fulfilment.cartons import BoxType, Carton, Item, Plan
from doorstep.fulfilment.gifts import GiftRow
from doorstep.fulfilment.values import BoxRow
from doorstep.orders import queries as orders
from doorstep.orders.values import FOLineRow, FORow
from doorstep.shipping import packing, rules
from doorstep.shipping import queries as parcels
from doorstep.shipping.customs import Undeclared
from doorstep.shipping.values import LeftToPack, Numbered, ParcelLineRow, ParcelRow


@dataclass(frozen=True, slots=True)
class Closed:
    """A closed parcel with what lies in it."""

    row: ParcelRow
    lines: Sequence[ParcelLineRow]
    number: Numbered


@dataclass(frozen=True, slots=True)
class Table:
    """One fulfilment order on the packing table.  `missing`: units that are not picked yet."""

    part: FORow
    lines: Sequence[FOLineRow]
    variants: dict[int, VariantRow]
    left: Sequence[LeftToPack]
    closed: Sequence[Closed]
    boxes: Sequence[BoxRow]
    plan: Plan
    gift: GiftRow | None
    undeclared: Sequence[Undeclared]
    missing: int

    @property
    def units_left(self) -> int:
        return sum(row.left for row in self.left)

    @property
    def can_pack(self) -> bool:
        return self.part.state == "in_progress" and not self.missing and self.units_left > 0

    def weight_of(self, carton: Carton) -> int:
        """What a carton weighs with all that lies in it, never less than a carrier accepts."""
        return max(rules.LIGHTEST_G, carton.weight_g)


def part_of(ctx: Ctx, *, fulfilment_order_id: int) -> FORow:
    """One fulfilment order.  Refuses: unknown ids."""
    part = orders.fulfilment_orders_by_id(ctx, ids=[fulfilment_order_id]).get(fulfilment_order_id)
    if part is None:
        raise Refused(NOT_FOUND, {"what": "fulfilment order", "key": fulfilment_order_id})
    return part


def table_of(ctx: Ctx, *, fulfilment_order_id: int) -> Table:
    """What stands on the table for a fulfilment order.  Refuses: unknown ids."""
    part = part_of(ctx, fulfilment_order_id=fulfilment_order_id)
    lines = orders.fulfilment_lines_of(ctx, fulfilment_order_ids=[part.id])
    variants = catalog.variants_by_id(ctx, ids=[line.variant_id for line in lines])
    left = packing.left_to_pack(ctx, fulfilment_order_ids=[part.id])
    kept = boxes.boxes_at(ctx, location_id=part.location_id) if part.location_id else []
    return Table(
        part=part,
        lines=lines,
        variants=variants,
        left=left,
        closed=_closed(ctx, part),
        boxes=kept,
        plan=cartons.plan(_items(left, variants), [_type(box) for box in kept]),
        gift=gifts.gifts_of(ctx, order_ids=[part.order_id]).get(part.order_id),
        undeclared=_undeclared(ctx, part, lines),
        missing=sum(line.qty - line.picked for line in lines),
    )


def _closed(ctx: Ctx, part: FORow) -> list[Closed]:
    rows = parcels.live_parcels_of(ctx, fulfilment_order_ids=[part.id]).get(part.id, [])
    lines = parcels.parcel_lines_of(ctx, parcel_ids=[row.id for row in rows])
    numbers = packing.numbers_of(ctx, fulfilment_order_ids=[part.id])
    return [Closed(row, [line for line in lines if line.parcel_id == row.id], numbers[row.id]) for row in rows]


def _items(left: Sequence[LeftToPack], variants: dict[int, VariantRow]) -> list[Item]:
    found = []
    for row in left:
        variant = variants[row.variant_id]
        if row.left > 0:
            how = variant.handling
            found.append(Item(row.order_line_id, row.left, how.dims_mm, variant.weight_g, how.own_box, how.fragile))
    return found


def _type(box: BoxRow) -> BoxType:
    return BoxType(box.id, box.name, box.dims_mm, box.empty_g, box.most_g, box.cost_minor, box.flat)


def _undeclared(ctx: Ctx, part: FORow, lines: Sequence[FOLineRow]) -> list[Undeclared]:
    if part.location_id is None or part.state in ("closed", "cancelled"):
        return []
    country = orders.destinations(ctx, order_ids=[part.order_id])[part.order_id].country
    held = {line.order_line_id: line.qty for line in lines}
    return declare.undeclared_of(ctx, order_id=part.order_id, held=held, location_id=part.location_id, country=country)


def find_by_scan(ctx: Ctx, *, code: str, location_id: int | None = None) -> int | None:
    """The fulfilment order that a scanned or typed code opens at the packing table; None where nothing fits.

    An order's number, a pick list's code, a parcel's tracking number, else an article: the oldest order to pack that has it.
    """
    code = code.strip()[:120]
    due = queries.find_to_pack(ctx, location_id=location_id)
    named = [row for row in due if str(row["order_name"]).lstrip("#").lower() == code.lstrip("#").lower()]
    if named:
        return int(str(named[0]["fulfilment_order_id"]))
    if code[:2].upper() == "PL" and code[2:].isdecimal() and len(code) < 12:
        wanted = {task.fulfilment_order_id for task in queries.tasks_of(ctx, pick_list_id=int(code[2:]))}
        return next((int(str(row["fulfilment_order_id"])) for row in due if row["fulfilment_order_id"] in wanted), None)
    parcel = packing.find_by_number(ctx, tracking_number=code)
    if parcel is not None:
        return parcel
    variant = catalog.find_by_code(ctx, code=code)
    if variant is None:
        return None
    ids = [int(str(row["fulfilment_order_id"])) for row in due]
    holding = {
        row.fulfilment_order_id
        for row in packing.left_to_pack(ctx, fulfilment_order_ids=ids)
        if row.variant_id == variant.id and row.left > 0
    }
    return next((id for id in ids if id in holding), None)
