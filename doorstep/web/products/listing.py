"""The products list: its columns, and its rows as a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doorstep.base.ctx import Ctx
from doorstep.catalog import queries
from doorstep.catalog.values import ProductRow, ProductStatus
from doorstep.stock import bundles as stock
from doorstep.web.parts import listing
from doorstep.web.parts.bulk_words import Doing
from doorstep.web.parts.given import Known, anything
from doorstep.web.parts.listing import Column
from doorstep.web.parts.states import word_of

CHUNK = 500
BUNDLES = "bundle"
FILTERS: Mapping[str, Known] = {"status": set(ProductStatus), "kind": {BUNDLES}, "q": anything, "category": anything}


@dataclass(frozen=True, slots=True)
class Filter:
    """What an address of the list says."""

    text: str
    status: str
    category: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A product with the units of it that may still be promised."""

    row: ProductRow
    available: int


def read(given: QueryDict) -> Filter:
    """The filter of an address; whatever is not one of ours does not filter."""
    status = given.get("status", "")
    return Filter(
        given.get("q", "").strip()[:100],
        status if status in set(ProductStatus) else "",
        given.get("category", "")[:100],
        BUNDLES if given.get("kind") == BUNDLES else "",
    )


def find(ctx: Ctx, where: Filter, *, before: int | None, limit: int) -> list[ProductRow]:
    """One page of what a filter matches."""
    return queries.list_products(
        ctx, query=where.text, status=where.status, category=where.category, bundles=where.kind == BUNDLES,
        before=before, limit=limit,
    )  # fmt: skip


def available_of(ctx: Ctx, product_ids: Sequence[int]) -> dict[int, int]:
    """Units that may still be promised, per product."""
    variants = queries.variants_of(ctx, product_ids=product_ids)
    free = stock.available_of(ctx, variant_ids=[row.id for rows in variants.values() for row in rows])
    return {id: sum(free[row.id] for row in rows) for id, rows in variants.items()}


def _pages(ctx: Ctx, given: QueryDict) -> Iterator[Sequence[ProductRow]]:
    where = read(given)
    return listing.paged_lines(lambda before: find(ctx, where, before=before, limit=CHUNK), lambda row: row.id)


def ids(ctx: Ctx, given: QueryDict, limit: int) -> list[int]:
    """The ids of the newest products that an address matches."""
    return listing.first_ids(([row.id for row in rows] for rows in _pages(ctx, given)), limit)


def lines(ctx: Ctx, given: QueryDict) -> Iterator[Sequence[Line]]:
    """Every product that an address matches, newest first."""
    for rows in _pages(ctx, given):
        free = available_of(ctx, [row.id for row in rows])
        yield [Line(row, free[row.id]) for row in rows]


COLUMNS = (
    Column("title", _("Product"), lambda line: line.row.title),
    Column("sku", "SKU", lambda line: line.row.first_sku, "phone-off"),
    Column("variants", _("Variants"), lambda line: line.row.variants, "num phone-off"),
    Column("price", _("Price"), lambda line: line.row.price_from.decimal, "num"),
    Column("price_to", _("Highest price"), lambda line: line.row.price_to.decimal, file_only=True),
    Column("currency", _("Currency"), lambda line: line.row.currency, file_only=True),
    Column("available", _("Available"), lambda line: line.available, "num"),
    Column("kind", _("Kind"), lambda line: gettext("Bundle") if line.row.bundles else "", file_only=True),
    Column("category", _("Category"), lambda line: line.row.category, "phone-off"),
    Column("status", _("Status"), lambda line: word_of("product", line.row.status), "phone-off", usual=False),
    Column("changed", _("Changed"), lambda line: line.row.updated_at, "phone-off"),
)
LISTING = listing.register(
    listing.Listing(
        "products", _("Products"), "products:index", "catalog:read", FILTERS,
        lambda _ctx: COLUMNS, lines, ids,
        (
            Doing("products.activate", _("Put on sale"), "player-play", _("Put these products on sale?"),
                  _("Putting products on sale")),
            Doing("products.draft", _("Make drafts"), "pencil", _("Make drafts of these products?"), _("Making drafts")),
            Doing("products.archive", _("Archive"), "archive", _("Archive these products?"), _("Archiving products"),
                  about=_("Their orders and their stock stay as they are. It can be undone.")),
        ),
    )
)  # fmt: skip
