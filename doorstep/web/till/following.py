"""What lies in a shop, as its till is told it: all of it, and then whatever is otherwise."""

from __future__ import annotations

import re
from typing import Any

from django.urls import reverse

from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refused
from doorstep.catalog import queries as catalog
from doorstep.catalog.values import VariantRow
from doorstep.payments.till import paper as papers
from doorstep.stock import bundles as packs
from doorstep.stock import feed
from doorstep.stock import queries as stock
from doorstep.stock.feed import Place

MOST_ITEMS, AT_ONCE = 2000, 200
CURSOR = re.compile(r"([0-9a-f]{16})-(\d{1,18})-(\d{1,18})-(\d{1,18})")


def items(ctx: Ctx, *, location_id: int, after: str) -> dict[str, Any]:
    """Things of a shop that are otherwise than at a cursor, or all where there is none that is known, and the next cursor."""
    place = _place_of(after)
    if place is not None:
        try:
            ids, place = feed.changes_at(ctx, location_id=location_id, after=place, limit=AT_ONCE)
        except Refused as refused:
            if refused.refusal is not feed.CURSOR_GONE:
                raise
        else:
            found = catalog.variants_by_id(ctx, ids=ids)
            return _told(ctx, [row for row in found.values() if not row.archived], location_id, place)
    place = feed.now(ctx)  # before what lies there is read, so that no change falls between
    pool = stock.list_pool(ctx, location_id=location_id, limit=MOST_ITEMS)
    rows = catalog.variants_by_id(ctx, ids=[one.variant_id for one in pool]).values()
    return _told(ctx, [row for row in rows if not row.archived], location_id, place)


def _told(ctx: Ctx, rows: list[VariantRow], location_id: int, place: Place) -> dict[str, Any]:
    cursor = f"{place.mark}-{place.since}-{place.until}-{place.after}"
    return {"items": shown(ctx, rows, location_id), "cursor": cursor, "more": not place.at_rest}


def _place_of(text: str) -> Place | None:
    found = CURSOR.fullmatch(text)
    return Place(found[1], int(found[2]), int(found[3]), int(found[4])) if found else None


def shown(ctx: Ctx, rows: list[VariantRow], location_id: int) -> list[dict[str, Any]]:
    """Variants as the till shows them.  `rate` of a bundle is none: each of its components has its own."""
    levels = stock.levels_of(ctx, variant_ids=[row.id for row in rows])
    here = {row.variant_id: max(row.free, 0) for row in levels if row.location_id == location_id}
    bundles = packs.available_of(ctx, variant_ids=[row.id for row in rows if row.bundle])
    traits = catalog.traits_of(ctx, variant_ids=[row.id for row in rows])
    paper = papers.paper_of(ctx, location_id=location_id)
    return [
        {
            "sku": row.sku, "barcode": row.barcode, "title": row.title, "price": row.price_minor, "currency": row.currency,
            "picture": reverse("products:picture", args=[row.picture]) if row.picture else "",
            "rate": None if row.bundle else paper.rate_of(traits[row.id].category),
            "here": min(bundles.get(row.id, 0), 10**6) if row.bundle else here.get(row.id, 0),
        }
        for row in rows
    ]  # fmt: skip
