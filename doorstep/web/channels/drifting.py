"""Drift: where a channel showed another number than we thought, why, and whether it is right again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from doorstep.base.ctx import Ctx
from doorstep.channels import drift, queries
from doorstep.channels.values import DriftCause, DriftFilter, DriftRow
from doorstep.web.parts import cursor, listing
from doorstep.web.parts.given import Known
from doorstep.web.parts.listing import Column, Tab
from doorstep.web.parts.pages import StaffRequest, page

LIMIT, CHUNK = 50, 500
CAUSES = {
    DriftCause.LATE_ORDER: _("An order on its way"),
    DriftCause.EDITED: _("Changed in the shop"),
    DriftCause.NOT_TAKEN: _("Our last number was not taken"),
}
NOT_KNOWN_YET = _("Sold there, or changed by hand")
FILTERS: Mapping[str, Known] = {
    "state": ("open",), "cause": tuple(cause.value for cause in DriftCause),
    "connection": lambda text: text.isdigit() and len(text) < 18,
}  # fmt: skip
TABS = (Tab("", _("All")), Tab("open", _("Not right yet")))


def read(given: QueryDict) -> DriftFilter:
    """The filter of an address; whatever is not one of ours does not filter."""
    cause, connection = given.get("cause", ""), given.get("connection", "")
    return DriftFilter(
        connection_id=int(connection) if connection.isdigit() and len(connection) < 18 else 0,
        cause=cause if cause in list(DriftCause) else "",
        is_open=given.get("state") == "open",
    )


def cause_of(row: DriftRow) -> str:
    """Why a listing drifted, in words: as long as no order tells it, fewer may have been sold there, or be somebody's change."""
    return str(CAUSES[DriftCause(row.cause)] if row.is_known else NOT_KNOWN_YET)


def _pages(ctx: Ctx, given: QueryDict) -> Iterator[Sequence[DriftRow]]:
    where = read(given)
    return listing.paged_lines(lambda before: drift.list_page(ctx, where=where, before=before, limit=CHUNK), lambda row: row.id)


def lines(ctx: Ctx, given: QueryDict) -> Iterator[Sequence[DriftRow]]:
    """Every drift that an address matches, newest first."""
    yield from _pages(ctx, given)


def ids(ctx: Ctx, given: QueryDict, limit: int) -> list[int]:
    """The ids of the newest drifts that an address matches."""
    return listing.first_ids(([row.id for row in rows] for rows in _pages(ctx, given)), limit)


COLUMNS = (
    Column("title", _("Listing"), lambda row: row.title or row.sku),
    Column("cause", _("Why"), cause_of),
    Column("thought", _("We thought"), lambda row: row.thought, "num phone-off"),
    Column("showed", _("It showed"), lambda row: row.showed, "num phone-off"),
    Column("found", _("Noticed"), lambda row: row.found_at, "phone-off"),
    Column("healed", _("Right again"), lambda row: row.healed_at),
)
LISTING = listing.register(
    listing.Listing("drift", _("Drift"), "channels:drift", "channels:read", FILTERS, lambda _ctx: COLUMNS, lines, ids)
)


@page("channels:read")
def index(request: StaffRequest) -> HttpResponse:
    """Where channels showed other numbers than they should have."""
    where = read(request.GET)
    before = cursor.unpack(request.GET.get("after", ""), int)
    found = drift.list_page(request.ctx, where=where, before=before[0] if before else None, limit=LIMIT + 1)
    listed = cursor.paged(request, found, limit=LIMIT, key=lambda row: (row.id,))
    named = {row.id: row.name for row in queries.list_connections(request.ctx)}
    facts = {
        "page": listed,
        "lines": [(row, named.get(row.connection_id, ""), cause_of(row)) for row in listed.rows],
        "bar": listing.bar(request, LISTING, tabs=TABS, parameter="state"),
        "where": where,
        "causes": [(cause.value, word) for cause, word in CAUSES.items()],
        "connections": queries.list_connections(request.ctx),
        "is_filtered": bool(where != DriftFilter() or before),
    }
    return render(request, "channels/drift.html", facts)
