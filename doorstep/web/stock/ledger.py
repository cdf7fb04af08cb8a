"""The ledger of the whole house: its filters, its rows as a file, and the documents behind them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import quote
from zoneinfo import ZoneInfo

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from doorstep.accounts import queries as accounts
from doorstep.base.ctx import Ctx
from doorstep.catalog import queries as catalog
from doorstep.catalog.values import VariantRow
from doorstep.locations import queries as locations
from doorstep.stock import queries
from doorstep.stock.values import LedgerFilter, MovementRow
from doorstep.web.parts import cursor, listing
from doorstep.web.parts.given import Known, anything, day_of, id_of, is_day, is_id
from doorstep.web.parts.listing import Column, Tab
from doorstep.web.parts.pages import StaffRequest, page
from doorstep.web.stock import words
from doorstep.web.stock.words import BY_HAND, KINDS, Move

LIMIT, CHUNK, MOST_VARIANTS = 50, 500, 500
TABS = (("", _("Everything")), ("by_hand", _("Booked by hand and counted")))
FILTERS: Mapping[str, Known] = {
    "view": ("by_hand",), "q": anything, "kind": KINDS, "reason": {reason.value for reason in BY_HAND}, "location": is_id,
    "from": is_day, "to": is_day,
}  # fmt: skip
BYTES = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Line:
    """A movement and its variant."""

    move: Move
    variant: VariantRow

    @property
    def reference(self) -> str:
        """What the movement names, as people call it."""
        move = self.move
        if move.order or move.document:
            return move.order.name if move.order else (move.document.number or move.document.name if move.document else "")
        return move.row.reference if move.pick_list or move.sheet or move.cart else ""


def read(ctx: Ctx, given: QueryDict) -> LedgerFilter:
    """The filter of an address; whatever is not one of ours does not filter.  Days are those of the organisation."""
    zone = ZoneInfo(accounts.organisation(ctx).timezone)
    text, kind, reason = given.get("q", "").strip()[:100], given.get("kind", ""), given.get("reason", "")
    found = tuple(catalog.list_variant_ids(ctx, query=text, limit=MOST_VARIANTS)) if text else None
    return LedgerFilter(
        found, kind if kind in KINDS else "", reason if reason in set(BY_HAND) else "", id_of(given.get("location", "")),
        _begin(day_of(given.get("from", "")), zone), _begin(day_of(given.get("to", "")), zone, 1),
        given.get("view", "") == "by_hand",
    )  # fmt: skip


def _begin(day: date | None, zone: ZoneInfo, later: int = 0) -> datetime | None:
    """When a day begins in a time zone, or one so many days later."""
    if day is None or day.year < 1971 or day.year > 9000:
        return None
    return datetime.combine(day + timedelta(days=later), time(), zone)


def tell(ctx: Ctx, rows: Sequence[MovementRow]) -> list[Line]:
    """Movements with their variants."""
    names = {place.id: place.name for place in locations.list_locations(ctx)}
    variants = catalog.variants_by_id(ctx, ids=sorted({row.variant_id for row in rows}))
    return [Line(move, variants[move.row.variant_id]) for move in words.told(ctx, rows, names)]


def lines(ctx: Ctx, given: QueryDict) -> Iterator[Sequence[Line]]:
    """Every movement that an address matches, newest first."""
    where = read(ctx, given)
    for rows in listing.paged_lines(
        lambda after: queries.list_movements(ctx, where=where, before=after, limit=CHUNK), lambda row: row.id
    ):
        yield tell(ctx, rows)


def ids(ctx: Ctx, given: QueryDict, limit: int) -> list[int]:
    """The ids of the newest movements that an address matches."""
    return [row.id for row in queries.list_movements(ctx, where=read(ctx, given), limit=limit)]


COLUMNS = (
    Column("at", _("When"), lambda line: line.move.row.at),
    Column("sku", "SKU", lambda line: line.variant.sku),
    Column("title", _("Product"), lambda line: line.variant.title, "phone-off", usual=False),
    Column("kind", _("What"), lambda line: line.move.kind),
    Column("reason", _("Reason"), lambda line: line.move.reason, "phone-off"),
    Column("location", _("Location"), lambda line: line.move.place, "phone-off"),
    Column("on_hand", _("On hand"), lambda line: line.move.row.on_hand, "num"),
    Column("committed", _("Committed"), lambda line: line.move.row.committed, "num phone-off"),
    Column("reserved", _("Reserved"), lambda line: line.move.row.reserved, "num phone-off"),
    Column("damaged", _("Damaged"), lambda line: line.move.row.damaged, "num phone-off"),
    Column(
        "quality_control", _("QC"), lambda line: line.move.row.quality_control, "num phone-off", title=_("Quality control")
    ),
    Column("safety_stock", _("Safety stock"), lambda line: line.move.row.safety_stock, "num phone-off"),
    Column("reference", _("Reference"), lambda line: line.reference, "phone-off"),
    Column("by", _("By"), lambda line: line.move.row.actor_name, "phone-off"),
)
LISTING = listing.register(
    listing.Listing("ledger", _("Ledger"), "stock:ledger", "stock:read", FILTERS, lambda _ctx: COLUMNS, lines, ids)
)


@page("stock:read")
def index(request: StaffRequest) -> HttpResponse:
    """What moved, newest first, by kind, reason, location and days."""
    after = cursor.unpack(request.GET.get("after", ""), int)
    where = read(request.ctx, request.GET)
    found = queries.list_movements(request.ctx, where=where, before=after[0] if after else None, limit=LIMIT + 1)
    listed = cursor.paged(request, found, limit=LIMIT, key=lambda move: (move.id,))
    facts = {
        "page": listed, "lines": tell(request.ctx, listed.rows), "where": where, "after": after, "given": request.GET,
        "bar": listing.bar(request, LISTING, tabs=[Tab(*tab) for tab in TABS], parameter="view"),
        "places": locations.list_locations(request.ctx), "kinds": list(KINDS.items()),
        "reasons": [(reason.value, word) for reason, word in BY_HAND.items()], "is_empty": not found and not request.GET,
    }  # fmt: skip
    return render(request, "stock/ledger.html", facts)


@page("stock:read")
def document(request: StaffRequest, document_id: int) -> HttpResponse:
    """The file of a document, to be saved: whatever it says it is, no browser opens it here."""
    found = queries.get_paper(request.ctx, document_id=document_id)
    response = HttpResponse(bytes(found.content or b""), content_type=BYTES)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(found.name, safe='')}"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
