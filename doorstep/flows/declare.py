"""What customs are told of a parcel, and what somebody has to write down first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from doorstep.base.ctx import Ctx
from doorstep.base.money import Money
from doorstep.base.texts import one_line
from doorstep.catalog import queries as catalog
from doorstep.locations import exporting
from doorstep.locations import queries as locations
from doorstep.orders import queries as orders
from doorstep.shipping import customs, queries, terms
from doorstep.shipping import exporting as exports
from doorstep.shipping.customs import DeclaredLine, Undeclared
from doorstep.shipping.port import CustomsItem
from doorstep.shipping.terms import Decided, PlaceTerms
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


def terms_of(ctx: Ctx, *, parcel: ParcelRow, items: Sequence[CustomsItem]) -> Decided | None:
    """On which terms a parcel crosses a border, and why these; None where it crosses none."""
    at = locations.get(ctx, location_id=parcel.location_id)
    said = exporting.export_of(ctx, location_id=at.id)
    back = parcel.direction == Direction.BACK
    theirs = str(((parcel.sender or {}) if back else parcel.ship_to).get("country", ""))
    return terms.decide(
        origin=theirs if back else at.country, destination=at.country if back else theirs, items=items,
        order_value=value_of(ctx, order_id=parcel.order_id), is_return=back, brand=exports.brand_terms(ctx),
        place=PlaceTerms(said.eori, said.signer, said.incoterm), parcel=exports.parcel_terms(ctx, parcel_id=parcel.id),
    )  # fmt: skip


def is_filing_needed(ctx: Ctx, *, parcel: ParcelRow, items: Sequence[CustomsItem]) -> bool:
    """Whether a parcel may not leave the United States before its export is filed, which only a person can do."""
    decided = terms_of(ctx, parcel=parcel, items=items)
    return decided is not None and decided.filing is terms.Filing.NEEDED


def value_of(ctx: Ctx, *, order_id: int) -> Money:
    """What was paid for all goods of an order."""
    detail = orders.get(ctx, id=order_id)
    paid = customs.paid_for([line.total_minor for line in detail.lines], detail.discount_minor, detail.order.currency)
    return Money(sum(max(minor, 0) for minor in paid), detail.order.currency)


def incoterm_of(ctx: Ctx, *, location_id: int, country: str) -> str:
    """Who pays the duties of what a place sends to a country, by brand and place; "" where there are none."""
    if not customs.is_border(locations.get(ctx, location_id=location_id).country, country):
        return ""
    return exporting.export_of(ctx, location_id=location_id).incoterm or exports.brand_terms(ctx).incoterm


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


def set_place(ctx: Ctx, *, location_id: int, wanted: PlaceTerms) -> None:
    """Says under which number a place exports, who signs and who pays.  Emits: LocationExportSet, where anything differs.

    Refuses: unknown places, an EORI of another shape, other terms.
    """
    terms.check_choice("incoterm", wanted.incoterm, terms.Incoterm, may_be_empty=True)
    eori, signer = terms.check_eori(wanted.eori), one_line(wanted.signer, 80)
    exporting.set_export(ctx, location_id=location_id, eori=eori, signer=signer, incoterm=wanted.incoterm)
