"""The list of listings: its columns, its filters, and its rows as a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from doorstep.base.ctx import Ctx
from doorstep.catalog import queries as catalog
from doorstep.catalog.values import VariantRow
from doorstep.channels import exposures, listings, queries
from doorstep.channels.values import LISTING_STATES, ExposureRow, ListingFilter, ListingRow
from doorstep.web.parts import listing
from doorstep.web.parts.given import Known, anything
from doorstep.web.parts.listing import Column, Tab
from doorstep.web.parts.states import word_of

CHUNK = 500
FILTERS: Mapping[str, Known] = {
    "state": LISTING_STATES, "q": anything, "connection": lambda text: text.isdigit() and len(text) < 18,
}  # fmt: skip
TABS = (
    Tab("", _("Offered")), Tab("unmapped", _("To map")), Tab("behind", _("Being told")), Tab("failing", _("Not taken")),
    Tab("ignored", _("Ignored")), Tab("ended", _("Ended")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A listing as a list shows it."""

    row: ListingRow
    connection: str
    variant: VariantRow | None
    exposure: ExposureRow | None

    @property
    def state(self) -> str:
        """ended, ignored, unmapped, failing, behind or told: what a person has to know at a glance."""
        if self.row.ended_at is not None:
            return "ended"
        if self.row.variant_id is None:
            return "ignored" if self.row.ignored else "unmapped"
        if self.exposure is None:
            return "waiting"
        if self.exposure.problem:
            return "failing"
        return "told" if self.exposure.shows == self.exposure.number and self.exposure.sent is None else "behind"

    @property
    def shows(self) -> int | None:
        """What the channel shows, as far as we know; else what it said when it was last read."""
        known = self.exposure.shows if self.exposure is not None else None
        return self.row.number if known is None else known


def read(given: QueryDict) -> ListingFilter:
    """The filter of an address; whatever is not one of ours does not filter."""
    state, connection = given.get("state", ""), given.get("connection", "")
    return ListingFilter(
        connection_id=int(connection) if connection.isdigit() and len(connection) < 18 else 0,
        state=state if state in LISTING_STATES else "",
        query=given.get("q", "").strip()[:100],
    )


def lines_of(ctx: Ctx, rows: Sequence[ListingRow]) -> list[Line]:
    """Listings with what they are, what they show, and where."""
    known = catalog.variants_by_id(ctx, ids=sorted({row.variant_id for row in rows if row.variant_id is not None}))
    shown = exposures.find(ctx, listing_ids=[row.id for row in rows])
    named = queries.connections_by_id(ctx, ids=sorted({row.connection_id for row in rows}))
    return [
        Line(row, named[row.connection_id].name, known.get(row.variant_id or 0), shown.get(row.id)) for row in rows
    ]


def _pages(ctx: Ctx, given: QueryDict) -> Iterator[list[ListingRow]]:
    where, after = read(given), 0
    while rows := listings.list_page(ctx, where=where, after=after, limit=CHUNK):
        yield rows
        after = rows[-1].id


def ids(ctx: Ctx, given: QueryDict, limit: int) -> list[int]:
    """The ids of the first listings that an address matches."""
    return listing.first_ids(([row.id for row in rows] for rows in _pages(ctx, given)), limit)


def lines(ctx: Ctx, given: QueryDict) -> Iterator[Sequence[Line]]:
    """Every listing that an address matches."""
    for rows in _pages(ctx, given):
        yield lines_of(ctx, rows)


COLUMNS = (
    Column("title", _("Listing"), lambda line: line.row.title or line.row.sku or line.row.external_id),
    Column("state", _("State"), lambda line: word_of("listing", line.state)),
    Column("sku", _("Its SKU"), lambda line: line.row.sku, "phone-off"),
    Column("variant", _("Our product"), lambda line: line.variant.sku if line.variant else "", "phone-off"),
    Column("shows", _("Shows"), lambda line: line.shows, "num"),
    Column("wanted", _("Should show"), lambda line: line.exposure.number if line.exposure else None, "num phone-off"),
    Column("channel", _("Channel"), lambda line: line.connection, "phone-off"),
    Column("barcode", _("Barcode"), lambda line: line.row.barcode, "phone-off", usual=False),
    Column("id", _("Its id there"), lambda line: line.row.external_id, "phone-off", usual=False),
    Column("read", _("Last read"), lambda line: line.row.read_at, "phone-off", usual=False),
)
LISTING = listing.register(
    listing.Listing(
        "listings", _("Listings"), "channels:listings", "channels:read", FILTERS, lambda _ctx: COLUMNS, lines, ids
    )
)
