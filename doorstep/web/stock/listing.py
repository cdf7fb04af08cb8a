"""The stock list: its columns, what an address matches, and its rows as a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from doorstep.accounts import queries as accounts
from doorstep.base.ctx import Ctx
from doorstep.catalog import queries as catalog
from doorstep.catalog.values import VariantRow
from doorstep.locations import queries as locations
from doorstep.locations.values import LocationRow
from doorstep.stock import queries
from doorstep.stock.values import PoolRow
from doorstep.web.parts import listing
from doorstep.web.parts.bulk_words import Doing
from doorstep.web.parts.given import Known, anything, id_of, is_id
from doorstep.web.parts.listing import Column
from doorstep.web.stock.words import is_moment, moment_of

CHUNK = 500
ONLY = ("low", "out", "recount")
FILTERS: Mapping[str, Known] = {"only": ONLY, "q": anything, "location": is_id, "at": is_moment}


@dataclass(frozen=True, slots=True)
class Filter:
    """What an address of the list says."""

    text: str
    only: str
    location_id: int


@dataclass(frozen=True, slots=True)
class Line:
    """A variant's pool, and how much of it lies where."""

    pool: PoolRow
    variant: VariantRow
    at: Mapping[int, int]
    incoming: int


def read(given: QueryDict) -> Filter:
    """The filter of an address; whatever is not one of ours does not filter."""
    only, place = given.get("only", ""), given.get("location", "")
    return Filter(
        given.get("q", "").strip()[:100],
        only if only in ONLY else "",
        id_of(place),
    )


def find(ctx: Ctx, where: Filter, *, after: int, limit: int) -> list[PoolRow]:
    """One page of what a filter matches, by variant id.

    A search walks the variants that match in pages too, so that no search is cut however many there are.
    """
    if not where.text:
        return queries.list_pool(ctx, only=where.only, location_id=where.location_id, after=after, limit=limit)
    found: list[PoolRow] = []
    while len(found) < limit:
        ids = catalog.list_variant_ids(ctx, query=where.text, after=after, limit=CHUNK)
        if not ids:
            break
        found += queries.list_pool(
            ctx, only=where.only, location_id=where.location_id, limit=limit - len(found), variant_ids=ids
        )
        after = ids[-1]
    return found


def then_of(ctx: Ctx, given: QueryDict) -> datetime | None:
    """The past moment that an address asks for, in the organisation's time; None for now."""
    text = given.get("at", "")
    return moment_of(text, accounts.organisation(ctx).timezone, latest=ctx.now) if text else None


def told(ctx: Ctx, rows: Sequence[PoolRow], then: datetime | None = None) -> list[Line]:
    """Pool rows with their variants and places; where `then` is given, as the ledger tells them of that moment."""
    ids = [row.variant_id for row in rows]
    variants = catalog.variants_by_id(ctx, ids=ids)
    at: dict[int, dict[int, int]] = {id: {} for id in ids}
    past = queries.as_of(ctx, variant_ids=ids, at=then) if then else None
    rows = [past.pool[id] for id in ids] if past else rows
    for level in past.levels if past else queries.levels_of(ctx, variant_ids=ids):
        at[level.variant_id][level.location_id] = level.on_hand
    coming = Counter[int]()
    for one in queries.incoming_of(ctx, variant_ids=ids):
        coming[one.variant_id] += one.qty
    return [Line(row, variants[row.variant_id], at[row.variant_id], coming[row.variant_id]) for row in rows]


def lines(ctx: Ctx, given: QueryDict) -> Iterator[Sequence[Line]]:
    """Every variant that an address matches."""
    then = then_of(ctx, given)
    for rows in _pages(ctx, given):
        yield told(ctx, rows, then)


def ids(ctx: Ctx, given: QueryDict, limit: int) -> list[int]:
    """The ids of the first variants that an address matches."""
    return listing.first_ids(([row.variant_id for row in rows] for rows in _pages(ctx, given)), limit)


def _pages(ctx: Ctx, given: QueryDict) -> Iterator[Sequence[PoolRow]]:
    where = read(given)
    return listing.paged_lines(lambda after: find(ctx, where, after=after or 0, limit=CHUNK), lambda row: row.variant_id)


def columns(ctx: Ctx) -> list[Column]:
    """The columns, with one for each location in use."""
    return [*COLUMNS, *(_column_of(place) for place in locations.list_active(ctx))]


def _column_of(place: LocationRow) -> Column:
    return Column(
        f"at-{place.id}", place.code, lambda line: line.at.get(place.id, 0), "num phone-off", title=place.name
    )


COLUMNS = (
    Column("sku", "SKU", lambda line: line.variant.sku),
    Column("title", _("Product"), lambda line: line.variant.title, "phone-off"),
    Column("barcode", _("Barcode"), lambda line: line.variant.barcode, "phone-off", usual=False),
    Column("available", _("Available"), lambda line: line.pool.available, "num"),
    Column("on_hand", _("On hand"), lambda line: line.pool.on_hand, "num"),
    Column("incoming", _("Incoming"), lambda line: line.incoming, "num phone-off"),
    Column("committed", _("Committed"), lambda line: line.pool.committed, "num phone-off"),
    Column("reserved", _("Reserved"), lambda line: line.pool.reserved, "num phone-off"),
    Column("damaged", _("Damaged"), lambda line: line.pool.damaged, "num phone-off"),
    Column(
        "quality_control", _("Quality control"), lambda line: line.pool.quality_control, "num phone-off", usual=False
    ),
    Column("safety_stock", _("Safety stock"), lambda line: line.pool.safety_stock, "num phone-off", usual=False),
)
LISTING = listing.register(
    listing.Listing(
        "stock", _("Stock"), "stock:index", "stock:read", FILTERS,
        columns, lines, ids,
        (
            Doing("stock.keep_back", _("Keep back"), "lock", _("Keep units of these back?"), _("Keeping units back"),
                  note=_("Units of each"), needs_note=True,
                  about=_("So many units are never promised on any channel. Zero keeps nothing back.")),
        ),
    )
)  # fmt: skip
