"""The transfers list: its views and columns, and its rows as a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from doorstep.base.ctx import Ctx
from doorstep.locations import queries as locations
from doorstep.stock.inbound import reads
from doorstep.stock.inbound.values import TransferFilter, TransferRow
from doorstep.web.parts import listing
from doorstep.web.parts.given import Known, anything, id_of, is_id
from doorstep.web.parts.listing import Column
from doorstep.web.parts.states import word_of
from doorstep.web.stock.inbound_words import today

CHUNK = 500
TABS = (("", _("All")), ("draft", _("Drafts")), ("moving", _("In transit")), ("done", _("Done")))
FILTERS: Mapping[str, Known] = {"q": anything, "view": dict(TABS), "location": is_id}


@dataclass(frozen=True, slots=True)
class Line:
    """A transfer with the names of its places, and whether it is late."""

    row: TransferRow
    origin: str
    destination: str
    is_late: bool


def read(given: QueryDict) -> TransferFilter:
    """The filter of an address; whatever is not one of ours does not filter."""
    view = given.get("view", "")
    return TransferFilter(
        view if view in dict(TABS) else "", given.get("q", "").strip()[:100], id_of(given.get("location", ""))
    )


def beside(ctx: Ctx, rows: Sequence[TransferRow], on: date) -> list[Line]:
    """Rows with the names of their places."""
    names = {place.id: place.name for place in locations.list_locations(ctx)}
    return [Line(row, names.get(row.origin_id, ""), names.get(row.destination_id, ""), row.is_late(on)) for row in rows]


def _pages(ctx: Ctx, given: QueryDict) -> Iterator[Sequence[TransferRow]]:
    where = read(given)
    return listing.paged_lines(
        lambda before: reads.list_transfers(ctx, where=where, before=before, limit=CHUNK), lambda row: row.id
    )


def ids(ctx: Ctx, given: QueryDict, limit: int) -> list[int]:
    """The ids of the newest transfers that an address matches."""
    return listing.first_ids(([row.id for row in rows] for rows in _pages(ctx, given)), limit)


def lines(ctx: Ctx, given: QueryDict) -> Iterator[Sequence[Line]]:
    """Every transfer that an address matches, newest first."""
    on = today(ctx)
    return (beside(ctx, rows, on) for rows in _pages(ctx, given))


COLUMNS = (
    Column("transfer", _("Transfer"), lambda line: line.row.name),
    Column("origin", _("From"), lambda line: line.origin, "phone-off"),
    Column("destination", _("Destination"), lambda line: line.destination),
    Column("state", _("State"), lambda line: word_of("transfer", line.row.state)),
    Column("qty", _("Units"), lambda line: line.row.qty, "num phone-off"),
    Column("in_transit", _("In transit"), lambda line: line.row.in_transit, "num phone-off"),
    Column("received", _("Received units"), lambda line: line.row.received, "num phone-off"),
    Column("lost", _("Lost"), lambda line: line.row.lost, "num phone-off"),
    Column("due_on", _("Due"), lambda line: line.row.due_on, "phone-off"),
    Column("shipped_at", _("Sent"), lambda line: line.row.shipped_at, "phone-off", usual=False),
    Column("note", _("Note"), lambda line: line.row.note, "phone-off", usual=False),
)
LISTING = listing.register(
    listing.Listing(
        "transfers", _("Transfers"), "transfers:index", "stock:read", FILTERS, lambda _ctx: COLUMNS, lines, ids,
    )
)  # fmt: skip
