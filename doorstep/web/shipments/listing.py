"""The shipments list: its columns, and its rows as a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from doorstep.base.ctx import Ctx
from doorstep.orders import queries as orders
from doorstep.shipping import queries
from doorstep.shipping.values import ParcelFilter, ParcelRow, ParcelState, TrackingStatus
from doorstep.web.parts import listing, states
from doorstep.web.parts.bulk_words import Doing
from doorstep.web.parts.given import Known, anything, id_of, is_id
from doorstep.web.parts.listing import Column

CHUNK = 500
FILTERS: Mapping[str, Known] = {
    "q": anything, "state": set(ParcelState), "status": set(TrackingStatus), "carrier": is_id
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A parcel with the name of its order."""

    row: ParcelRow
    order: str


def read(given: QueryDict) -> ParcelFilter:
    """The filter of an address; whatever is not one of ours does not filter."""
    state, status, carrier = (given.get(name, "") for name in ("state", "status", "carrier"))
    return ParcelFilter(
        state=state if state in set(ParcelState) else "",
        status=status if status in set(TrackingStatus) else "",
        carrier_id=id_of(carrier),
        text=given.get("q", "").strip()[:100],
    )


def _pages(ctx: Ctx, given: QueryDict) -> Iterator[Sequence[ParcelRow]]:
    where = read(given)
    return listing.paged_lines(
        lambda before: queries.list_parcels(ctx, where=where, before=before, limit=CHUNK), lambda row: row.id
    )


def ids(ctx: Ctx, given: QueryDict, limit: int) -> list[int]:
    """The ids of the newest parcels that an address matches."""
    return listing.first_ids(([row.id for row in rows] for rows in _pages(ctx, given)), limit)


def lines(ctx: Ctx, given: QueryDict) -> Iterator[Sequence[Line]]:
    """Every parcel that an address matches, newest first."""
    for rows in _pages(ctx, given):
        names = orders.orders_by_id(ctx, ids=sorted({row.order_id for row in rows}))
        yield [Line(row, names[row.order_id].name) for row in rows]


def _state(line: Line) -> str:
    row = line.row
    return str(states.of_parcel(row.state, row.status).word)


COLUMNS = (
    Column("shipment", _("Shipment"), lambda line: line.row.tracking_number or f"#{line.row.id}"),
    Column("order", _("Order"), lambda line: line.order, "phone-off"),
    Column("state", _("State"), _state),
    Column("recipient", _("Recipient"), lambda line: line.row.ship_to.get("name", ""), "phone-off"),
    Column("country", _("Country"), lambda line: line.row.ship_to.get("country", ""), file_only=True),
    Column("carrier", _("Carrier"), lambda line: line.row.carrier_name, "phone-off"),
    Column("service", _("Service"), lambda line: line.row.service, "phone-off", usual=False),
    Column("weight", _("Weight (g)"), lambda line: line.row.weight_g, "num phone-off", usual=False),
    Column("packed", _("Packed"), lambda line: line.row.packed_at, "phone-off"),
    Column("handed_over", _("Handed over"), lambda line: line.row.handed_over_at, "phone-off", usual=False),
    Column("expected", _("Expected on"), lambda line: line.row.estimated_on, "phone-off", usual=False),
    Column("delivered", _("Delivered"), lambda line: line.row.delivered_at, "phone-off", usual=False),
    Column("heard", _("Last heard"), lambda line: line.row.status_at, "phone-off"),
)
LISTING = listing.register(
    listing.Listing(
        "shipments", _("Shipments"), "shipments:index", "fulfilment:read", FILTERS,
        lambda _ctx: COLUMNS, lines, ids,
        (
            Doing("shipments.label", _("Print labels"), "printer", _("Print these labels?"), _("Printing labels")),
            Doing("shipments.slip", _("Print packing slips"), "file-invoice", _("Print these packing slips?"),
                  _("Printing packing slips")),
        ),
    )
)  # fmt: skip
