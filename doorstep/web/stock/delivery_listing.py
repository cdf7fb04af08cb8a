"""The deliveries list: its views and columns, and its rows as a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doorstep.base.ctx import Ctx
from doorstep.locations import queries as locations
from doorstep.stock.inbound import reads
from doorstep.stock.inbound.values import DeliveryFilter, DeliveryRow
from doorstep.web.parts import listing
from doorstep.web.parts.bulk_words import Doing
from doorstep.web.parts.given import Known, anything, id_of, is_id
from doorstep.web.parts.listing import Column
from doorstep.web.parts.states import word_of
from doorstep.web.stock.inbound_words import today

CHUNK = 500
TABS = (("", _("Open")), ("late", _("Late")), ("done", _("Done")), ("all", _("All")))
VIEWS = {"": "open", "late": "late", "done": "done", "all": ""}
FILTERS: Mapping[str, Known] = {"q": anything, "view": dict(TABS), "location": is_id, "variant": is_id}


@dataclass(frozen=True, slots=True)
class Line:
    """A delivery with where it goes, and whether it is late."""

    row: DeliveryRow
    place: str
    is_late: bool


def read(ctx: Ctx, given: QueryDict) -> DeliveryFilter:
    """The filter of an address; whatever is not one of ours does not filter."""
    return DeliveryFilter(
        VIEWS.get(given.get("view", ""), "open"), given.get("q", "").strip()[:100], id_of(given.get("location", "")),
        id_of(given.get("variant", "")), today(ctx),
    )  # fmt: skip


def beside(ctx: Ctx, rows: Sequence[DeliveryRow], on: date) -> list[Line]:
    """Rows with the names of their places."""
    names = {place.id: place.name for place in locations.list_locations(ctx)}
    return [Line(row, names.get(row.location_id, ""), row.is_late(on)) for row in rows]


def _pages(ctx: Ctx, given: QueryDict) -> Iterator[Sequence[DeliveryRow]]:
    where = read(ctx, given)
    return listing.paged_lines(
        lambda before: reads.list_deliveries(ctx, where=where, before=before, limit=CHUNK), lambda row: row.id
    )


def ids(ctx: Ctx, given: QueryDict, limit: int) -> list[int]:
    """The ids of the newest deliveries that an address matches."""
    return listing.first_ids(([row.id for row in rows] for rows in _pages(ctx, given)), limit)


def lines(ctx: Ctx, given: QueryDict) -> Iterator[Sequence[Line]]:
    """Every delivery that an address matches, newest first."""
    on = today(ctx)
    return (beside(ctx, rows, on) for rows in _pages(ctx, given))


COLUMNS = (
    Column("document", _("Supplier delivery"), lambda line: line.row.document),
    Column("supplier", _("Supplier"), lambda line: line.row.supplier),
    Column("location", _("Destination"), lambda line: line.place, "phone-off"),
    Column("state", _("State"), lambda line: word_of("expected_delivery", line.row.state)),
    Column("expected_on", _("Expected on"), lambda line: line.row.expected_on),
    Column("late", _("Late"), lambda line: gettext("yes") if line.is_late else "", file_only=True),
    Column("expected", _("Expected units"), lambda line: line.row.expected, "num phone-off"),
    Column("received", _("Received units"), lambda line: line.row.received, "num phone-off"),
    Column("missing", _("Still missing"), lambda line: line.row.missing, "num phone-off"),
    Column("over", _("Over"), lambda line: line.row.over, "num phone-off", usual=False),
    Column("note", _("Note"), lambda line: line.row.note, "phone-off", usual=False),
    Column("created", _("Announced"), lambda line: line.row.created_at, "phone-off", usual=False),
    Column("ended", _("Ended"), lambda line: line.row.ended_at, "phone-off", usual=False),
)
LISTING = listing.register(
    listing.Listing(
        "deliveries", _("Supplier deliveries"), "deliveries:index", "stock:read", FILTERS, lambda _ctx: COLUMNS, lines, ids,
        (
            Doing("deliveries.close_short", _("Close short"), "alert-triangle", _("Close these deliveries short?"),
                  _("Closing deliveries"), note=_("Reason"), needs_note=True, is_danger=True,
                  about=_("What is missing is incoming no longer; what came stays received.")),
        ),
    )
)  # fmt: skip
